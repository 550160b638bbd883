//! Measures: named lists of cases, run on all cores.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How a case went.
pub(crate) enum Outcome {
    Pass,
    Fail(String),
    Skip(String),
}

/// A measure and its cases.
pub(crate) struct Measure<'a> {
    pub(crate) name: &'static str,
    pub(crate) cases: Vec<Case<'a>>,
}

/// A case: its name, and what to do.
pub(crate) struct Case<'a> {
    pub(crate) id: &'a str,
    pub(crate) run: Box<dyn Fn() -> Outcome + Sync + 'a>,
}

/// A measure that was run.
pub(crate) struct Report<'a> {
    pub(crate) name: &'static str,
    pub(crate) results: Vec<(&'a str, Outcome)>,
}

impl Outcome {
    /// Passes if the two are equal; else the difference is the reason.
    pub(crate) fn compare(expected: &str, found: &str) -> Self {
        if expected == found { Self::Pass } else { Self::Fail(difference(expected, found)) }
    }
}

impl<'a> Measure<'a> {
    pub(crate) fn run(self) -> Report<'a> {
        let results: Vec<_> = self.cases.iter().map(|case| (case.id, Mutex::new(None))).collect();
        let next = AtomicUsize::new(0);
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                let worker = thread::Builder::new().stack_size(16 << 20);
                let work = || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(case), Some((_, slot))) = (self.cases.get(index), results.get(index)) else { break };
                        let outcome = catch_unwind(AssertUnwindSafe(&case.run)).unwrap_or_else(|panic| {
                            let text = panic.downcast_ref::<String>().map(String::as_str);
                            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
                            Outcome::Fail(format!("PANIC: {text}\n"))
                        });
                        *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(outcome);
                    }
                };
                worker.spawn_scoped(scope, work).expect("a thread can be had");
            }
        });
        let finished = |slot: Mutex<Option<Outcome>>| {
            let outcome = slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            outcome.unwrap_or_else(|| Outcome::Fail("did not finish\n".to_owned()))
        };
        Report { name: self.name, results: results.into_iter().map(|(id, slot)| (id, finished(slot))).collect() }
    }
}

impl<'a> Report<'a> {
    pub(crate) fn passed(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.results.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Pass)).map(|(id, _)| *id)
    }

    /// Cases that were run: the skipped ones don't count.
    pub(crate) fn total(&self) -> usize {
        self.results.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::Skip(_))).count()
    }
}

/// The lines that differ, `-` before those expected and `+` before those found.
pub(crate) fn difference(expected: &str, found: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
    let mut text = String::new();
    for line in &old[head..old.len() - tail] {
        text.push_str(&format!("- {line}\n"));
    }
    for line in &new[head..new.len() - tail] {
        text.push_str(&format!("+ {line}\n"));
    }
    if text.is_empty() {
        text.push_str("they differ in line ends only\n");
    }
    text
}
