//! Ranges of single keys: sorted, checked, merged, and taken apart into the elements that begin and end them.

use crate::error::Error;

/// A key as a number: of up to 8 bytes, of up to 16, or longer.
pub(super) trait Bound: Copy + Ord {
    /// The key of these bytes.
    fn read(bytes: &[u8]) -> Self;

    /// Writes the key into as many bytes.
    fn write(self, bytes: &mut [u8]);

    /// The key behind; nothing behind the last of so many bits.
    fn next(self, bits: u32) -> Option<Self>;

    /// The key before; nothing before zero.
    fn previous(self, bits: u32) -> Option<Self>;
}

/// A key of more than 16 bytes, most significant first.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Wide([u8; 64]);

macro_rules! numbers {
    ($($number:ident)*) => { $(
        impl Bound for $number {
            fn read(bytes: &[u8]) -> Self {
                bytes.iter().fold(0, |number, &byte| number << 8 | Self::from(byte))
            }

            fn write(self, bytes: &mut [u8]) {
                for (place, byte) in bytes.iter_mut().rev().zip(self.to_le_bytes()) {
                    *place = byte;
                }
            }

            fn next(self, bits: u32) -> Option<Self> {
                let last = Self::MAX >> Self::BITS.saturating_sub(bits);
                (self < last).then(|| self + 1)
            }

            fn previous(self, _: u32) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )* };
}

numbers!(u64 u128);

impl Bound for Wide {
    fn read(bytes: &[u8]) -> Self {
        let mut wide = [0; 64];
        for (place, &byte) in wide.iter_mut().zip(bytes) {
            *place = byte;
        }
        Self(wide)
    }

    fn write(self, bytes: &mut [u8]) {
        for (place, byte) in bytes.iter_mut().zip(self.0) {
            *place = byte;
        }
    }

    fn next(mut self, bits: u32) -> Option<Self> {
        for byte in self.0.get_mut(..bits.div_ceil(8) as usize)?.iter_mut().rev() {
            let (sum, carry) = byte.overflowing_add(1);
            *byte = sum;
            if !carry {
                return Some(self);
            }
        }
        None
    }

    fn previous(mut self, bits: u32) -> Option<Self> {
        for byte in self.0.get_mut(..bits.div_ceil(8) as usize)?.iter_mut().rev() {
            let (less, borrow) = byte.overflowing_sub(1);
            *byte = less;
            if !borrow {
                return Some(self);
            }
        }
        None
    }
}

/// A range of keys, both ends included, and the number of the element that it comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span<B> {
    pub(super) low: B,
    pub(super) high: B,
    pub(super) source: u32,
}

/// What becomes of ranges that overlap.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Overlap {
    /// They are refused, but for equal ones.
    Refuse,
    /// They become one, and so do those that touch.
    Merge,
}

/// What stands at the edge of a range.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Edge<B> {
    /// The first key of the range from that element, and whether it reaches to the last key there is.
    Start(B, u32, bool),
    /// The first key behind a range.
    End(B),
}

/// Sorts ranges and makes them disjoint. `same` tells whether two elements with the same range say the same.
pub(super) fn disjoint<B: Bound>(
    spans: &mut Vec<Span<B>>,
    bits: u32,
    overlap: Overlap,
    same: impl Fn(u32, u32) -> bool,
) -> Result<(), Error> {
    if !spans.is_sorted_by(|left, right| left.low <= right.low) {
        spans.sort_unstable_by_key(|span| (span.low, span.source));
    }
    let mut kept = 0;
    for at in 1..spans.len() {
        let [Some(last), Some(span)] = [spans.get(kept).copied(), spans.get(at).copied()] else { break };
        let touches = span.low <= last.high || (overlap == Overlap::Merge && last.high.next(bits) == Some(span.low));
        if !touches {
            kept += 1;
            spans.swap(kept, at);
        } else if overlap == Overlap::Merge {
            if let Some(last) = spans.get_mut(kept) {
                last.high = last.high.max(span.high);
            }
        } else if (last.low, last.high) != (span.low, span.high) || !same(last.source, span.source) {
            let number = usize::try_from(span.source).ok();
            return Err(Error::source_text("conflicting intervals specified").within(|path| path.element = number));
        }
    }
    if !spans.is_empty() {
        spans.truncate(kept + 1);
    }
    Ok(())
}

/// Takes disjoint sorted ranges apart. Where `join` is set, a range that touches the next has no end of its own.
pub(super) fn edges<B: Bound>(spans: &[Span<B>], bits: u32, join: bool, mut edge: impl FnMut(Edge<B>)) {
    for (at, span) in spans.iter().enumerate() {
        let end = span.high.next(bits);
        edge(Edge::Start(span.low, span.source, end.is_none()));
        if let Some(end) = end {
            let joined = join && spans.get(at + 1).is_some_and(|next| next.low == end);
            if !joined {
                edge(Edge::End(end));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Edge, Overlap, Span, Wide, disjoint, edges};

    fn spans(pairs: &[(u64, u64)]) -> Vec<Span<u64>> {
        (0..).zip(pairs).map(|(source, &(low, high))| Span { low, high, source }).collect()
    }

    fn pairs(spans: &[Span<u64>]) -> Vec<(u64, u64)> {
        spans.iter().map(|span| (span.low, span.high)).collect()
    }

    #[test]
    fn merging() {
        let mut list = spans(&[(9, 12), (1, 3), (4, 4), (6, 7), (2, 2), (10, 10), (255, 255), (254, 255)]);
        disjoint(&mut list, 8, Overlap::Merge, |_, _| true).unwrap();
        assert_eq!(pairs(&list), [(1, 4), (6, 7), (9, 12), (254, 255)]);
    }

    #[test]
    fn refusing() {
        let mut list = spans(&[(5, 6), (1, 3), (4, 4), (1, 3)]);
        disjoint(&mut list, 8, Overlap::Refuse, |_, _| true).unwrap();
        assert_eq!(pairs(&list), [(1, 3), (4, 4), (5, 6)]);
        let mut list = spans(&[(1, 3), (3, 4)]);
        let error = disjoint(&mut list, 8, Overlap::Refuse, |_, _| true).unwrap_err();
        assert_eq!(error.to_string(), "element 2: conflicting intervals specified");
    }

    #[test]
    fn taking_apart() {
        let mut found = Vec::new();
        edges(&spans(&[(0, 4), (5, 5), (200, 255)]), 8, true, |edge| found.push(edge));
        assert_eq!(found, [Edge::Start(0, 0, false), Edge::Start(5, 1, false), Edge::End(6), Edge::Start(200, 2, true)]);
    }

    #[test]
    fn wide_keys() {
        let next = Wide::read(&[1, 0xff]).next(16).unwrap();
        let mut bytes = [0; 2];
        next.write(&mut bytes);
        assert_eq!(bytes, [2, 0]);
        assert!(Wide::read(&[0xff; 20]).next(160).is_none());
    }
}
