//! When a reconciler's rounds are.

use std::time::Duration;

use crate::netlink::Reconcile;

/// When the rounds of a [`Reconciler`](super::Reconciler) are, and how each goes about it.
///
/// ```
/// use std::time::Duration;
/// use nft_core::netlink::reconciler::Options;
///
/// let options = Options::new().with_interval(None).with_debounce(Duration::from_millis(20));
/// assert!(options.events && options.interval.is_none());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// How long after a round the next one is, if nothing happens; nothing for never. 5 seconds if nothing is said.
    pub interval: Option<Duration>,
    /// Whether changes of others cause a round. They do if nothing is said.
    pub events: bool,
    /// How long after the first such change the round is, so that those behind it are in the same one; 100 ms if nothing is said. Who
    /// changes the tables all the time causes a round that often and no more.
    pub debounce: Duration,
    /// How long after a round that failed the next one is, at first; each further one is twice as long. A pause is of random length,
    /// between half of that and all. 100 ms if nothing is said.
    ///
    /// Meanwhile neither the timer nor changes of others cause a round, but a new value and a request do.
    pub backoff: Duration,
    /// How long such a pause is at most; 30 seconds if nothing is said.
    pub longest_backoff: Duration,
    /// How each round goes about it.
    pub reconcile: Reconcile,
    /// The name of the thread, of which the system shows 15 bytes; `nft-reconciler` if nothing is said.
    pub name: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            interval: Some(Duration::from_secs(5)),
            events: true,
            debounce: Duration::from_millis(100),
            backoff: Duration::from_millis(100),
            longest_backoff: Duration::from_secs(30),
            reconcile: Reconcile::default(),
            name: "nft-reconciler".to_owned(),
        }
    }
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another timer.
    #[must_use]
    pub fn with_interval(self, interval: Option<Duration>) -> Self {
        Self { interval, ..self }
    }

    /// The same where only the timer, a new value and a request cause rounds.
    #[must_use]
    pub fn without_events(self) -> Self {
        Self { events: false, ..self }
    }

    /// The same with that long between the first change of others and the round.
    #[must_use]
    pub fn with_debounce(self, debounce: Duration) -> Self {
        Self { debounce, ..self }
    }

    /// The same with pauses of up to that length after failures, at first and at most.
    #[must_use]
    pub fn with_backoff(self, first: Duration, longest: Duration) -> Self {
        Self { backoff: first, longest_backoff: longest, ..self }
    }

    /// The same with other rounds.
    #[must_use]
    pub fn with_reconcile(self, reconcile: Reconcile) -> Self {
        Self { reconcile, ..self }
    }

    /// The same with a thread of that name. It is cut before a zero byte, which the system does not take.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        let mut name = name.into();
        name.truncate(name.find('\0').unwrap_or(name.len()));
        Self { name, ..self }
    }
}
