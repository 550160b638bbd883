//! Changes of the ruleset as they happen.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::commits::{Commits, Heard, RawMessages, Subscription};
use super::event::{Commit, Decoder, Event, Grain};
use super::link::Link;
use super::trace::TraceEvent;
use super::{NetNs, Socket, Transport};
use crate::error::{Error, ErrorKind};
use crate::uapi::nf_tables::NFT_MSG_TRACE;

/// What a [`Monitor`] tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// A commit: everything that one batch changed.
    Commit(Commit),
    /// What the kernel changed by itself, outside of any commit: a quota that is used up.
    Kernel(Vec<Event>),
    /// A step of a packet that a rule marked with `meta nftrace set 1`, if the trace was subscribed to.
    Trace(Box<TraceEvent>),
    /// Something was lost: pull the ruleset and call [`Monitor::after`] with its generation.
    Resync,
}

/// Tells what changes in the ruleset of one network namespace, whoever changes it.
///
/// Every commit is told once, whole, and in order, or there is a [`Notice::Resync`]. Together with a pulled value nothing is missed and
/// nothing told twice:
///
/// ```no_run
/// # fn main() -> Result<(), nft_core::Error> {
/// use nft_core::netlink::{Monitor, NetNs, Nfnl, Notice, Subscription};
///
/// let mut monitor = Monitor::open(NetNs::Current, &Subscription::default())?;
/// let mut nfnl = Nfnl::open(NetNs::Current)?;
/// let mut ruleset = nfnl.pull()?;
/// monitor.after(&ruleset)?;
/// while let Some(notice) = monitor.next().transpose()? {
///     match notice {
///         Notice::Commit(commit) => println!("{}: {} changes", commit.generation, commit.events.len()),
///         Notice::Resync => {
///             ruleset = nfnl.pull()?;
///             monitor.after(&ruleset)?;
///         }
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// As an iterator it waits for as long as nothing changes; [`Monitor::next_within`] and [`Monitor::try_next`] don't. With the feature
/// `tokio`, `EventStream::new(monitor)` is a `Stream`. Its end ends the subscription.
///
/// What the kernel does not tell: that a table went because its owner's socket was closed; that elements ran out; what packets add to
/// sets; that state was reset.
#[derive(Debug)]
pub struct Monitor<T = Socket, A = T> {
    commits: Commits<T>,
    /// For what the events name and do not say.
    link: Link<A>,
    decoder: Decoder,
    /// Whether the decoder knows what there was before.
    learned: bool,
    ready: VecDeque<Notice>,
    ended: bool,
}

impl Monitor<Socket> {
    /// Subscribes in a network namespace. The calling thread stays in its own.
    ///
    /// # Errors
    ///
    /// If the namespace is not there or may not be entered, or `CAP_NET_ADMIN` is missing in it.
    pub fn open(namespace: NetNs, subscription: &Subscription) -> Result<Self, Error> {
        let (groups, bytes) = (subscription.groups(), subscription.receive_buffer);
        let make = move || Ok((Socket::subscribed(&groups, bytes)?, Socket::new()?));
        let (socket, other) = namespace.open_by(make)?;
        let mut monitor = Self::with_transports(socket, other, subscription.grain);
        if let Some(generation) = subscription.since {
            monitor.commits.after(generation);
        }
        // What is there now is asked for before it can go.
        monitor.learn()?;
        Ok(monitor)
    }
}

impl<T: Transport, A: Transport> Monitor<T, A> {
    /// Hears what one transport receives, and asks over another.
    #[must_use]
    pub fn with_transports(events: T, questions: A, grain: Grain) -> Self {
        Self {
            commits: Commits::with_transport(events),
            link: Link::new(questions),
            decoder: Decoder::new(grain),
            learned: false,
            ready: VecDeque::new(),
            ended: false,
        }
    }

    /// Says that the ruleset is known as this value has it, which was pulled while the monitor was open: only later commits are told.
    ///
    /// # Errors
    ///
    /// If the value was not pulled.
    pub fn after(&mut self, snapshot: &crate::model::Ruleset) -> Result<(), Error> {
        let generation = snapshot.generation.ok_or_else(|| Error::new(ErrorKind::Misuse, "the ruleset was not pulled"))?;
        self.after_generation(generation);
        Ok(())
    }

