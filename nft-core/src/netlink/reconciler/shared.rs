//! What the loop's thread and its owner share.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::Report;
use crate::error::{Error, ErrorKind};
use crate::model::Ruleset;
use crate::netlink::namespace::system;

/// The longest single wait of the thread.
const LONG: Timespec = Timespec { tv_sec: 3600, tv_nsec: 0 };

/// What is wanted and asked for, and what came of it.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// A round ended, or the loop.
    changed: Condvar,
    /// Readable while there is something that the thread has not seen.
    wake: OwnedFd,
}

#[derive(Debug)]
struct State {
    desired: Arc<Ruleset>,
    /// Whether it is another than the one of the last round.
    replaced: bool,
    /// How many rounds were asked for, and how many of these were served.
    requested: u64,
    served: u64,
    stop: bool,
    ended: bool,
    last: Option<Arc<Report>>,
}

/// What the thread is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Orders {
    pub(super) stop: bool,
    pub(super) replaced: bool,
    pub(super) requested: bool,
}

impl Shared {
    pub(super) fn new(desired: Ruleset) -> Result<Self, Error> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let wake = wake.map_err(|errno| system("the reconciler's thread could not be woken", errno.into()))?;
        let state = State {
            desired: Arc::new(desired),
            replaced: false,
            requested: 0,
            served: 0,
            stop: false,
            ended: false,
            last: None,
        };
        Ok(Self { state: Mutex::new(state), changed: Condvar::new(), wake })
    }

    /// Nothing is ever half done while the lock is held, so a panic elsewhere does not matter.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the thread look. A counter that is full is readable, too.
    fn wake(&self) {
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    pub(super) fn want(&self, desired: Ruleset) {
        let mut state = self.state();
        (state.desired, state.replaced) = (Arc::new(desired), true);
        drop(state);
        self.wake();
    }

    pub(super) fn desired(&self) -> Arc<Ruleset> {
        Arc::clone(&self.state().desired)
    }

    /// Asks for a round, and gives its number among those that were asked for.
    pub(super) fn request(&self) -> u64 {
        let mut state = self.state();
        state.requested = state.requested.saturating_add(1);
        let number = state.requested;
        drop(state);
        self.wake();
        number
    }

    /// Waits until the round of that number has ended.
    pub(super) fn served(&self, number: u64, timeout: Duration) -> Result<Arc<Report>, Error> {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.state();
        loop {
            match &state.last {
                Some(report) if state.served >= number => return Ok(Arc::clone(report)),
                _ if state.ended => return Err(Error::new(ErrorKind::Misuse, "the reconciler has ended")),
                _ => {}
            }
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(Error::new(ErrorKind::System, format!("the round did not end within {timeout:?}")));
            }
            let waited = self.changed.wait_timeout(state, left.min(Duration::from_secs(3600)));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn last(&self) -> Option<Arc<Report>> {
        self.state().last.clone()
    }

    pub(super) fn ended(&self) -> bool {
        self.state().ended
    }

    pub(super) fn stop(&self) {
        self.state().stop = true;
        self.wake();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state().stop
    }

    /// What there is to do.
    pub(super) fn orders(&self) -> Orders {
        let state = self.state();
        Orders { stop: state.stop, replaced: state.replaced, requested: state.requested > state.served }
    }

    /// A round begins: gives what is wanted, and up to which number rounds were asked for.
    pub(super) fn begin(&self) -> (Arc<Ruleset>, u64) {
        let mut state = self.state();
        state.replaced = false;
        (Arc::clone(&state.desired), state.requested)
    }

    /// A round ended that serves what was asked for up to that number.
    pub(super) fn finish(&self, report: Arc<Report>, served: u64) {
        let mut state = self.state();
        (state.last, state.served) = (Some(report), served);
        drop(state);
        self.changed.notify_all();
    }

    /// The loop ended, in whatever way.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.changed.notify_all();
    }

    /// Waits, at most that long, for orders, and for events of that descriptor if there is one; whether there are events.
    pub(super) fn wait(&self, events: Option<BorrowedFd<'_>>, timeout: Option<Duration>) -> io::Result<bool> {
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok()).unwrap_or(LONG);
        let mut watched = vec![PollFd::from_borrowed_fd(self.wake.as_fd(), PollFlags::IN)];
        watched.extend(events.map(|events| PollFd::from_borrowed_fd(events, PollFlags::IN)));
        match poll(&mut watched, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mut ready = watched.iter().map(|descriptor| !descriptor.revents().is_empty());
        if ready.next() == Some(true) {
            // What was written before is seen by whoever looks at the orders next.
            let _ = rustix::io::read(&self.wake, &mut [0; 8]);
        }
        Ok(ready.next() == Some(true))
    }
}
