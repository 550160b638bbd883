//! Keys of `fib`: lookups in the forwarding information base.

use super::datatype::{ByteOrder, DataType};

/// What `fib` gives.
///
/// Kernel name: `enum nft_fib_result`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum FibResult {
    /// `oif`: index of the interface that the route leaves by.
    Oif,
    /// `oifname`: its name.
    Oifname,
    /// `type`: kind of address.
    Type,
    /// `check`: whether there is a route. For the kernel an [`Oif`](Self::Oif) with the [present flag](PRESENT).
    Check,
}

/// `NFTA_FIB_F_PRESENT`: give 1 if there is a route, else 0.
pub const PRESENT: u32 = 32;

impl FibResult {
    /// Every result.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &[Self::Oif, Self::Oifname, Self::Type, Self::Check]
    }

    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Oif | Self::Check => 1,
            Self::Oifname => 2,
            Self::Type => 3,
        }
    }

    /// The result with the kernel's number and flags.
    #[must_use]
    pub const fn by_number(number: u32, flags: u32) -> Option<Self> {
        Some(match number {
            1 if flags & PRESENT != 0 => Self::Check,
            1 => Self::Oif,
            2 => Self::Oifname,
            3 => Self::Type,
            _ => return None,
        })
    }

    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oif => "oif",
            Self::Oifname => "oifname",
            Self::Type => "type",
            Self::Check => "check",
        }
    }

    /// The result of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|result| result.name() == name)
    }

    /// Type of its values.
    #[must_use]
    pub const fn ty(self) -> DataType {
        match self {
            Self::Oif => DataType::IFACE_INDEX,
            Self::Oifname => DataType::IFNAME,
            Self::Type => DataType::FIB_ADDRTYPE,
            Self::Check => DataType::BOOLEAN,
        }
    }

    /// Width of its values.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Oif | Self::Type => 32,
            Self::Oifname => 128,
            Self::Check => 8,
        }
    }

    /// In which order the kernel writes it into a register.
    #[must_use]
    pub const fn byte_order(self) -> ByteOrder {
        ByteOrder::Host
    }
}
