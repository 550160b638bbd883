//! Dumps: the kernel lists things, over as many datagrams as it takes.

use std::time::Duration;

use super::Transport;
use super::ack::refusal;
use super::namespace::system;
use crate::error::{Error, ErrorKind};
use crate::message::error;
use crate::uapi::netlink::{NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NLMSG_OVERRUN};
use crate::wire::{Message, Messages};

/// How often a list is asked for anew if the ruleset changes meanwhile, or a set grows.
pub(super) const ATTEMPTS: u32 = 20;

/// How a dump ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "what came of a torn list is of no use"]
pub(super) enum Ended {
    /// It is complete.
    Complete,
    /// The ruleset changed while it ran: it is of no use.
    Torn,
}

/// Waits before the attempt of that number, from 0: not before the first, then twice as long each time, at most 100 ms.
pub(super) fn pause(attempt: u32) {
    if let Some(before) = attempt.checked_sub(1) {
        let longest = Duration::from_millis(100);
        std::thread::sleep(Duration::from_millis(1).saturating_mul(1 << before.min(7)).min(longest));
    }
}

/// The ruleset changed during every attempt.
pub(super) fn torn() -> Error {
    Error::new(ErrorKind::Reply, format!("the ruleset changed during each of {ATTEMPTS} attempts to read it"))
}

/// Receives the replies to the request of that number, until the end of the dump.
///
/// An error of `each` is returned only then: a socket with half a dump in it answers the next request with `EBUSY`. `generation` holds
/// the low 16 bits of the generation, seen in every message.
pub(super) fn receive<T: Transport>(
    transport: &mut T,
    sequence: u32,
    generation: &mut Option<u16>,
    buffer: &mut [u8],
    timeout: Duration,
    each: &mut dyn FnMut(&Message<'_>) -> Result<(), Error>,
) -> Result<Ended, Error> {
    let mut ended = Ended::Complete;
    let mut failed = None;
    loop {
        let length = match transport.receive(buffer, timeout) {
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                return Err(Error::new(ErrorKind::Reply, format!("the kernel did not answer within {timeout:?}")));
            }
            Err(error) => return Err(system("no reply could be received", error)),
        };
        for message in Messages::new(buffer.get(..length).unwrap_or_default()) {
            let message = message?;
            if message.header.sequence != sequence {
                continue;
            }
            if message.header.flags & NLM_F_DUMP_INTR != 0 {
                ended = Ended::Torn;
            }
            match message.header.kind {
                NLMSG_DONE => {
                    return match (error::done(&message), failed) {
                        (0, None) => Ok(ended),
                        (0, Some(error)) => Err(error),
                        (errno, _) if errno == rustix::io::Errno::INTR.raw_os_error() => Ok(Ended::Torn),
                        (errno, _) => Err(refused(errno)),
                    };
                }
                NLMSG_ERROR => {
                    let answer = error::decode(&message)?;
                    return match answer.errno {
                        0 => Ok(ended),
                        errno if errno == rustix::io::Errno::INTR.raw_os_error() => Ok(Ended::Torn),
                        _ => Err(refusal(&answer)),
                    };
                }
                NLMSG_OVERRUN => ended = Ended::Torn,
                _ if message.is_control() => {}
                _ => {
                    if *generation.get_or_insert(message.header.resource) != message.header.resource {
                        ended = Ended::Torn;
                    }
                    if failed.is_none() && ended == Ended::Complete {
                        failed = each(&message).err();
                    }
                }
            }
        }
    }
}

fn refused(errno: i32) -> Error {
    let text = super::namespace::message(&std::io::Error::from_raw_os_error(errno));
    Error::new(ErrorKind::Kernel, format!("the ruleset cannot be read: {text}")).with_errno(errno)
}
