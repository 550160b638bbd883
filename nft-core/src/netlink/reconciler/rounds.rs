//! The loop itself.

use std::collections::HashSet;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::shared::Shared;
use super::timetable::Timetable;
use super::{Cause, Options, Report};
use crate::error::Error;
use crate::model::Ruleset;
use crate::netlink::reconcile::random_part;
use crate::netlink::snapshot::{self, Name};
use crate::netlink::{Mirror, Outcome, Transport};

/// How long to wait if even waiting fails.
const BREATH: Duration = Duration::from_millis(100);

/// What the thread does.
pub(super) struct Rounds<T, E, F> {
    mirror: Mirror<T, E>,
    options: Options,
    shared: Arc<Shared>,
    observer: F,
    timetable: Timetable,
    number: u64,
    /// Tables that are wanted, and those that were and are not gone yet.
    wanted: HashSet<Name>,
    retired: HashSet<Name>,
}

/// Says that the loop ended, also if it panicked.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl<T: Transport, E: Transport + AsFd, F: FnMut(&Report)> Rounds<T, E, F> {
    pub(super) fn new(mirror: Mirror<T, E>, options: Options, shared: Arc<Shared>, observer: F) -> Self {
        let timetable = Timetable::new(&options, Instant::now());
        let (wanted, retired) = (HashSet::new(), HashSet::new());
        Self { mirror, options, shared, observer, timetable, number: 0, wanted, retired }
    }

    pub(super) fn run(mut self) {
        let _end = End(Arc::clone(&self.shared));
        loop {
            let orders = self.shared.orders();
            if orders.stop {
                return;
            }
            if orders.replaced || orders.requested {
                self.timetable.now(Instant::now(), if orders.replaced { Cause::Desired } else { Cause::Request });
            }
            match self.timetable.due(Instant::now()) {
                Some(cause) => {
                    let (report, served) = self.round(cause);
                    if self.shared.is_stopped() && report.outcome.is_err() {
                        // It was cut short.
                        return;
                    }
                    let report = Arc::new(report);
                    (self.observer)(&report);
                    self.shared.finish(report, served);
                }
                None => self.wait(),
            }
        }
    }

    /// Waits for whatever comes first.
    fn wait(&mut self) {
        let listens = self.options.events && self.timetable.is_open();
        let events = listens.then(|| self.mirror.events());
        let heard = match self.shared.wait(events, self.timetable.wait(Instant::now())) {
            Ok(heard) => heard,
            Err(_) => {
                std::thread::sleep(BREATH);
                false
            }
        };
        if heard {
            // What goes wrong here is no round: the round that follows meets it again and reports it.
            if self.mirror.refresh().is_err() {
                self.timetable.now(Instant::now(), Cause::Event);
            }
            self.look();
        }
    }

    /// Fixes a round if others changed what is wanted.
    fn look(&mut self) {
        let news = self.mirror.news();
        if self.options.events && (news.mirrored || (news.others && self.options.reconcile.prune)) {
            self.timetable.heard(Instant::now());
        }
    }

    fn round(&mut self, cause: Cause) -> (Report, u64) {
        let (desired, served) = self.shared.begin();
        let start = Instant::now();
        self.number = self.number.saturating_add(1);
        let outcome = self.converge(&desired, cause);
        let now = Instant::now();
        let retry = match &outcome {
            Ok(_) => {
                self.timetable.succeeded(now);
                self.mirror.unwatch(self.retired.drain());
                // What others did while the change was on its way.
                self.look();
                None
            }
            Err(_) => Some(self.timetable.failed(now, random_part())),
        };
        let (number, failures) = (self.number, self.timetable.failures());
        (Report { number, cause, outcome, failures, retry, took: now.saturating_duration_since(start) }, served)
    }

    fn converge(&mut self, desired: &Ruleset, cause: Cause) -> Result<Outcome, Error> {
        let wanted: HashSet<Name> = desired.tables.iter().map(|table| snapshot::name(table.family, &table.name)).collect();
        self.retired.extend(std::mem::replace(&mut self.wanted, wanted));
        self.retired.retain(|name| !self.wanted.contains(name));
        match cause {
            Cause::Timer => self.mirror.probe()?,
            // What failed may have failed for what the kernel did not tell.
            _ if self.timetable.failures() > 0 => self.mirror.doubt(),
            Cause::Start | Cause::Event | Cause::Desired | Cause::Request | Cause::Retry => {}
        }
        let prune = self.options.reconcile.prune;
        let unwanted = |name: &Name| prune || self.retired.contains(name);
        self.mirror.reconcile_while(desired, &self.options.reconcile, &unwanted, &|| !self.shared.is_stopped())
    }
}