    /// The same by the value's generation.
    pub fn after_generation(&mut self, generation: u32) {
        self.commits.after(generation);
        self.ready.retain(|notice| match notice {
            Notice::Commit(commit) => super::commits::is_after(commit.generation, generation),
            Notice::Kernel(_) | Notice::Trace(_) | Notice::Resync => true,
        });
        // What was in between is not told, so it has to be asked for.
        self.learned = false;
    }

    /// The next notice, waiting for it at most that long; nothing if nothing comes.
    ///
    /// # Errors
    ///
    /// Those of the sockets, and messages that cannot be read.
    pub fn next_within(&mut self, timeout: Duration) -> Result<Option<Notice>, Error> {
        loop {
            if let Some(notice) = self.ready.pop_front() {
                return Ok(Some(notice));
            }
            self.learn()?;
            match self.commits.next(timeout)? {
                Some(heard) => self.take(heard)?,
                None => return Ok(None),
            }
        }
    }

    /// What has come already, without waiting.
    ///
    /// # Errors
    ///
    /// As [`Monitor::next_within`].
    pub fn try_next(&mut self) -> Result<Option<Notice>, Error> {
        self.next_within(Duration::ZERO)
    }

    fn learn(&mut self) -> Result<(), Error> {
        if !self.learned {
            self.decoder.learn(&mut self.link)?;
            self.learned = true;
        }
        Ok(())
    }

    fn take(&mut self, heard: Heard) -> Result<(), Error> {
        match heard {
            Heard::Commit(commit) => {
                let events = match self.decoder.events(commit.messages.iter(), &mut self.link) {
                    Ok(events) => events,
                    Err(error) => {
                        // It is not told, so something is missing.
                        self.take(Heard::Resync)?;
                        return Err(error);
                    }
                };
                self.ready.push_back(Notice::Commit(Commit {
                    generation: commit.generation,
                    process_id: commit.process_id,
                    process_name: commit.process_name,
                    events,
                }));
            }
            Heard::Loose(messages) => self.loose(&messages)?,
            Heard::Resync => {
                self.learned = false;
                self.ready.push_back(Notice::Resync);
            }
        }
        Ok(())
    }

    fn loose(&mut self, messages: &RawMessages) -> Result<(), Error> {
        let mut others = RawMessages::default();
        for message in messages {
            let message = message?;
            if message.header.message() == NFT_MSG_TRACE {
                self.ready.push_back(Notice::Trace(Box::new(TraceEvent::decode(&message)?)));
            } else {
                others.push_message(&message);
            }
        }
        let events = self.decoder.events(others.iter(), &mut self.link)?;
        if !events.is_empty() {
            self.ready.push_back(Notice::Kernel(events));
        }
        Ok(())
    }
}

/// How long a single wait of the iterator is; there is another one then.
const LONG: Duration = Duration::from_secs(3600);

/// Waits for as long as nothing comes. After an error that the socket has for good it ends.
impl<T: Transport, A: Transport> Iterator for Monitor<T, A> {
    type Item = Result<Notice, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.next_within(LONG) {
                Ok(None) => {}
                Ok(Some(notice)) => return Some(Ok(notice)),
                Err(error) => {
                    self.ended = error.kind() == ErrorKind::System;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl<T: AsFd, A> AsFd for Monitor<T, A> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.commits.as_fd()
    }
}

/// Waiting for it does not stop the thread, but asking the kernel for what events name does: that is answered at once.
#[cfg(feature = "tokio")]
impl<T: Transport + AsFd, A: Transport> super::Source for Monitor<T, A> {
    type Event = Result<Notice, Error>;

    fn now(&mut self) -> Option<Self::Event> {
        if self.ended {
            return None;
        }
        let next = self.try_next();
        self.ended = next.as_ref().is_err_and(|error| error.kind() == ErrorKind::System);
        next.transpose()
    }

    fn ended(&self) -> bool {
        self.ended
    }
}
