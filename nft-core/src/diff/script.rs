//! The shortest script of insertions and removals between two lists.

/// One step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Edit {
    /// The item of the old list goes.
    Remove(usize),
    /// The item of the new list comes.
    Add(usize),
}

/// Beyond so many steps the middle is replaced as a whole: the search takes memory with their square.
const LIMIT: usize = 2_000;

/// The steps from one list to the other, in the order of the lists (Myers 1986).
pub(super) fn script<T: Eq>(old: &[T], new: &[T]) -> Vec<Edit> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let old_middle = old_rest.get(..old_rest.len() - tail).unwrap_or_default();
    let new_middle = new_rest.get(..new_rest.len() - tail).unwrap_or_default();
    let mut edits = shortest(old_middle, new_middle).unwrap_or_else(|| {
        let removed = (0..old_middle.len()).map(Edit::Remove);
        removed.chain((0..new_middle.len()).map(Edit::Add)).collect()
    });
    for edit in &mut edits {
        match edit {
            Edit::Remove(index) | Edit::Add(index) => *index += head,
        }
    }
    edits
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
        let edits = script(&old, &new);
        let mut kept: Vec<(usize, char)> = old.iter().copied().enumerate().collect();
        let mut result = Vec::new();
        kept.retain(|(index, _)| !edits.contains(&Edit::Remove(*index)));
        let mut kept = kept.into_iter();
        for (index, item) in new.iter().enumerate() {
            result.extend(if edits.contains(&Edit::Add(index)) { Some(*item) } else { kept.next().map(|(_, item)| item) });
        }
        assert_eq!((result, kept.next()), (new, None), "{edits:?}");
        assert_eq!(edits.len(), expected, "{edits:?}");
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
    }
}
