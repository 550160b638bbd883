//! Network namespaces.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::ack::RIGHTS;
use super::{Socket, socket};
use crate::error::{Error, ErrorKind};

/// Which network namespace a socket works in.
#[derive(Debug)]
#[non_exhaustive]
pub enum NetNs {
    /// That of the calling thread.
    Current,
    /// That of a process.
    Pid(u32),
    /// The one that a file stands for: `/run/netns/NAME`, `/proc/PID/ns/net`.
    Path(PathBuf),
    /// The one that an open descriptor stands for.
    Fd(OwnedFd),
}

impl NetNs {
    /// The one that a file stands for.
    #[must_use]
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::Path(path.into())
    }

    /// Moves the process into a network namespace of its own, with the loopback device up, and gives it there the right to change the
    /// ruleset; no privilege is needed.
    ///
    /// It makes a new user namespace too, in which the calling user is root; only a privileged process where such are forbidden gets
    /// just the network namespace. There is no way back. Must be called before the program starts a thread.
    ///
    /// # Errors
    ///
    /// If the system does not let this process have one, or there are other threads.
    pub fn isolate() -> Result<(), Error> {
        let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        match socket::unshare_network(true) {
            Ok(()) => {
                // Without rights in the outer namespace a group may only be mapped once `setgroups` is given up.
                let write = |file: &str, text: String| fs::write(format!("/proc/self/{file}"), text);
                let mapped = write("setgroups", "deny".into())
                    .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
                    .and_then(|()| write("uid_map", format!("0 {user} 1")))
                    .and_then(|()| write("gid_map", format!("0 {group} 1")));
                mapped.map_err(|error| system("the user namespace has no map of users", error))?;
            }
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INVAL.raw_os_error()) => {
                return Err(Error::new(ErrorKind::Misuse, "a process with several threads cannot move into a user namespace")
                    .with_help("call it before any thread is started"));
            }
            Err(error) => {
                socket::unshare_network(false).map_err(|_| system("no new user and network namespace is to be had", error))?;
            }
        }
        socket::loopback_up().map_err(|error| system("the loopback device could not be set up", error))
    }

    /// Opens a socket there. The calling thread stays where it is: a thread of its own goes there and ends.
    pub(crate) fn open(self) -> Result<Socket, Error> {
        self.open_by(Socket::new)
    }

    /// Opens sockets there in another way.
    pub(super) fn open_by<S: Send + 'static>(self, make: impl FnOnce() -> io::Result<S> + Send + 'static) -> Result<S, Error> {
        let make = move || {
            make().map_err(|error| {
                let forbidden = error.kind() == io::ErrorKind::PermissionDenied;
                let error = system("no netlink socket could be opened", error);
                if forbidden { error.with_help(RIGHTS) } else { error }
            })
        };
        let file: OwnedFd = match self {
            Self::Current => return make(),
            Self::Pid(pid) => open_file(format!("/proc/{pid}/ns/net").into())?,
            Self::Path(path) => open_file(path)?,
            Self::Fd(fd) => fd,
        };
        let opened = std::thread::Builder::new().name("nft-netns".into()).spawn(move || {
            move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
                .map_err(|errno| system("the network namespace cannot be entered", errno.into()))?;
            make()
        });
        let thread = opened.map_err(|error| system("no thread could be started", error))?;
        thread.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::System, "the thread in the network namespace failed")))
    }
}

fn open_file(path: PathBuf) -> Result<OwnedFd, Error> {
    File::open(&path).map(OwnedFd::from).map_err(|error| system(&format!("no network namespace at {}", path.display()), error))
}

/// An error of the operating system.
pub(crate) fn system(what: &str, error: io::Error) -> Error {
    let errno = error.raw_os_error();
    let wrapped = Error::new(ErrorKind::System, format!("{what}: {}", message(&error))).with_source(error);
    match errno {
        Some(errno) => wrapped.with_errno(errno),
        None => wrapped,
    }
}

/// The text of an error without its number.
pub(crate) fn message(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) if error.raw_os_error().is_some() => text.get(..end).unwrap_or(&text).to_owned(),
        _ => text,
    }
}
