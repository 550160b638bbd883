//! What the kernel tells of changes, commit by commit, not yet decoded.
//!
//! The kernel sends the changes of a commit, over as many datagrams as it takes, and then its generation in a datagram of its own. A
//! commit without a change has none. Where the socket's receive buffer is full, datagrams are lost, and the next receiving fails with
//! `ENOBUFS`; what was buffered before stays, and nothing is added until all of that was read.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::event::Grain;
use super::namespace::system;
use super::{NetNs, Socket, Transport};
use crate::error::{Error, ErrorKind};
use crate::message::generation::GenerationMessage;
use crate::uapi::netlink::NLMSG_OVERRUN;
use crate::uapi::nf_tables::{NFT_MSG_NEWGEN, NFT_MSG_TRACE};
use crate::uapi::nfnetlink::{NFNL_SUBSYS_NFTABLES, NFNLGRP_NFTABLES, NFNLGRP_NFTRACE};
use crate::wire::{Attributes, Message, Messages};

/// Bytes of the buffer for one datagram: the kernel's are of up to two pages, or of one message that is larger.
const BUFFER: usize = 65_536;

/// How many datagrams are thrown away at once after a loss: more than any receive buffer holds.
const DRAIN: usize = 1 << 17;

/// What a socket hears.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subscription {
    /// Changes of the ruleset (`NFNLGRP_NFTABLES`).
    pub ruleset: bool,
    /// Packets that a rule marked with `meta nftrace set 1` (`NFNLGRP_NFTRACE`).
    pub trace: bool,
    /// Bytes of the socket's receive buffer; 4 MiB if nothing is said.
    pub receive_buffer: usize,
    /// Only commits after this generation.
    pub since: Option<u32>,
    /// What becomes one event, where messages become events.
    pub grain: Grain,
}

impl Default for Subscription {
    fn default() -> Self {
        Self { ruleset: true, trace: false, receive_buffer: 4 << 20, since: None, grain: Grain::Value }
    }
}

impl Subscription {
    /// Only the trace of packets.
    #[must_use]
    pub fn trace() -> Self {
        Self { ruleset: false, trace: true, ..Self::default() }
    }

    /// The same with the trace of packets.
    #[must_use]
    pub const fn with_trace(self) -> Self {
        Self { trace: true, ..self }
    }

    /// The same with a receive buffer of so many bytes.
    #[must_use]
    pub const fn with_receive_buffer(self, bytes: usize) -> Self {
        Self { receive_buffer: bytes, ..self }
    }

    /// The same for commits after this generation alone: that of a value that was pulled before.
    #[must_use]
    pub const fn since(self, generation: u32) -> Self {
        Self { since: Some(generation), ..self }
    }

    /// The same with another grain of events.
    #[must_use]
    pub const fn with_grain(self, grain: Grain) -> Self {
        Self { grain, ..self }
    }

    pub(super) fn groups(&self) -> Vec<u32> {
        let ruleset = self.ruleset.then_some(NFNLGRP_NFTABLES);
        ruleset.into_iter().chain(self.trace.then_some(NFNLGRP_NFTRACE)).collect()
    }
}

/// Messages one after the other, in one buffer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RawMessages {
    bytes: Vec<u8>,
}

impl RawMessages {
    /// The messages. They are whole: none is an error.
    #[must_use]
    pub fn iter(&self) -> Messages<'_> {
        Messages::new(&self.bytes)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Their bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends a message that was read.
    pub(super) fn push_message(&mut self, message: &Message<'_>) {
        let length = u32::try_from(message.body.len().saturating_add(crate::wire::Header::SIZE)).unwrap_or(u32::MAX);
        let [_, _, _, _, head @ ..] = message.header.to_bytes();
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&head);
        self.push(message.body);
    }

    fn push(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

impl<'a> IntoIterator for &'a RawMessages {
    type IntoIter = Messages<'a>;
    type Item = Result<Message<'a>, crate::wire::Error>;

    fn into_iter(self) -> Messages<'a> {
        self.iter()
    }
}

/// One commit: everything that one batch changed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RawCommit {
    /// Number of the ruleset that it made.
    pub generation: u32,
    /// Process that sent the batch, as its own namespace of processes numbers it.
    pub process_id: Option<u32>,
    /// Name of that process, of at most 15 bytes.
    pub process_name: Option<Box<str>>,
    /// What it changed, in the kernel's order.
    pub messages: RawMessages,
}

