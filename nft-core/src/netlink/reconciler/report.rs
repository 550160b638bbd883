//! What came of a round.

use std::time::Duration;

use crate::error::Error;
use crate::netlink::Outcome;

/// What came of one round of a [`Reconciler`](super::Reconciler).
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// Number of the round, from 1.
    pub number: u64,
    /// Why there was a round.
    pub cause: Cause,
    /// What was changed, against which generation, and in how many attempts; or why the tables could not be made what is wanted.
    pub outcome: Result<Outcome, Error>,
    /// How many rounds failed one after the other, this one included.
    pub failures: u32,
    /// After a failure, how long it is until the next round.
    pub retry: Option<Duration>,
    /// How long the round took.
    pub took: Duration,
}

impl Report {
    /// Whether the kernel has what is wanted, as far as is known: the round did not fail, and nothing was found to differ afterwards
    /// where that was [looked for](crate::netlink::Reconcile::verify).
    #[must_use]
    pub fn is_converged(&self) -> bool {
        let left = |outcome: &Outcome| outcome.remaining.as_ref().is_some_and(|patch| !patch.is_empty());
        self.outcome.as_ref().is_ok_and(|outcome| !left(outcome))
    }

    /// Whether something was changed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|outcome| !outcome.patch.is_empty())
    }
}

/// Why there was a round.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// It was the first one.
    Start,
    /// Nothing happened for as long as the [interval](super::Options::interval) says.
    Timer,
    /// Somebody else changed the tables, or something was lost of what the kernel tells.
    Event,
    /// Another value is wanted.
    Desired,
    /// It was asked for.
    Request,
    /// The one before failed.
    Retry,
}
