//! What the kernel answers to a batch.

use std::io;
use std::time::Duration;

use rustix::io::Errno;

use super::Transport;
use super::batch::Batch;
use super::namespace::{message, system};
use crate::error::{Error, ErrorKind};
use crate::message::error::{self, Acknowledgement};
use crate::uapi::netlink::NLMSG_ERROR;
use crate::wire::{Message, Messages};

/// How many errors of one batch are reported: so many distinct refusals nobody reads, and the kernel drops replies before.
const ERRORS: usize = 100;

/// Waits for the answer to a batch and collects every error.
///
/// The kernel works through a batch while it is sent, so all answers are there when the first is. The last operation is always answered,
/// unless the batch as a whole failed, which is reported under the head's number. Other messages go to `other`; gives whether any
/// message was lost.
pub(super) fn settle<T: Transport>(
    transport: &mut T,
    batch: &Batch,
    buffer: &mut [u8],
    timeout: Duration,
    other: &mut dyn FnMut(&Message<'_>),
) -> Result<bool, Error> {
    let mut errors = Vec::new();
    let (mut settled, mut lost) = (false, false);
    loop {
        let wait = if settled || lost { Duration::ZERO } else { timeout };
        let length = match transport.receive(buffer, wait) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::TimedOut && (settled || lost) => break,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                return Err(collect(errors).unwrap_or_else(|| {
                    Error::new(ErrorKind::Reply, format!("the kernel did not answer within {timeout:?}"))
                        .with_help("it is not known whether the batch was committed")
                }));
            }
            // The receive buffer ran over: there were more errors than it holds.
            Err(error) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => {
                lost = true;
                continue;
            }
            Err(error) => return Err(system("no reply could be received", error)),
        };
        for reply in Messages::new(buffer.get(..length).unwrap_or_default()) {
            let reply = reply?;
            if !reply.is_control() {
                other(&reply);
            }
            if reply.header.kind != NLMSG_ERROR || !belongs(batch, reply.header.sequence) {
                continue;
            }
            let answer = error::decode(&reply)?;
            settled |= reply.header.sequence == batch.last() || reply.header.sequence == batch.head();
            if answer.errno != 0 && errors.len() < ERRORS {
                let mut error = refusal(&answer);
                if answer.errno == EPERM && reply.header.sequence != batch.head() {
                    // Without rights the batch as a whole is refused.
                    error = error.with_help("the table has an owner, and only the owner may change it");
                }
                errors.push(batch.blame(reply.header.sequence, answer.offset, error));
            }
        }
    }
    match collect(errors) {
        Some(error) => Err(error),
        None if settled => Ok(lost),
        None => Err(Error::new(ErrorKind::Reply, "replies of the kernel were lost")),
    }
}

fn belongs(batch: &Batch, sequence: u32) -> bool {
    sequence.wrapping_sub(batch.head()) <= batch.last().wrapping_sub(batch.head())
}

/// The first error, with the others in it.
fn collect(mut errors: Vec<Error>) -> Option<Error> {
    if errors.is_empty() {
        return None;
    }
    let first = errors.remove(0);
    Some(if errors.is_empty() { first } else { first.with_others(errors) })
}

/// An error number of the kernel in words.
pub(super) fn refusal(answer: &Acknowledgement<'_>) -> Error {
    let text = message(&io::Error::from_raw_os_error(answer.errno));
    let text = match &answer.text {
        Some(detail) => format!("could not process rule: {text} ({detail})"),
        None => format!("could not process rule: {text}"),
    };
    let error = Error::new(ErrorKind::Kernel, text).with_errno(answer.errno);
    match advice(answer.errno) {
        Some(help) => error.with_help(help),
        None => error,
    }
}

/// Whether the kernel refused with that number.
pub(super) fn refused_with(error: &Error, errno: Errno) -> bool {
    error.errno() == Some(errno.raw_os_error())
}

/// What helps where nothing is allowed.
pub(crate) const RIGHTS: &str = "perhaps you must be root? CAP_NET_ADMIN is needed in the network namespace";

const EPERM: i32 = Errno::PERM.raw_os_error();

const fn advice(errno: i32) -> Option<&'static str> {
    const ERESTART: i32 = Errno::RESTART.raw_os_error();
    match errno {
        EPERM => Some(RIGHTS),
        ERESTART => Some("the ruleset has changed in between"),
        _ => None,
    }
}