/// What a [`Commits`] hears.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Heard {
    /// A whole commit.
    Commit(RawCommit),
    /// Messages that belong to no commit: traces of packets, and what the kernel changes by itself, such as the use of a quota.
    Loose(RawMessages),
    /// Something was lost. What is known of the ruleset is no longer what the kernel has: it has to be pulled, and
    /// [`Commits::after`] called with the generation of that value.
    Resync,
}

/// The kernel's commits, one after the other.
///
/// Each commit is given once, whole, and in order; where that cannot be, there is one [`Heard::Resync`] and nothing of a commit of which
/// a part may be missing. The end of the value ends the subscription.
#[derive(Debug)]
pub struct Commits<T = Socket> {
    transport: T,
    buffer: Box<[u8]>,
    /// Messages of the commit that has no generation yet, and the generation's low 16 bits that they carry.
    pending: RawMessages,
    marks: Option<(u16, bool)>,
    /// What was heard and not given yet.
    ready: VecDeque<Heard>,
    /// The generation up to which nothing more is to be told.
    known: Option<u32>,
    /// Whether something was lost, and no commit was whole since.
    broken: bool,
    /// The commit that was passed over after a loss, since a part of it may have been lost.
    passed: Option<u32>,
}

impl Commits<Socket> {
    /// Subscribes in a network namespace. The calling thread stays in its own.
    ///
    /// # Errors
    ///
    /// If the namespace is not there or may not be entered, or `CAP_NET_ADMIN` is missing in it.
    pub fn open(namespace: NetNs, subscription: &Subscription) -> Result<Self, Error> {
        let (groups, bytes) = (subscription.groups(), subscription.receive_buffer);
        let mut commits = namespace.open_by(move || Socket::subscribed(&groups, bytes)).map(Self::with_transport)?;
        commits.known = subscription.since;
        Ok(commits)
    }
}

impl<T: Transport> Commits<T> {
    /// Hears what a transport receives.
    #[must_use]
    pub fn with_transport(transport: T) -> Self {
        Self {
            transport,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            pending: RawMessages::default(),
            marks: None,
            ready: VecDeque::new(),
            known: None,
            broken: false,
            passed: None,
        }
    }

    /// Says that the ruleset is known as it is at that generation: only later commits are given, and the first of them is the next one,
    /// or there is a [`Heard::Resync`].
    ///
    /// A value that was pulled while this was open carries that generation; together they miss nothing and double nothing.
    pub fn after(&mut self, generation: u32) {
        if self.passed.is_some_and(|passed| is_after(passed, generation)) {
            self.lose();
        } else if self.known.is_none_or(|known| is_after(generation, known)) {
            self.known = Some(generation);
            self.ready.retain(|heard| !matches!(heard, Heard::Commit(commit) if !is_after(commit.generation, generation)));
        }
    }

