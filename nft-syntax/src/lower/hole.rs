//! Stand-ins: what stands in the model for a number or a time that a hole of `nft!` will give.
//!
//! Names and constants of holes come out as texts between [`HOLE`] and [`HOLE_END`], for which the model has room. For numbers a part of
//! their range stands for the holes of the text; such a number cannot be written out in a text with so many holes (`check` refuses it),
//! so nothing is taken for a hole that is none.

use nft_core::Span;

use super::fault::{Fault, Lowered};
use crate::parse::{HOLE, HOLE_END};

/// How many holes of a text can give numbers.
const HOLES: u64 = 1024;

/// A type of numbers that holes can give.
pub trait StandIn: Copy + Into<u64> + TryFrom<u64> {
    /// What stands for hole 0; the next ones follow.
    const FIRST: u64;
    /// Whether the number of a hole can be multiplied by powers of two.
    const SCALED: bool;

    /// The hole that this number stands for in a text with so many, and the power of two by which its value is multiplied.
    fn hole(self, holes: usize) -> Option<(usize, u32)> {
        let offset = self.into().checked_sub(Self::FIRST)?;
        let (scale, hole) = if Self::SCALED { (offset >> SCALE, offset & ((1 << SCALE) - 1)) } else { (0, offset) };
        let (scale, hole) = (u32::try_from(scale).ok()?, usize::try_from(hole).ok()?);
        (scale < 64 && hole < holes).then_some((hole, scale))
    }
}

/// Where the power of two stands.
const SCALE: u32 = 16;

impl StandIn for u16 {
    const FIRST: u64 = 0xec00;
    const SCALED: bool = false;
}

impl StandIn for u32 {
    const FIRST: u64 = 0xe000_0000;
    const SCALED: bool = true;
}

impl StandIn for u64 {
    const FIRST: Self = 0xe000_0000_0000_0000;
    const SCALED: bool = true;
}

/// The number of a hole that is all of a text.
pub(super) fn number(text: &str) -> Option<u64> {
    text.strip_prefix(HOLE)?.strip_suffix(HOLE_END)?.parse().ok()
}

/// What stands for a number up to `most` that a hole gives.
pub(super) fn stand_in(hole: u64, most: u64, span: Span) -> Lowered<u64> {
    const U16: u64 = u16::MAX as u64;
    const U32: u64 = u32::MAX as u64;
    let first = match most {
        U16 => u16::FIRST,
        U32 => u32::FIRST,
        u64::MAX => u64::FIRST,
        _ => return Err(cannot(span)),
    };
    if hole < HOLES { Ok(first + hole) } else { Err(Fault::new(span, format!("more than {HOLES} Rust values in one literal"))) }
}

/// Multiplies a number by a factor, which may be a hole's.
pub(super) fn scale(number: u64, factor: u32, holes: usize) -> Option<u64> {
    match number.hole(holes) {
        Some(_) if factor.is_power_of_two() => number.checked_add(u64::from(factor.trailing_zeros()) << SCALE),
        Some(_) => None,
        None => number.checked_mul(u64::from(factor)).filter(|product| product.hole(holes).is_none()),
    }
}

/// The same number in 32 bits, which may be a hole's.
pub(super) fn narrow(number: u64, holes: usize) -> Option<u32> {
    match number.hole(holes) {
        Some(_) => u32::try_from(number - u64::FIRST + u32::FIRST).ok(),
        None => u32::try_from(number).ok().filter(|number| number.hole(holes).is_none()),
    }
}

/// Refuses a number that was written out and stands for a hole.
pub(super) fn check(number: u64, most: u64, holes: usize, span: Span) -> Lowered<()> {
    let taken = match most {
        0xffff => u16::try_from(number).is_ok_and(|number| number.hole(holes).is_some()),
        0xffff_ffff => u32::try_from(number).is_ok_and(|number| number.hole(holes).is_some()),
        _ => number.hole(holes).is_some(),
    };
    if taken {
        return Err(Fault::new(span, format!("{number} cannot be written out in a literal with Rust values"))
            .help("give it as a Rust value, too"));
    }
    Ok(())
}

/// A hole where none can stand.
pub(super) fn cannot(span: Span) -> Fault {
    Fault::new(span, "a Rust value cannot stand here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_holes() {
        let span = Span::default();
        let small = u16::try_from(stand_in(3, 0xffff, span).ok().unwrap()).unwrap();
        assert_eq!((small.hole(4), small.hole(3)), (Some((3, 0)), None));
        let wide = stand_in(7, u64::MAX, span).ok().unwrap();
        let scaled = scale(wide, 1 << 20, 8).unwrap();
        assert_eq!((wide.hole(8), scaled.hole(8)), (Some((7, 0)), Some((7, 20))));
        assert_eq!(narrow(scaled, 8).unwrap().hole(8), Some((7, 20)));
        assert_eq!((scale(5, 1024, 8), narrow(5, 8), scale(u64::MAX, 2, 8)), (Some(5120), Some(5), None));
        assert!(stand_in(0, 14, span).is_err() && stand_in(5000, 0xffff, span).is_err());
        assert!(check(0xec00, 0xffff, 1, span).is_err());
        // Without holes, or in a wider place, it is a number like others.
        assert!(check(0xec00, 0xffff, 0, span).is_ok() && check(0xec00, 0xffff_ffff, 1, span).is_ok());
        assert_eq!(5_u16.hole(1), None);
    }
}
