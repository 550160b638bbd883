//! A listener: one socket, one group.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::{Event, Group, Options, Packet};
use crate::environment::{Database, Environment};
use crate::error::{Error, ErrorKind};
use crate::message::error;
use crate::netlink::namespace::{message, system};
use crate::netlink::{NetNs, Socket, SystemEnvironment, Transport};
use crate::uapi::netlink::{NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR};
use crate::uapi::nfnetlink::NFNL_SUBSYS_ULOG;
use crate::uapi::nfnetlink_log::{
    NFULA_CFG_CMD, NFULNL_CFG_CMD_BIND, NFULNL_CFG_CMD_PF_BIND, NFULNL_CFG_CMD_UNBIND, NFULNL_MSG_CONFIG, NFULNL_MSG_PACKET,
};
use crate::wire::{Header, Messages, Writer};

/// Bytes of the receive buffer. What the kernel sends together may fill what [`Options::with_batch_size`] reserves and the rest of the
/// kernel's page, up to twice that.
const BUFFER: usize = 1 << 18;

/// How long one wait of the iterator lasts; it waits again.
const LONG: Duration = Duration::from_secs(3_600);

/// How often a command is sent whose answer was lost.
const ATTEMPTS: u32 = 3;

/// Hears the packets of one group in one network namespace.
///
/// As an iterator it waits for the next event as long as it takes; [`Listener::receive`] waits only so long, and `into_stream` makes it
/// asynchronous. When it is dropped the group is given up, and the kernel's confirmation awaited, so that the next listener finds it free.
pub struct Listener<T: Transport = Socket> {
    transport: T,
    group: Group,
    answer_within: Duration,
    receive_buffer: usize,
    sequence: u32,
    buffer: Box<[u8]>,
    queue: VecDeque<Result<Event, Error>>,
    /// Number of the next packet, if none is lost.
    next: u32,
    bound: bool,
    /// No event comes any more but those of the queue.
    ended: bool,
    environment: Option<SystemEnvironment>,
}

/// How the kernel answered a command.
enum Answer {
    Done,
    /// Error number, and the kernel's words where it has some.
    Refused(i32, Option<String>),
    /// The receive buffer was full when it answered.
    Lost,
}

impl Listener<Socket> {
    /// Listens to a group in a network namespace. The calling thread stays in its own.
    ///
    /// # Errors
    ///
    /// If the namespace is not there or may not be entered; if the options contradict the kernel's limits; what the kernel refuses: with
    /// `errno` 16 (`EBUSY`) if somebody listens to the group already, and 1 (`EPERM`) without `CAP_NET_ADMIN` in the namespace.
    pub fn open(namespace: NetNs, group: impl Into<Group>, options: &Options) -> Result<Self, Error> {
        Self::with_socket(namespace.open()?, group.into(), options)
    }

    /// Listens through a socket of `NETLINK_NETFILTER` that was opened elsewhere, as [`Nfnl::from_socket`](crate::netlink::Nfnl::from_socket).
    ///
    /// # Errors
    ///
    /// If it is another kind of socket; otherwise as [`Listener::open`].
    pub fn from_socket(socket: OwnedFd, group: impl Into<Group>, options: &Options) -> Result<Self, Error> {
        let socket = Socket::adopt(socket).map_err(|error| system("the socket cannot be used", error))?;
        Self::with_socket(socket, group.into(), options)
    }

    fn with_socket(socket: Socket, group: Group, options: &Options) -> Result<Self, Error> {
        let environment = SystemEnvironment::of_socket(&socket)?;
        let mut listener = Self::with_transport(socket, group, options)?;
        listener.environment = Some(environment);
        Ok(listener)
    }
}

