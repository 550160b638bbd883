//! A loop that keeps the kernel's tables as they are wanted, in a thread of its own (feature `reconciler`).
//!
//! It holds a [`Mirror`] and a value that is wanted. It compares the two when it begins, when somebody else changes the tables, when another value
//! is wanted, and on a timer; where they differ it sends the least change, as [`Mirror::reconcile`] does. What comes of each such round is a
//! [`Report`].
//!
//! ```no_run
//! use nft_core::netlink::NetNs;
//! use nft_core::netlink::reconciler::{Options, Reconciler};
//! # let (desired, next) = (nft_core::model::Ruleset::new(), nft_core::model::Ruleset::new());
//!
//! let reconciler = Reconciler::start(NetNs::Current, desired, Options::default(), |report| match &report.outcome {
//!     Ok(outcome) if outcome.patch.is_empty() => {}
//!     Ok(outcome) => eprintln!("repaired:\n{}", outcome.patch),
//!     Err(error) => eprintln!("{error}; again in {:?}", report.retry),
//! })?;
//! reconciler.set_desired(next);
//! reconciler.stop()?;
//! # Ok::<(), nft_core::Error>(())
//! ```
//!
//! An event is only a hint that something changed, and what is compared is always the whole: so nothing depends on hearing every event. What
//! the kernel tells nobody is found by the timer: an owner's table that went, a chain that went with its device. Sets whose elements run
//! out, or that packets' rules change, are looked at anew in each round.

mod options;
mod report;
mod rounds;
mod shared;
mod timetable;

pub use options::Options;
pub use report::{Cause, Report};

use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rounds::Rounds;
use shared::Shared;

use super::namespace::system;
use super::{Mirror, NetNs, Transport};
use crate::error::{Error, ErrorKind};
use crate::model::Ruleset;

/// Keeps tables as they are wanted for as long as this value lives.
///
/// When it goes, the loop ends and the kernel's tables stay, but for those with the flag `owner`, which belong to its connection.
#[derive(Debug)]
pub struct Reconciler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Reconciler {
    /// Starts a loop in a network namespace, with a first round at once. The calling thread stays in its own.
    ///
    /// `observer` gets the report of each round, in the loop's thread: the next round waits for it.
    ///
    /// # Errors
    ///
    /// If the namespace is not there or may not be entered, if `CAP_NET_ADMIN` is missing in it, or if no thread can be started. What goes
    /// wrong later is reported.
    pub fn start(
        namespace: NetNs,
        desired: Ruleset,
        options: Options,
        observer: impl FnMut(&Report) + Send + 'static,
    ) -> Result<Self, Error> {
        Self::with_mirror(Mirror::open(namespace)?, desired, options, observer)
    }

    /// The same over a mirror that was made otherwise.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn with_mirror<T, E>(
        mirror: Mirror<T, E>,
        desired: Ruleset,
        options: Options,
        observer: impl FnMut(&Report) + Send + 'static,
    ) -> Result<Self, Error>
    where
        T: Transport + Send + 'static,
        E: Transport + AsFd + Send + 'static,
    {
        let shared = Arc::new(Shared::new(desired)?);
        // Whatever stands behind a zero no thread's name can have.
        let name = options.name.split('\0').next().unwrap_or_default().to_owned();
        let rounds = Rounds::new(mirror, options, Arc::clone(&shared), observer);
        let thread = std::thread::Builder::new().name(name).spawn(move || rounds.run());
        let thread = thread.map_err(|error| system("no thread could be started", error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Wants something else from now on: a round begins at once, or as soon as the present one ends.
    ///
    /// Tables that were wanted before and are not named any more go, in the same batch.
    pub fn set_desired(&self, desired: Ruleset) {
        self.shared.want(desired);
    }

    /// What is wanted.
    #[must_use]
    pub fn desired(&self) -> Arc<Ruleset> {
        self.shared.desired()
    }

    /// Asks for a round now, without waiting for it.
    pub fn trigger(&self) {
        self.shared.request();
    }

    /// Asks for a round now and waits for its report, at most that long. The report is of a round that began after the call.
    ///
    /// # Errors
    ///
    /// If there is none within that time, or the loop ended. That the round itself failed is said in its report.
    pub fn reconcile(&self, timeout: Duration) -> Result<Arc<Report>, Error> {
        self.shared.served(self.shared.request(), timeout)
    }

    /// The report of the last round; nothing before the first one ended.
    #[must_use]
    pub fn last(&self) -> Option<Arc<Report>> {
        self.shared.last()
    }

    /// Whether the loop runs: it ends only when it is stopped, or if the observer panics.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.shared.ended()
    }

    /// Ends the loop and waits until its thread has ended. A batch that was sent is still waited for, at most for the connection's
    /// [time-out](super::Nfnl::set_timeout); no further attempt is made. Dropping the value does the same.
    ///
    /// # Errors
    ///
    /// If the observer panicked.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        self.shared.stop();
        // Dropped by its own observer, it ends behind that.
        let thread = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id());
        match thread.map(JoinHandle::join) {
            Some(Err(_)) => Err(Error::new(ErrorKind::Misuse, "the observer of the reconciler panicked")),
            _ => Ok(()),
        }
    }
}

impl Drop for Reconciler {
    fn drop(&mut self) {
        // Nobody can be told any more; `stop` tells.
        let _ = self.end();
    }
}
