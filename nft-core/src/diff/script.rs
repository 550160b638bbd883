//! What two lists have in common: the longest common subsequence, by which as little as possible goes and comes.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// One step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Edit {
    /// The item of the old list goes.
    Remove(usize),
    /// The item of the new list comes.
    Add(usize),
}

/// Beyond so many steps the search (Myers 1986) gives up: it takes memory with their square.
const LIMIT: usize = 2_000;

/// Which items of two lists stay: pairs of places, rising in both. As many as there can be, unless the lists differ in thousands of places
/// and hold doubles.
pub(super) fn matches<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::with_capacity(old.len().min(new.len()));
    between(old, new, (0, 0), Depth::Whole, &mut pairs);
    pairs
}

/// How a part of the lists came about.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Depth {
    Whole,
    /// Between items that occur once in both lists.
    Gap,
}

fn between<T: Eq + Hash>(old: &[T], new: &[T], (left, right): (usize, usize), depth: Depth, pairs: &mut Vec<(usize, usize)>) {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    pairs.extend((0..head).map(|index| (left + index, right + index)));
    let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let old_middle = old_rest.get(..old_rest.len() - tail).unwrap_or_default();
    let new_middle = new_rest.get(..new_rest.len() - tail).unwrap_or_default();
    let at = (left + head, right + head);
    if !old_middle.is_empty() && !new_middle.is_empty() {
        middle(old_middle, new_middle, at, depth, pairs);
    }
    let (left, right) = (at.0 + old_middle.len(), at.1 + new_middle.len());
    pairs.extend((0..tail).map(|index| (left + index, right + index)));
}

fn middle<T: Eq + Hash>(old: &[T], new: &[T], (left, right): (usize, usize), depth: Depth, pairs: &mut Vec<(usize, usize)>) {
    let (anchors, exact) = anchors(old, new);
    if exact {
        pairs.extend(anchors.into_iter().map(|(old, new)| (left + old, right + new)));
        return;
    }
    if let Some(edits) = shortest(old, new) {
        pairs.extend(kept(&edits, old.len()).map(|(old, new)| (left + old, right + new)));
        return;
    }
    if depth == Depth::Gap && anchors.is_empty() {
        return;
    }
    let (mut from, mut to) = (0, 0);
    for (anchor, place) in anchors.into_iter().chain([(old.len(), new.len())]) {
        let gap = (old.get(from..anchor).unwrap_or_default(), new.get(to..place).unwrap_or_default());
        between(gap.0, gap.1, (left + from, right + to), Depth::Gap, pairs);
        if anchor < old.len() {
            pairs.push((left + anchor, right + place));
        }
        (from, to) = (anchor + 1, place + 1);
    }
}

/// The longest rising run of items that occur once in each list, and whether no others occur in both.
fn anchors<T: Eq + Hash>(old: &[T], new: &[T]) -> (Vec<(usize, usize)>, bool) {
    let mut places: HashMap<&T, (usize, usize, u32, u32)> = HashMap::with_capacity(old.len());
    for (index, item) in old.iter().enumerate() {
        places.entry(item).and_modify(|entry| entry.2 += 1).or_insert((index, 0, 1, 0));
    }
    for (index, item) in new.iter().enumerate() {
        if let Some(entry) = places.get_mut(item) {
            (entry.1, entry.3) = (index, entry.3 + 1);
        }
    }
    let exact = places.values().all(|(_, _, old, new)| *new == 0 || (*old, *new) == (1, 1));
    let mut common: Vec<(usize, usize)> =
        places.values().filter(|(_, _, old, new)| (*old, *new) == (1, 1)).map(|(old, new, _, _)| (*old, *new)).collect();
    common.sort_unstable();
    (rising(&common), exact)
}

/// The longest subsequence whose second places rise.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, which pair ends the run that ends lowest; and for each pair, which stands before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let place = |index: usize| pairs.get(index).map_or(0, |pair| pair.1);
    for (index, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| place(*end) < pair.1);
        before.push(length.checked_sub(1).and_then(|length| ends.get(length)).copied());
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        run.extend(pairs.get(index).copied());
        at = before.get(index).copied().flatten();
    }
    run.reverse();
    run
}