impl<T: Transport> Listener<T> {
    /// Listens over another transport; no names of interfaces are known.
    ///
    /// # Errors
    ///
    /// As [`Listener::open`].
    pub fn with_transport(mut transport: T, group: impl Into<Group>, options: &Options) -> Result<Self, Error> {
        options.check()?;
        let receive_buffer = transport
            .set_receive_buffer(options.receive_buffer)
            .map_err(|error| system("the receive buffer cannot be set", error))?;
        // Numbers differ between sockets, so that a stray reply is no answer.
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |time| time.subsec_nanos());
        let mut listener = Self {
            transport,
            group: group.into(),
            answer_within: options.answer_within,
            receive_buffer,
            sequence: seed,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            queue: VecDeque::new(),
            next: 0,
            bound: false,
            ended: false,
            environment: None,
        };
        listener.bind(options)?;
        for family in &options.default_logger {
            let command = |writer: &mut Writer| writer.u8(NFULA_CFG_CMD, NFULNL_CFG_CMD_PF_BIND);
            match listener.command(NFULNL_MSG_CONFIG, family.number(), Group(0), command)? {
                Answer::Done => {}
                Answer::Refused(errno, text) => {
                    return Err(refused(&format!("NFLOG cannot be the default logger of {family}"), errno, text));
                }
                Answer::Lost => return Err(unanswered(listener.answer_within)),
            }
        }
        Ok(listener)
    }

    /// The next event, waiting at most that long; `None` if there was none, or [`Listener::close`] was called and nothing is left.
    pub fn receive(&mut self, timeout: Duration) -> Option<Result<Event, Error>> {
        let begin = Instant::now();
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let left = timeout.saturating_sub(begin.elapsed());
            match self.transport.receive(&mut self.buffer, left.min(LONG)) {
                Ok(length) => self.take(length, None),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    if timeout.saturating_sub(begin.elapsed()).is_zero() {
                        return None;
                    }
                }
                Err(error) => return Some(self.failed(error)),
            }
        }
    }

    /// Gives up the group. What came before can still be received; then the events end.
    ///
    /// # Errors
    ///
    /// If the kernel refuses or does not answer.
    pub fn close(&mut self) -> Result<(), Error> {
        if !self.bound {
            return Ok(());
        }
        self.bound = false;
        let mut again = false;
        for _ in 0..ATTEMPTS {
            let command = |writer: &mut Writer| writer.u8(NFULA_CFG_CMD, NFULNL_CFG_CMD_UNBIND);
            match self.command(NFULNL_MSG_CONFIG, 0, self.group, command)? {
                // There is no such listener any more: the answer that was lost was a yes.
                Answer::Refused(errno, _) if again && errno == ENODEV => break,
                Answer::Done => break,
                Answer::Refused(errno, text) => {
                    return Err(refused(&format!("log group {} cannot be given up", self.group), errno, text));
                }
                Answer::Lost => again = true,
            }
        }
        self.ended = true;
        Ok(())
    }

    /// The group.
    pub const fn group(&self) -> Group {
        self.group
    }

    /// Bytes that may wait for this program before packets are lost, in the kernel's count, which has its own overhead in it: twice what
    /// was asked for, or as much as the system allows.
    pub const fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    /// The transport.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// The name of an interface of the listener's namespace.
    #[must_use]
    pub fn interface_name(&self, index: u32) -> Option<String> {
        self.environment.as_ref()?.name(Database::Interface, index.into())
    }

    /// Takes the group and says how to listen, in one message.
    fn bind(&mut self, options: &Options) -> Result<(), Error> {
        let mut command = Some(NFULNL_CFG_CMD_BIND);
        for _ in 0..ATTEMPTS {
            match self.command(NFULNL_MSG_CONFIG, 0, self.group, |writer| options.write(command, writer))? {
                Answer::Done => {
                    self.bound = true;
                    return Ok(());
                }
                // The module for connections was not loaded; now it is.
                Answer::Refused(EAGAIN, _) => {}
                Answer::Refused(errno, text) => return Err(self.not_bound(options, errno, text)),
                // If the group was taken, saying the rest again does no harm; if not, there is an error now.
                Answer::Lost => command = None,
            }
        }
        Err(unanswered(self.answer_within))
    }

    /// Why the group was not to be had.
    fn not_bound(&mut self, options: &Options, errno: i32, text: Option<String>) -> Error {
        let group = self.group;
        let taken =
            || Error::new(ErrorKind::Kernel, format!("somebody listens to log group {group} already")).with_errno(EBUSY);
        match errno {
            EBUSY => taken(),
            // The kernel says the same of a group of another socket and of a lack of rights; without rights it refuses everything.
            EPERM => match self.command(NFULNL_MSG_PACKET, 0, group, |_| {}) {
                Ok(Answer::Refused(EPERM, _)) | Err(_) => refused(&format!("log group {group}"), errno, text)
                    .with_help("CAP_NET_ADMIN is needed in the network namespace"),
                Ok(_) => taken(),
            },
            EOPNOTSUPP if options.wants_conntrack() => {
                refused("the kernel cannot tell the connections of packets", errno, text)
                    .with_help("the module nf_conntrack_netlink is needed")
            }
            EINVAL => refused(&format!("log group {group}"), errno, text).with_help("has the kernel the module nfnetlink_log?"),
            _ => refused(&format!("log group {group}"), errno, text),
        }
    }

    /// Sends a command and waits for its answer; packets that come before it wait in the queue.
    fn command(&mut self, kind: u8, family: u8, group: Group, attributes: impl FnOnce(&mut Writer)) -> Result<Answer, Error> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut writer = Writer::new();
        let mark = writer.begin_message(&Header {
            kind: u16::from_be_bytes([NFNL_SUBSYS_ULOG, kind]),
            flags: NLM_F_REQUEST | NLM_F_ACK,
            sequence: self.sequence,
            port: 0,
            family,
            resource: group.0,
        });
        attributes(&mut writer);
        writer.end_message(mark);
        let bytes = writer.finish()?;
        self.transport.send(&bytes).map_err(|error| system("the command could not be sent", error))?;
        let begin = Instant::now();
        let mut lost = false;
        let mut answer = None;
        loop {
            // The kernel answers while the command is sent: once something was lost, what is not here does not come.
            let left = if lost { Duration::ZERO } else { self.answer_within.saturating_sub(begin.elapsed()) };
            match self.transport.receive(&mut self.buffer, left) {
                Ok(length) => self.take(length, Some(&mut answer)),
                Err(error) if error.kind() == io::ErrorKind::TimedOut && lost => return Ok(Answer::Lost),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(unanswered(self.answer_within)),
                Err(error) if error.raw_os_error() == Some(ENOBUFS) => {
                    lost = true;
                    self.queue.push_back(Ok(Event::Overrun));
                }
                Err(error) => return Err(system("no reply could be received", error)),
            }
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
    }

    /// Puts the events of a datagram into the queue, and the answer to the last command where it is awaited.
    fn take(&mut self, length: usize, mut answer: Option<&mut Option<Answer>>) {
        for message in Messages::new(self.buffer.get(..length).unwrap_or_default()) {
            let decoded = message.map_err(Error::from).and_then(|message| {
                if message.header.kind == NLMSG_ERROR
                    && message.header.sequence == self.sequence
                    && let Some(answer) = &mut answer
                {
                    let acknowledgement = error::decode(&message)?;
                    **answer = Some(match acknowledgement.errno {
                        0 => Answer::Done,
                        errno => Answer::Refused(errno, acknowledgement.text.map(Cow::into_owned)),
                    });
                }
                Ok(Packet::decode(&message)?)
            });
            match decoded {
                // Another group's packet can only come from a listener that used the socket before.
                Ok(Some(packet)) if packet.group == self.group => {
                    if let Some(sequence) = packet.sequence {
                        let missing = sequence.wrapping_sub(self.next);
                        if missing != 0 && missing < u32::MAX / 2 {
                            self.queue.push_back(Ok(Event::Lost(missing)));
                        }
                        self.next = sequence.wrapping_add(1);
                    }
                    self.queue.push_back(Ok(Event::Packet(Box::new(packet))));
                }
                Ok(_) => {}
                Err(error) => self.queue.push_back(Err(error)),
            }
        }
    }

    /// What an error of the socket means.
    fn failed(&mut self, error: io::Error) -> Result<Event, Error> {
        if error.raw_os_error() == Some(ENOBUFS) {
            return Ok(Event::Overrun);
        }
        if error.kind() == io::ErrorKind::InvalidData {
            return Err(Error::new(ErrorKind::Reply, "a datagram is larger than the kernel's limits for it"));
        }
        // Nothing more is to be expected of the socket.
        self.ended = true;
        Err(system("no packet could be received", error))
    }
}

