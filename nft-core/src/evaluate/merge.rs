//! Payload matches that lie side by side become one.

use smallvec::SmallVec;

use super::term::{Load, Match, PayloadLoad, Role, Source, Step, Test};
use crate::bytecode::Data;
use crate::schema::Base;

/// Up to so many bytes merge on any base.
const SMALL: u32 = 4;
/// No merged match is wider.
const LARGE: u32 = 16;

/// Merges the payload matches of a rule, and removes what its family says anyway.
///
/// Equalities are collected up to the next statement that is no match, and sorted by where they are. A merged match stands where
/// its first byte's does, unless a later one says what protocol follows.
pub(super) fn merge(steps: &mut SmallVec<[Step; 6]>) {
    let last = steps.len();
    let mut start = 0;
    while start < steps.len() {
        let end =
            steps.iter().skip(start).position(|step| !matches!(step, Step::Match(_))).map_or(steps.len(), |run| start + run);
        merge_run(steps, start, end);
        start = end + 1;
    }
    let mut index = 0;
    steps.retain(|step| {
        index += 1;
        let Step::Match(found) = step else { return true };
        let merged = matches!(found.test, Test::Compare(_, ref data) if data.is_empty());
        !(merged || found.role == Role::Redundant && index < last)
    });
}

fn merge_run(steps: &mut [Step], start: usize, end: usize) {
    let mut found: SmallVec<[(PayloadLoad, usize); 8]> = SmallVec::new();
    for (index, step) in steps.iter().enumerate().take(end).skip(start) {
        if let Step::Match(step) = step
            && matches!(step.role, Role::Mergeable | Role::Protocol)
            && let Source::Load(Load::Payload(load)) = step.term.source
        {
            found.push((load, index));
        }
    }
    if found.len() < 2 {
        return;
    }
    found.sort_by_key(|(load, _)| (load.base, load.offset));
    let mut rest = found.into_iter();
    let Some(mut low) = rest.next() else { return };
    for high in rest {
        low = if is_pair(low.0, high.0) { join(steps, low, high) } else { high };
    }
}

fn is_pair(low: PayloadLoad, high: PayloadLoad) -> bool {
    let len = low.len + high.len;
    low.base == high.base
        && low.offset + low.len == high.offset
        && len <= LARGE
        && (len <= SMALL || low.base == Base::LinkLayer || low.len > SMALL || high.len > SMALL)
}

/// Joins two matches; the one that is no longer needed is left without data.
fn join(steps: &mut [Step], low: (PayloadLoad, usize), high: (PayloadLoad, usize)) -> (PayloadLoad, usize) {
    let load = PayloadLoad { len: low.0.len + high.0.len, ..low.0 };
    let (Some(mut data), Some(tail)) = (take(steps, low.1), take(steps, high.1)) else { return high };
    data.extend(&tail);
    let keeps_place = |index: usize| matches!(steps.get(index), Some(Step::Match(Match { role: Role::Protocol, .. })));
    let index = if keeps_place(high.1) && !keeps_place(low.1) { high.1 } else { low.1 };
    if let Some(Step::Match(step)) = steps.get_mut(index)
        && let Test::Compare(_, place) = &mut step.test
    {
        step.term.source = Source::Load(Load::Payload(load));
        *place = data;
    }
    (load, index)
}

fn take(steps: &mut [Step], index: usize) -> Option<Data> {
    match steps.get_mut(index)? {
        Step::Match(Match { test: Test::Compare(_, data), .. }) => Some(std::mem::take(data)),
        _ => None,
    }
}
