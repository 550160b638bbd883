//! The name that was probably meant.

use smallvec::SmallVec;

/// The candidate that differs least from `word`, if it is close enough to be what was meant.
///
/// Distance counts insertions, deletions, replacements and swaps of neighbours. Of equally close ones the first wins.
///
/// ```
/// assert_eq!(nft_core::schema::nearest("dprot", ["sport", "dport"]), Some("dport"));
/// assert_eq!(nft_core::schema::nearest("zzz", ["sport", "dport"]), None);
/// ```
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let mut best = None;
    let mut limit = word.chars().count().min(64) / 3 + 1;
    for candidate in candidates {
        if let Some(distance) = within(word, candidate, limit) {
            best = Some(candidate);
            let Some(lower) = distance.checked_sub(1) else { break };
            limit = lower;
        }
    }
    best
}

/// The distance of the two, if it is not above `limit`.
fn within(a: &str, b: &str, limit: usize) -> Option<usize> {
    let a: SmallVec<[char; 32]> = a.chars().collect();
    let b: SmallVec<[char; 32]> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit || a.len() > 64 || b.len() > 64 {
        return None;
    }
    let mut before: SmallVec<[usize; 33]> = SmallVec::new();
    let mut above: SmallVec<[usize; 33]> = (0..=b.len()).collect();
    let mut row: SmallVec<[usize; 33]> = SmallVec::new();
    let mut previous = None;
    for (i, &x) in a.iter().enumerate() {
        row.clear();
        row.push(i + 1);
        let (mut left, mut last) = (i + 1, None);
        for (j, &y) in b.iter().enumerate() {
            let cell = |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (cell(&above, j) + usize::from(x != y)).min(cell(&above, j + 1) + 1).min(left + 1);
            if previous == Some(y) && last == Some(x) {
                cost = cost.min(cell(&before, j - 1) + 1);
            }
            row.push(cost);
            left = cost;
            last = Some(y);
        }
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut row);
        previous = Some(x);
    }
    above.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(within("dport", "dport", 2), Some(0));
        assert_eq!(within("dprot", "dport", 2), Some(1));
        assert_eq!(within("establish", "established", 2), Some(2));
        assert_eq!(within("a", "abcd", 2), None);
        assert_eq!(within("", "ab", 2), Some(2));
    }

    #[test]
    fn first_of_equals() {
        assert_eq!(nearest("sport", ["dport", "xport"]), Some("dport"));
        assert_eq!(nearest("", ["x"]), Some("x"));
    }
}
