//! A kernel that answers badly: a real push, pull and plan are played again, with one thing wrong at each place.
//!
//! `faults/tape.txt` was taken from a kernel, of `faults/ruleset.nft`.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::time::Duration;

use super::*;
use crate::error::ErrorKind;
use crate::uapi::netlink::{NLM_F_ACK, NLM_F_DUMP_INTR};
use crate::uapi::nfnetlink::NFNL_SUBSYS_NFTABLES;
use crate::wire::Messages;

/// What goes wrong with one datagram.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    Truncated(usize),
    Lost,
    Twice,
    /// It comes behind the next one.
    Late,
    /// It comes after the wait for it ended.
    Delayed,
    /// The socket fails; the datagram is lost or comes after that.
    Socket(i32, bool),
    /// The kernel refuses instead.
    Refused(i32),
    Interrupted,
    /// A byte is another one.
    Flipped(usize),
}

type Exchanges = HashMap<Vec<u8>, (u32, Vec<Vec<u8>>)>;

/// Plays exchanges again, whatever their order.
struct Replay {
    exchanges: Exchanges,
    queue: VecDeque<io::Result<Vec<u8>>>,
    fault: Fault,
    /// How many datagrams come before the one with which something is wrong.
    before: usize,
    calls: usize,
    /// Lengths of the datagrams that came.
    lengths: Vec<usize>,
}

/// A request without its sequence numbers, and the first of them.
fn anonymous(request: &[u8]) -> (Vec<u8>, u32) {
    let mut bytes = request.to_vec();
    let mut first = None;
    let mut at = 0;
    for message in Messages::new(request).map_while(Result::ok) {
        first.get_or_insert(message.header.sequence);
        bytes[at + 8..at + 12].fill(0);
        let length = u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        at += length.next_multiple_of(4);
    }
    (bytes, first.unwrap())
}

fn exchanges() -> Exchanges {
    let mut exchanges = Exchanges::new();
    let mut current = Vec::new();
    for line in include_str!("faults/tape.txt").lines().filter(|line| !line.starts_with('#')) {
        let (way, hex) = line.split_once(' ').unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        if way == ">" {
            let (key, first) = anonymous(&bytes);
            exchanges.insert(key.clone(), (first, Vec::new()));
            current = key;
        } else {
            exchanges.get_mut(&current).unwrap().1.push(bytes);
        }
    }
    exchanges
}

/// The answer with the numbers of another request.
fn renumbered(reply: &[u8], recorded: u32, first: u32) -> Vec<u8> {
    let mut bytes = reply.to_vec();
    let mut at = 0;
    while at + 16 <= bytes.len() {
        let number = u32::from_ne_bytes(bytes[at + 8..at + 12].try_into().unwrap());
        let number = first.wrapping_add(number.wrapping_sub(recorded));
        bytes[at + 8..at + 12].copy_from_slice(&number.to_ne_bytes());
        let length = u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        at += length.next_multiple_of(4).max(16);
    }
    bytes
}

impl Replay {
    fn new(fault: Fault, before: usize) -> Self {
        Self { exchanges: exchanges(), queue: VecDeque::new(), fault, before, calls: 0, lengths: Vec::new() }
    }

    fn sequence(reply: &[u8]) -> u32 {
        u32::from_ne_bytes(reply[8..12].try_into().unwrap())
    }
}

impl Transport for Replay {
    fn send(&mut self, messages: &[u8]) -> io::Result<()> {
        let (key, first) = anonymous(messages);
        let replies: Vec<_> = match self.exchanges.get(&key) {
            Some((recorded, replies)) => replies.iter().map(|reply| renumbered(reply, *recorded, first)).collect(),
            // A batch is acknowledged.
            None => {
                let acknowledged = Messages::new(messages).map_while(Result::ok).filter(|message| {
                    message.header.flags & NLM_F_ACK != 0 && message.header.subsystem() == NFNL_SUBSYS_NFTABLES
                });
                acknowledged.map(|message| Recorder::acknowledge(message.header.sequence, 0)).collect()
            }
        };
        self.lengths.extend(replies.iter().map(Vec::len));
        let mut late = None;
        for mut reply in replies {
            let hit = self.before == 0 && !matches!(self.fault, Fault::None);
            self.before = self.before.saturating_sub(1);
            if !hit {
                self.queue.push_back(Ok(reply));
                self.queue.extend(late.take().map(Ok));
                continue;
            }
            match std::mem::replace(&mut self.fault, Fault::None) {
                Fault::None => {}
                Fault::Truncated(length) => {
                    reply.truncate(length);
                    self.queue.push_back(Ok(reply));
                }
                Fault::Lost => {}
                Fault::Twice => self.queue.extend([Ok(reply.clone()), Ok(reply)]),
                Fault::Late => late = Some(reply),
                Fault::Delayed => self.queue.extend([Err(io::ErrorKind::TimedOut.into()), Ok(reply)]),
                Fault::Socket(errno, lost) => {
                    self.queue.push_back(Err(io::Error::from_raw_os_error(errno)));
                    self.queue.extend((!lost).then_some(Ok(reply)));
                }
                Fault::Refused(errno) => self.queue.push_back(Ok(Recorder::acknowledge(Self::sequence(&reply), errno))),
                Fault::Interrupted => {
                    let flags = u16::from_ne_bytes([reply[6], reply[7]]) | NLM_F_DUMP_INTR;
                    reply[6..8].copy_from_slice(&flags.to_ne_bytes());
                    self.queue.push_back(Ok(reply));
                }
                Fault::Flipped(at) => {
                    // A plan asks for its tables in any order, so the answer may be a shorter one.
                    let at = at % reply.len();
                    reply[at] ^= 0xff;
                    self.queue.push_back(Ok(reply));
                }
            }
        }
        self.queue.extend(late.map(Ok));
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        self.calls += 1;
        assert!(self.calls < 10_000, "it never ends");
        let reply = self.queue.pop_front().ok_or(io::ErrorKind::TimedOut)??;
        buffer[..reply.len()].copy_from_slice(&reply);
        Ok(reply.len())
    }
}

