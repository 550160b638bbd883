//! Registers.

use std::fmt;

use crate::wire::{Attribute, Error, Field, Writer};

/// A register, in the kernel's numbering: 0 takes verdicts, 1–4 are the registers of 16 bytes, 8–23 the same memory in words of 4 bytes.
#[doc(alias = "nft_registers")]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "a number of the kernel's interface")]
pub struct Register(pub u32);

impl Register {
    /// `NFT_REG_VERDICT`.
    pub const VERDICT: Self = Self(0);
    /// `NFT_REG_1`.
    pub const R1: Self = Self(1);
    /// `NFT_REG_2`.
    pub const R2: Self = Self(2);
    /// `NFT_REG_3`.
    pub const R3: Self = Self(3);
    /// `NFT_REG_4`.
    pub const R4: Self = Self(4);

    /// Words of 4 bytes there are.
    pub const WORDS: u32 = 16;

    /// The register that begins at this word: one of 16 bytes where one begins there, as `nft` does it.
    ///
    /// ```
    /// use nft_core::bytecode::Register;
    ///
    /// assert_eq!(Register::at_word(4), Register::R2);
    /// assert_eq!(Register::at_word(5), Register(13));
    /// ```
    #[must_use]
    pub const fn at_word(word: u32) -> Self {
        if word.is_multiple_of(4) { Self(1 + word / 4) } else { Self(8 + word) }
    }

    /// The word at which the register begins; none for the verdict and for numbers without a register.
    #[must_use]
    pub const fn word(self) -> Option<u32> {
        match self.0 {
            number @ 1..=4 => Some((number - 1) * 4),
            number @ 8..=23 => Some(number - 8),
            _ => None,
        }
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Field<'_> for Register {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.u32(kind, self.0);
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        attribute.array().map(|bytes| Self(u32::from_be_bytes(bytes)))
    }
}
