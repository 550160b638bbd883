//! When the next round is.

use std::time::{Duration, Instant};

use super::{Cause, Options};
use crate::netlink::reconcile::doubled;

/// When the next round is, and why. It knows no clock.
#[derive(Debug)]
pub(super) struct Timetable {
    interval: Option<Duration>,
    debounce: Duration,
    backoff: Duration,
    longest_backoff: Duration,
    next: Option<(Instant, Cause)>,
    failures: u32,
}

impl Timetable {
    /// With a round at that time.
    pub(super) const fn new(options: &Options, start: Instant) -> Self {
        Self {
            interval: options.interval,
            debounce: options.debounce,
            backoff: options.backoff,
            longest_backoff: options.longest_backoff,
            next: Some((start, Cause::Start)),
            failures: 0,
        }
    }

    /// How many rounds failed, one after the other.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether changes of others matter now: not after a failure, when the next round is fixed.
    pub(super) const fn is_open(&self) -> bool {
        self.failures == 0
    }

    /// Somebody changed something: there is a round soon. Further changes don't put it off.
    pub(super) fn heard(&mut self, now: Instant) {
        if self.is_open() && !matches!(self.next, Some((_, cause)) if cause != Cause::Timer) {
            self.next = soonest(self.next, now.checked_add(self.debounce).map(|at| (at, Cause::Event)));
        }
    }

    /// There is a round now.
    pub(super) const fn now(&mut self, now: Instant, cause: Cause) {
        self.next = Some((now, cause));
    }

    /// The round that is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Cause> {
        let (_, cause) = self.next.filter(|(at, _)| *at <= now)?;
        self.next = None;
        Some(cause)
    }

    /// How long it is until the next round; nothing if there is none.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        self.next.map(|(at, _)| at.saturating_duration_since(now))
    }

    /// A round went well.
    pub(super) fn succeeded(&mut self, now: Instant) {
        self.failures = 0;
        self.next = self.interval.and_then(|interval| now.checked_add(interval)).map(|at| (at, Cause::Timer));
    }

    /// A round failed; gives how long it is until the next. `random` is from 0 to 1.
    pub(super) fn failed(&mut self, now: Instant, random: f64) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let longest = doubled(self.backoff, self.longest_backoff, self.failures);
        let pause = longest.mul_f64(f64::midpoint(1.0, random.clamp(0.0, 1.0)));
        // A time that cannot be said never comes.
        self.next = now.checked_add(pause).map(|at| (at, Cause::Retry));
        pause
    }
}

fn soonest(one: Option<(Instant, Cause)>, other: Option<(Instant, Cause)>) -> Option<(Instant, Cause)> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.0 <= one.0 { other } else { one }),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    fn table(interval: Option<Duration>) -> (Timetable, Instant) {
        let start = Instant::now();
        let options = Options::new().with_interval(interval).with_debounce(ms(100)).with_backoff(ms(10), ms(50));
        (Timetable::new(&options, start), start)
    }

    #[test]
    fn it_begins_at_once_and_goes_on_by_the_timer() {
        let (mut table, start) = table(Some(ms(5000)));
        assert_eq!(table.due(start), Some(Cause::Start));
        assert_eq!((table.due(start), table.wait(start)), (None, None), "nothing while the round runs");
        table.succeeded(start);
        assert_eq!((table.due(start), table.wait(start)), (None, Some(ms(5000))));
        assert_eq!(table.due(start + ms(5000)), Some(Cause::Timer));
    }

    #[test]
    fn a_burst_is_one_round_that_is_not_put_off() {
        let (mut table, start) = table(None);
        table.due(start);
        table.succeeded(start);
        assert_eq!(table.wait(start), None);
        for at in [0, 30, 60, 90] {
            table.heard(start + ms(at));
        }
        assert_eq!(table.wait(start), Some(ms(100)));
        assert_eq!((table.due(start + ms(99)), table.due(start + ms(100))), (None, Some(Cause::Event)));
    }

    #[test]
    fn the_timer_is_not_put_off_by_a_change() {
        let (mut table, start) = table(Some(ms(50)));
        table.due(start);
        table.succeeded(start);
        table.heard(start);
        assert_eq!(table.due(start + ms(50)), Some(Cause::Timer));
    }

    #[test]
    fn pauses_after_failures_grow_up_to_a_limit_and_are_kept() {
        let (mut table, start) = table(Some(ms(1)));
        table.due(start);
        let pauses: Vec<Duration> = (0..5).map(|_| table.failed(start, 1.0)).collect();
        assert_eq!(pauses, [10, 20, 40, 50, 50].map(ms));
        assert_eq!(table.failed(start, 0.0), ms(25), "half at least");
        table.heard(start);
        assert_eq!((table.due(start + ms(24)), table.due(start + ms(25))), (None, Some(Cause::Retry)));
        table.succeeded(start);
        assert_eq!((table.failures(), table.failed(start, 1.0)), (0, ms(10)));
        table.now(start, Cause::Desired);
        assert_eq!(table.due(start), Some(Cause::Desired), "what is asked for need not wait");
    }

    #[test]
    fn times_that_cannot_be_said_never_come() {
        let (mut table, start) = table(Some(Duration::MAX));
        table.due(start);
        table.succeeded(start);
        assert_eq!(table.wait(start), None);
    }
}
