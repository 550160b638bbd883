//! Keys of `osf`: the guess at the operating system of the sender.

use super::datatype::{ByteOrder, DataType};

/// What `osf` gives.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum OsfKey {
    /// `name`: the system, such as `Linux`.
    Name,
    /// `version`: the system and its version, such as `Linux:3.11`.
    Version,
}

impl OsfKey {
    /// `NFTA_OSF_FLAGS`.
    #[must_use]
    pub const fn flags(self) -> u32 {
        match self {
            Self::Name => 0,
            Self::Version => 1,
        }
    }

    /// The key of the flags.
    #[must_use]
    pub const fn by_flags(flags: u32) -> Self {
        if flags & 1 == 0 { Self::Name } else { Self::Version }
    }

    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Version => "version",
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "name" => Self::Name,
            "version" => Self::Version,
            _ => return None,
        })
    }

    /// Type of its values.
    #[must_use]
    pub const fn ty(self) -> DataType {
        DataType::STRING
    }

    /// Width of its values.
    #[must_use]
    pub const fn bits(self) -> u32 {
        128
    }

    /// In which order the kernel writes it into a register.
    #[must_use]
    pub const fn byte_order(self) -> ByteOrder {
        ByteOrder::Host
    }
}