/// What a script leaves where it is.
fn kept(edits: &[Edit], length: usize) -> impl Iterator<Item = (usize, usize)> {
    let removed: HashSet<usize> =
        edits.iter().filter_map(|edit| if let Edit::Remove(at) = edit { Some(*at) } else { None }).collect();
    let added: HashSet<usize> =
        edits.iter().filter_map(|edit| if let Edit::Add(at) = edit { Some(*at) } else { None }).collect();
    let mut new = (0..).filter(move |at| !added.contains(at));
    (0..length).filter(move |at| !removed.contains(at)).filter_map(move |old| Some((old, new.next()?)))
}

/// How far along the old list each diagonal (old minus new index) was reached with so many steps.
type Frontier = Vec<usize>;

fn shortest<T: Eq>(old: &[T], new: &[T]) -> Option<Vec<Edit>> {
    let limit = (old.len() + new.len()).min(LIMIT);
    let mut trace: Vec<Frontier> = Vec::new();
    for steps in 0..=limit {
        let mut frontier = Frontier::with_capacity(steps + 1);
        // Diagonal `down - right` of `steps` steps, of which `right` are removals.
        for right in 0..=steps {
            let mut x = start(trace.last(), steps, right);
            let down = steps - right;
            while let Some(y) = (x + down).checked_sub(right)
                && let (Some(left), Some(other)) = (old.get(x), new.get(y))
                && left == other
            {
                x += 1;
            }
            let done = x >= old.len() && x + down >= new.len() + right;
            frontier.push(x);
            if done {
                trace.push(frontier);
                return Some(back(&trace, right));
            }
        }
        trace.push(frontier);
    }
    None
}

/// Where a diagonal begins: behind a removal or behind an addition, whichever leads further.
fn start(before: Option<&Frontier>, steps: usize, right: usize) -> usize {
    let Some(before) = before else { return 0 };
    let added = (right < steps).then(|| before.get(right).copied()).flatten();
    let removed = right.checked_sub(1).and_then(|right| before.get(right)).map(|x| x + 1);
    added.max(removed).unwrap_or(0)
}

fn back(trace: &[Frontier], mut right: usize) -> Vec<Edit> {
    let mut edits = Vec::with_capacity(trace.len());
    for steps in (1..trace.len()).rev() {
        let Some(before) = trace.get(steps - 1) else { break };
        let added = (right < steps).then(|| before.get(right).copied()).flatten();
        let removed = right.checked_sub(1).and_then(|right| before.get(right)).map(|x| x + 1);
        if added >= removed {
            let x = added.unwrap_or(0);
            // The item of the new list that stands there.
            edits.push(Edit::Add((x + (steps - 1 - right)).saturating_sub(right)));
        } else {
            edits.push(Edit::Remove(removed.unwrap_or(1) - 1));
            right -= 1;
        }
    }
    edits.reverse();
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: usize) {
        let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let pairs = matches(&old, &new);
        assert!(pairs.iter().all(|(left, right)| old[*left] == new[*right]), "{pairs:?}");
        assert!(pairs.is_sorted_by(|left, right| left.0 < right.0 && left.1 < right.1), "{pairs:?}");
        assert_eq!(old.len() + new.len() - 2 * pairs.len(), expected, "{pairs:?}");
    }

    #[test]
    fn shortest_scripts() {
        check("", "", 0);
        check("abc", "abc", 0);
        check("", "abc", 3);
        check("abc", "", 3);
        check("abc", "axc", 2);
        check("abcabba", "cbabac", 5);
        check("abcdef", "fabcde", 2);
        check("abc", "bca", 2);
        check("xaxbxc", "abc", 3);
        check("aab", "baa", 2);
        check("abcd", "dcba", 6);
    }

    #[test]
    fn large_lists() {
        // Each tenth item occurs everywhere, the others once; the second half goes in front.
        let old: Vec<usize> = (0..20_000).map(|number| if number % 10 == 0 { 0 } else { number }).collect();
        let mut new = old.clone();
        new.rotate_left(10_000);
        let pairs = matches(&old, &new);
        assert!(pairs.iter().all(|(left, right)| old[*left] == new[*right]));
        assert!(pairs.is_sorted_by(|left, right| left.0 < right.0 && left.1 < right.1));
        assert!(pairs.len() >= 9_000, "{}", pairs.len());
    }
}
