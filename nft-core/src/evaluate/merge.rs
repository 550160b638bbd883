//! Payload matches that lie side by side become one.

use smallvec::SmallVec;

use super::term::{Load, Match, PayloadLoad, Role, Source, Step, Test};
use crate::bytecode::Data;
use crate::schema::{Base, Header};

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

/// A match that may merge: what it loads, inside of which tunnel, and which step it is.
#[derive(Clone, Copy)]
struct Found {
    load: PayloadLoad,
    tunnel: Option<&'static Header>,
    step: usize,
}

fn merge_run(steps: &mut [Step], start: usize, end: usize) {
    let mut found: SmallVec<[Found; 8]> = SmallVec::new();
    for (index, step) in steps.iter().enumerate().take(end).skip(start) {
        if let Step::Match(step) = step
            && matches!(step.role, Role::Mergeable | Role::Protocol)
        {
            match step.term.source {
                Source::Load(Load::Payload(load)) => found.push(Found { load, tunnel: None, step: index }),
                Source::Load(Load::InnerPayload(tunnel, load)) => {
                    found.push(Found { load, tunnel: Some(tunnel), step: index });
                }
                _ => {}
            }
        }
    }
    if found.len() < 2 {
        return;
    }
    // Headers in and around a tunnel are in one row: like nft, one between two others keeps them apart.
    found.sort_by_key(|found| (found.load.base, found.load.offset));
    let mut rest = found.into_iter();
    let Some(mut low) = rest.next() else { return };
    for high in rest {
        low = if is_pair(low, high) { join(steps, low, high) } else { high };
    }
}

fn is_pair(low: Found, high: Found) -> bool {
    let same_side = low.tunnel == high.tunnel;
    let (low, high) = (low.load, high.load);
    let len = low.len + high.len;
    same_side
        && low.base == high.base
        && low.offset + low.len == high.offset
        && len <= LARGE
        && (len <= SMALL || low.base == Base::LinkLayer || low.len > SMALL || high.len > SMALL)
}

/// Joins two matches; the one that is no longer needed is left without data.
fn join(steps: &mut [Step], low: Found, high: Found) -> Found {
    let load = PayloadLoad { len: low.load.len + high.load.len, ..low.load };
    let (Some(mut data), Some(tail)) = (take(steps, low.step), take(steps, high.step)) else { return high };
    data.extend(&tail);
    let keeps_place = |index: usize| matches!(steps.get(index), Some(Step::Match(Match { role: Role::Protocol, .. })));
    let step = if keeps_place(high.step) && !keeps_place(low.step) { high.step } else { low.step };
    if let Some(Step::Match(found)) = steps.get_mut(step)
        && let Test::Compare(_, place) = &mut found.test
    {
        found.term.source = Source::Load(match low.tunnel {
            Some(tunnel) => Load::InnerPayload(tunnel, load),
            None => Load::Payload(load),
        });
        *place = data;
    }
    Found { load, step, ..low }
}

fn take(steps: &mut [Step], index: usize) -> Option<Data> {
    match steps.get_mut(index)? {
        Step::Match(Match { test: Test::Compare(_, data), .. }) => Some(std::mem::take(data)),
        _ => None,
    }
}