fn faults(longest: usize) -> Vec<Fault> {
    let mut faults = vec![Fault::Lost, Fault::Twice, Fault::Late, Fault::Delayed, Fault::Interrupted];
    // EPERM, ENOENT, EINTR, ENOMEM, EBUSY, EINVAL, ERESTART, EOPNOTSUPP, ENOBUFS.
    for errno in [1, 2, 4, 12, 16, 22, 85, 95, 105] {
        faults.extend([Fault::Refused(errno), Fault::Socket(errno, true), Fault::Socket(errno, false)]);
    }
    faults.extend((0..longest).step_by(3).map(Fault::Truncated));
    faults.extend((0..longest).step_by(3).map(Fault::Flipped));
    faults
}

/// Runs something with every fault at every place, and then once more without one.
fn everywhere<R: PartialEq + std::fmt::Debug>(
    run: impl Fn(&mut Nfnl<Replay>) -> Result<R, Error>,
    same: impl Fn(&R, &R, Fault),
) {
    let mut nfnl = Nfnl::with_transport(Replay::new(Fault::None, 0));
    let expected = run(&mut nfnl).unwrap();
    let lengths = nfnl.transport().lengths.clone();
    assert!(!lengths.is_empty());
    for (before, length) in lengths.into_iter().enumerate() {
        for fault in faults(length) {
            let mut nfnl = Nfnl::with_transport(Replay::new(fault, before));
            match run(&mut nfnl) {
                Ok(found) => same(&found, &expected, fault),
                Err(error) => {
                    let kind = error.kind();
                    assert!(
                        matches!(kind, ErrorKind::Reply | ErrorKind::Kernel | ErrorKind::System)
                            // What a set is said to hold may stand against what is wanted.
                            || matches!((kind, fault), (ErrorKind::Source, Fault::Flipped(_))),
                        "{fault:?} {before}: {error:?}"
                    );
                }
            }
            // What is left of it disturbs nothing.
            let again = run(&mut nfnl);
            assert_eq!(again.as_ref().ok(), Some(&expected), "{fault:?} {before}: {again:?}");
        }
    }
}

#[test]
fn pull() {
    everywhere(
        |nfnl| nfnl.pull(),
        |found, expected, fault| match fault {
            // Another byte is another ruleset, and the kernel says nowhere how many messages an answer has: of a datagram that is lost
            // the socket tells, and none comes behind the end, or is cut between two messages.
            Fault::Flipped(_) | Fault::Lost | Fault::Late | Fault::Truncated(_) => {}
            _ => assert!(found == expected, "{fault:?}:\n{found:?}"),
        },
    );
}

#[test]
fn plan() {
    let ruleset = Nfnl::with_transport(Replay::new(Fault::None, 0)).pull().unwrap();
    let options = Reconcile::default().with_prune();
    everywhere(
        |nfnl| nfnl.plan(&ruleset, &options),
        |found, expected, fault| match fault {
            Fault::Flipped(_) | Fault::Lost | Fault::Late | Fault::Truncated(_) => {}
            _ => assert!(found == expected, "{fault:?}:\n{found}"),
        },
    );
}

#[test]
fn push() {
    let ruleset = Nfnl::with_transport(Replay::new(Fault::None, 0)).pull().unwrap();
    assert_eq!(ruleset.tables.len(), 2);
    everywhere(|nfnl| nfnl.push(&ruleset, Push::Replace), |(), (), _| {});
}

#[test]
fn commands() {
    let ruleset = Nfnl::with_transport(Replay::new(Fault::None, 0)).pull().unwrap();
    let commands: Vec<Command> =
        ruleset.tables.into_iter().map(|table| Command::Add(crate::model::Item::Table(Box::new(table)))).collect();
    everywhere(|nfnl| nfnl.check_commands(&commands), |(), (), _| {});
}