#[cfg(feature = "tokio")]
impl<T: Transport + AsFd> Listener<T> {
    /// The events as an asynchronous stream, on tokio's reactor (feature `tokio`).
    ///
    /// # Errors
    ///
    /// If the reactor does not take the socket.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its reactor enabled.
    pub fn into_stream(self) -> Result<crate::netlink::EventStream<Self>, Error> {
        crate::netlink::EventStream::new(self)
    }
}

#[cfg(feature = "tokio")]
impl<T: Transport + AsFd> crate::netlink::Source for Listener<T> {
    type Event = Result<Event, Error>;

    fn now(&mut self) -> Option<Self::Event> {
        self.receive(Duration::ZERO)
    }

    fn ended(&self) -> bool {
        self.ended && self.queue.is_empty()
    }
}

impl<T: Transport + AsFd> AsFd for Listener<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.transport.as_fd()
    }
}

impl<T: Transport> Iterator for Listener<T> {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.receive(LONG) {
                return Some(event);
            }
            if self.ended {
                return None;
            }
        }
    }
}

impl<T: Transport> Drop for Listener<T> {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`. The kernel gives up the group with the socket at the latest.
        let _ = self.close();
    }
}

impl<T: Transport + std::fmt::Debug> std::fmt::Debug for Listener<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("transport", &self.transport).field("group", &self.group).finish_non_exhaustive()
    }
}

fn refused(what: &str, errno: i32, text: Option<String>) -> Error {
    let words = message(&io::Error::from_raw_os_error(errno));
    let text = match text {
        Some(detail) => format!("{what}: {words} ({detail})"),
        None => format!("{what}: {words}"),
    };
    Error::new(ErrorKind::Kernel, text).with_errno(errno)
}

fn unanswered(time: Duration) -> Error {
    Error::new(ErrorKind::Reply, format!("the kernel did not answer within {time:?}"))
}

/// `EPERM`.
const EPERM: i32 = Errno::PERM.raw_os_error();
/// `EAGAIN`.
const EAGAIN: i32 = Errno::AGAIN.raw_os_error();
/// `EBUSY`.
const EBUSY: i32 = Errno::BUSY.raw_os_error();
/// `ENODEV`.
const ENODEV: i32 = Errno::NODEV.raw_os_error();
/// `EINVAL`.
const EINVAL: i32 = Errno::INVAL.raw_os_error();
/// `EOPNOTSUPP`.
const EOPNOTSUPP: i32 = Errno::OPNOTSUPP.raw_os_error();
/// `ENOBUFS`.
const ENOBUFS: i32 = Errno::NOBUFS.raw_os_error();