    /// The next thing that is heard, waiting for it at most that long; nothing if nothing comes.
    ///
    /// # Errors
    ///
    /// Those of the socket, and messages that cannot be read. After such an error it can go on: there is a [`Heard::Resync`] then.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Heard>, Error> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            if let Some(heard) = self.ready.pop_front() {
                return Ok(Some(heard));
            }
            let left = deadline.map_or(timeout, |deadline| deadline.saturating_duration_since(Instant::now()));
            match self.transport.receive(&mut self.buffer, left) {
                Ok(length) => {
                    let read = self.datagram(length);
                    if read.is_err() {
                        self.lose();
                    }
                    read?;
                }
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) if is_overflow(&error) => {
                    let drained = self.drain();
                    self.lose();
                    drained?;
                }
                Err(error) => return Err(system("no event could be received", error)),
            }
        }
    }

    /// What was heard already, without waiting.
    ///
    /// # Errors
    ///
    /// As [`Commits::next`].
    pub fn try_next(&mut self) -> Result<Option<Heard>, Error> {
        self.next(Duration::ZERO)
    }

    /// The transport.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// Throws away what the kernel buffered before the loss.
    fn drain(&mut self) -> Result<(), Error> {
        for _ in 0..DRAIN {
            match self.transport.receive(&mut self.buffer, Duration::ZERO) {
                Ok(_) => {}
                Err(error) if is_timeout(&error) => return Ok(()),
                Err(error) if is_overflow(&error) => {}
                Err(error) => return Err(system("no event could be received", error)),
            }
        }
        Ok(())
    }

    /// Something is missing: what is half there goes, and whoever listens is told, once.
    fn lose(&mut self) {
        self.clear();
        (self.broken, self.known, self.passed) = (true, None, None);
        if self.ready.back() != Some(&Heard::Resync) {
            self.ready.push_back(Heard::Resync);
        }
    }

    /// The same where a commit ends: the next one is whole.
    fn lose_at(&mut self, generation: u32) {
        self.lose();
        self.pass(generation);
    }

    /// A commit is not given, though nobody may know of it.
    fn pass(&mut self, generation: u32) {
        self.clear();
        (self.broken, self.known, self.passed) = (false, Some(generation), Some(generation));
    }

    fn clear(&mut self) {
        self.pending.bytes.clear();
        self.marks = None;
    }

    fn datagram(&mut self, length: usize) -> Result<(), Error> {
        let buffer = std::mem::take(&mut self.buffer);
        let read = self.messages(buffer.get(..length).unwrap_or_default());
        self.buffer = buffer;
        read
    }

    fn messages(&mut self, datagram: &[u8]) -> Result<(), Error> {
        let mut loose = RawMessages::default();
        let mut messages = Messages::new(datagram);
        let mut start = 0;
        while let Some(message) = messages.next() {
            let message = message?;
            let end = datagram.len() - messages.remaining();
            let bytes = datagram.get(start..end).unwrap_or_default();
            start = end;
            if message.header.kind == NLMSG_OVERRUN {
                self.lose();
            }
            if message.is_control() || message.header.subsystem() != NFNL_SUBSYS_NFTABLES {
                continue;
            }
            match message.header.message() {
                NFT_MSG_NEWGEN => {
                    let generation = GenerationMessage::decode(message.reader())?;
                    self.close(&generation);
                }
                // What a batch changes carries the port of its socket.
                NFT_MSG_TRACE => loose.push(bytes),
                _ if message.header.port == 0 => loose.push(bytes),
                _ => {
                    let mark = message.header.resource;
                    let (first, mixed) = self.marks.unwrap_or((mark, false));
                    self.marks = Some((first, mixed || first != mark));
                    self.pending.push(bytes);
                }
            }
        }
        if !loose.is_empty() {
            self.ready.push_back(Heard::Loose(loose));
        }
        Ok(())
    }

    /// The messages so far are those of a commit, if nothing was lost.
    fn close(&mut self, message: &GenerationMessage<'_>) {
        let generation = message.id;
        let [.., high, low] = generation.to_be_bytes();
        let mark = u16::from_be_bytes([high, low]);
        match self.known {
            Some(known) if !is_after(generation, known) => return self.clear(),
            Some(known) if generation != following(known) => return self.lose_at(generation),
            None if self.broken => {
                // Its beginning may have been lost with what was before.
                return self.pass(generation);
            }
            _ => {}
        }
        if self.marks.is_some_and(|marks| marks != (mark, false)) {
            if !self.broken {
                return self.lose_at(generation);
            }
            self.keep(mark);
        }
        self.marks = None;
        (self.broken, self.known, self.passed) = (false, Some(generation), None);
        self.ready.push_back(Heard::Commit(RawCommit {
            generation,
            process_id: message.pid,
            process_name: message.name.as_deref().map(Box::from),
            messages: std::mem::take(&mut self.pending),
        }));
    }

    /// Drops what is left of commits whose end was lost.
    fn keep(&mut self, mark: u16) {
        let pending = std::mem::take(&mut self.pending);
        let mut messages = pending.iter();
        let mut start = 0;
        while let Some(Ok(message)) = messages.next() {
            let end = pending.bytes.len() - messages.remaining();
            if message.header.resource == mark {
                self.pending.push(pending.bytes.get(start..end).unwrap_or_default());
            }
            start = end;
        }
    }
}

impl<T: AsFd> AsFd for Commits<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.transport.as_fd()
    }
}

/// Whether a generation is later than another: the numbers begin anew after 2³² − 1.
#[must_use]
pub(super) const fn is_after(generation: u32, other: u32) -> bool {
    matches!(generation.wrapping_sub(other), 1..=0x7fff_ffff)
}

/// The generation that the next commit makes: there is no 0.
const fn following(generation: u32) -> u32 {
    match generation.wrapping_add(1) {
        0 => 1,
        next => next,
    }
}

fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

/// Whether a datagram was lost: for want of room in the socket's buffer, or in ours.
fn is_overflow(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NOBUFS.raw_os_error()) || error.kind() == io::ErrorKind::InvalidData
}

impl Heard {
    /// The commit, if it is one.
    ///
    /// # Errors
    ///
    /// If something was lost.
    pub fn commit(self) -> Result<Option<RawCommit>, Error> {
        match self {
            Self::Commit(commit) => Ok(Some(commit)),
            Self::Loose(_) => Ok(None),
            Self::Resync => {
                Err(Error::new(ErrorKind::Reply, "events of the kernel were lost: the ruleset has to be pulled again"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
