//! The netlink socket, and the few system calls that have no safe wrapper.
//!
//! **Invariant:** this is the only file with unsafe code.
#![expect(unsafe_code, reason = "system calls without a safe wrapper: each block says why it is sound")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::time::{Duration, Instant};

use netlink_sys::protocols::{NETLINK_NETFILTER, NETLINK_ROUTE};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt;
use rustix::net::{RecvFlags, SendFlags};
use rustix::thread::UnshareFlags;

use super::Transport;
use crate::uapi::netlink::NLMSG_ERROR;

/// What `netlink_sendmsg` keeps back of the send buffer.
const SEND_OVERHEAD: usize = 32;

/// A socket of family `NETLINK_NETFILTER`.
#[derive(Debug)]
pub struct Socket {
    inner: netlink_sys::Socket,
}

impl Socket {
    /// A socket in the calling thread's network namespace.
    pub(super) fn new() -> io::Result<Self> {
        let mut inner = netlink_sys::Socket::new(NETLINK_NETFILTER)?;
        inner.bind_auto()?;
        Self::with_options(inner)
    }

    /// Takes a socket that was opened elsewhere: in another process, in another namespace.
    pub(crate) fn adopt(fd: OwnedFd) -> io::Result<Self> {
        let domain = sockopt::socket_domain(&fd)?;
        let protocol = sockopt::socket_protocol(&fd)?;
        if domain != rustix::net::AddressFamily::NETLINK || protocol != Some(rustix::net::netlink::NETFILTER) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a socket of NETLINK_NETFILTER"));
        }
        // SAFETY: the descriptor is open, and nobody else owns it: it was taken out of its `OwnedFd`.
        let inner = unsafe { netlink_sys::Socket::from_raw_fd(fd.into_raw_fd()) };
        Self::with_options(inner)
    }

    /// A socket in the calling thread's network namespace that hears these multicast groups, with room for so many bytes of what was not
    /// read yet.
    pub(super) fn subscribed(groups: &[u32], receive_buffer: usize) -> io::Result<Self> {
        let inner = netlink_sys::Socket::new(NETLINK_NETFILTER)?;
        // Before anything is heard, so that no message meets a small buffer.
        let socket = Self { inner };
        socket.receive_room(receive_buffer)?;
        let Self { mut inner } = socket;
        inner.bind_auto()?;
        for group in groups {
            inner.add_membership(*group)?;
        }
        Ok(Self { inner })
    }

    fn with_options(inner: netlink_sys::Socket) -> io::Result<Self> {
        inner.set_ext_ack(true)?;
        // Errors need not repeat the message that was refused.
        inner.set_cap_ack(true)?;
        Ok(Self { inner })
    }

    /// Asks for room for that many bytes of what was not read yet, and gives what there is.
    fn receive_room(&self, bytes: usize) -> io::Result<usize> {
        // The kernel doubles what is asked for, since it counts its own overhead too. Beyond `net.core.rmem_max` only the forced way
        // helps, which needs CAP_NET_ADMIN in the initial user namespace.
        sockopt::set_socket_recv_buffer_size(&self.inner, bytes)?;
        let wanted = bytes.saturating_mul(2);
        if sockopt::socket_recv_buffer_size(&self.inner)? < wanted {
            let _ = sockopt::set_socket_recv_buffer_size_force(&self.inner, bytes);
        }
        Ok(sockopt::socket_recv_buffer_size(&self.inner)?)
    }

    /// Makes the send buffer large enough for one message of that length.
    fn reserve(&self, length: usize) {
        let wanted = length.saturating_add(SEND_OVERHEAD);
        let fits = || sockopt::socket_send_buffer_size(&self.inner).is_ok_and(|size| size >= wanted);
        if fits() {
            return;
        }
        // What cannot be had shows when sending. The kernel doubles what is asked for, the forced way too.
        let _ = sockopt::set_socket_send_buffer_size(&self.inner, wanted);
        if !fits() {
            let _ = sockopt::set_socket_send_buffer_size_force(&self.inner, wanted);
        }
    }

    /// How large a batch may be.
    fn limit(&self) -> usize {
        sockopt::socket_send_buffer_size(&self.inner).unwrap_or(0).saturating_sub(SEND_OVERHEAD)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl Transport for Socket {
    fn port(&self) -> Option<u32> {
        let mut address = netlink_sys::SocketAddr::new(0, 0);
        self.inner.get_address(&mut address).ok()?;
        Some(address.port_number())
    }

    fn send(&mut self, messages: &[u8]) -> io::Result<()> {
        self.reserve(messages.len());
        loop {
            match rustix::net::send(&self.inner, messages, SendFlags::NOSIGNAL) {
                Ok(sent) if sent == messages.len() => return Ok(()),
                Ok(_) => return Err(io::Error::from(io::ErrorKind::WriteZero)),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::MSGSIZE) => {
                    // The kernel doubles what wmem_max allows.
                    let needed = messages.len().saturating_add(SEND_OVERHEAD).div_ceil(2);
                    let text = format!(
                        "a batch of {} bytes is more than this socket may send ({}): without CAP_NET_ADMIN in the initial user namespace \
                         net.core.wmem_max limits it, and would have to be {needed}",
                        messages.len(),
                        self.limit()
                    );
                    return Err(io::Error::other(text));
                }
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn set_receive_buffer(&mut self, bytes: usize) -> io::Result<usize> {
        self.receive_room(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        // A time so far off that it cannot be said never comes.
        let deadline = Instant::now().checked_add(timeout);
        loop {
            match rustix::net::recv(&self.inner, &mut *buffer, RecvFlags::DONTWAIT | RecvFlags::TRUNC) {
                Ok((read, length)) if length > read => return Err(io::Error::from(io::ErrorKind::InvalidData)),
                Ok((read, _)) => return Ok(read),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
                    if left.is_zero() {
                        return Err(io::Error::from(io::ErrorKind::TimedOut));
                    }
                    let left = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 3600, tv_nsec: 0 });
                    match poll(&mut [PollFd::new(&self.inner, PollFlags::IN)], Some(&left)) {
                        Ok(_) | Err(rustix::io::Errno::INTR) => {}
                        Err(errno) => return Err(errno.into()),
                    }
                }
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

/// Moves the process into a new network namespace, in a new user namespace or not.
pub(super) fn unshare_network(user: bool) -> io::Result<()> {
    let flags = if user { UnshareFlags::NEWUSER | UnshareFlags::NEWNET } else { UnshareFlags::NEWNET };
    // SAFETY: only `CLONE_FILES` lets a thread lose descriptors that others rely on; it is not among these flags.
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(io::Error::from)
}

/// Sets the loopback device of the calling thread's network namespace up.
pub(super) fn loopback_up() -> io::Result<()> {
    const RTM_NEWLINK: u16 = 16;
    const REQUEST_ACK: u16 = 5;
    const IFF_UP: u32 = 1;
    const LENGTH: u32 = 32;
    let mut message = Vec::with_capacity(32);
    message.extend_from_slice(&LENGTH.to_ne_bytes());
    message.extend_from_slice(&RTM_NEWLINK.to_ne_bytes());
    message.extend_from_slice(&REQUEST_ACK.to_ne_bytes());
    // Sequence, port; family, padding, type; the index of `lo`; flags and which of them count.
    message.extend_from_slice(&[0; 12]);
    for number in [1, IFF_UP, IFF_UP] {
        message.extend_from_slice(&number.to_ne_bytes());
    }
    let mut socket = netlink_sys::Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.send(&message, 0)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(Duration::from_secs(5)))?;
    let (reply, _) = socket.recv_from_full()?;
    let kind = reply.get(4..6).and_then(|kind| kind.try_into().ok()).map(u16::from_ne_bytes);
    match reply.get(16..20).and_then(|number| number.try_into().ok()).map(i32::from_ne_bytes) {
        Some(0) if kind == Some(NLMSG_ERROR) => Ok(()),
        Some(number) if kind == Some(NLMSG_ERROR) => Err(io::Error::from_raw_os_error(number.saturating_neg())),
        _ => Err(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

/// Watches a descriptor for being readable.
#[cfg(feature = "tokio")]
pub(super) fn watch(descriptor: OwnedFd) -> io::Result<tokio::io::unix::AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is open, and an `OwnedFd` that is only lent out keeps it so until the registration ends.
    unsafe { tokio::io::unix::AsyncFd::register_with_interest(descriptor, tokio::io::Interest::READABLE) }
        .map_err(io::Error::from)
}

/// Seconds that local time is ahead of UTC at that time.
pub(super) fn utc_offset(time: i64) -> i64 {
    let time: libc::time_t = time;
    let mut parts = std::mem::MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are valid for the call, the second for writing; a structure of zeros is a valid `tm`.
    let filled = unsafe { libc::localtime_r(&raw const time, parts.as_mut_ptr()) };
    if filled.is_null() {
        return 0;
    }
    // SAFETY: it was filled with zeros and then by the call.
    unsafe { parts.assume_init() }.tm_gmtoff
}
