//! Row type of what may follow a header or be part of it: extension headers, options, chunks.

use super::header::{Field, check_field};
use super::{dccpopt, exthdr, ipopt, sctp_chunk, tcpopt};

/// An extension header, option or chunk, and its fields.
#[derive(Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Extension {
    /// The word in the language.
    pub name: &'static str,
    /// Which kind.
    pub op: Op,
    /// The number in the packet that announces it.
    pub number: u8,
    /// Number in the userdata of `typeof` sets; 0 for those that go by [`op`](Self::op) and [`number`](Self::number).
    pub desc: u8,
    /// The fields, in the order of nft's numbers.
    pub fields: &'static [Field],
}

/// Which kind of extension.
///
/// Kernel name: `enum nft_exthdr_op`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Op {
    /// `NFT_EXTHDR_OP_IPV6`: extension headers of IPv6.
    Ip6,
    /// `NFT_EXTHDR_OP_TCPOPT`: options of TCP.
    Tcp,
    /// `NFT_EXTHDR_OP_IPV4`: options of IPv4.
    Ip,
    /// `NFT_EXTHDR_OP_SCTP`: chunks of SCTP.
    Sctp,
    /// `NFT_EXTHDR_OP_DCCP`: options of DCCP.
    Dccp,
}

pub(super) const fn extension(name: &'static str, op: Op, number: u8, desc: u8, fields: &'static [Field]) -> Extension {
    Extension { name, op, number, desc, fields }
}

impl Extension {
    /// The field of that name; repeated ones carry their index: `sid[1]`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of that name and index: `sid` and 1.
    #[must_use]
    pub fn indexed(&self, name: &str, index: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| {
            let Some((candidate, rest)) = field.name.split_once('[') else { return false };
            candidate == name && rest.strip_suffix(']').and_then(|digits| digits.parse().ok()) == Some(index)
        })
    }

    /// Whether fields of that name take an index.
    #[must_use]
    pub fn needs_index(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name.split_once('[').is_some_and(|(candidate, _)| candidate == name))
    }

    /// The field with nft's number.
    #[must_use]
    pub fn template(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| u32::from(field.template) == number)
    }

    /// The first field with exactly that place.
    #[must_use]
    pub fn at(&self, offset: u32, bits: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.offset == offset && field.bits == bits)
    }
}

impl Op {
    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Ip6 => 0,
            Self::Tcp => 1,
            Self::Ip => 2,
            Self::Sctp => 3,
            Self::Dccp => 4,
        }
    }

    /// The kind with the kernel's number.
    #[must_use]
    pub const fn by_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Ip6,
            1 => Self::Tcp,
            2 => Self::Ip,
            3 => Self::Sctp,
            4 => Self::Dccp,
            _ => return None,
        })
    }

    /// Every extension of the kind.
    #[must_use]
    pub fn all(self) -> &'static [Extension] {
        match self {
            Self::Ip6 => exthdr::all(),
            Self::Tcp => tcpopt::all(),
            Self::Ip => ipopt::all(),
            Self::Sctp => sctp_chunk::all(),
            Self::Dccp => dccpopt::all(),
        }
    }

    /// The first extension that the number announces.
    #[must_use]
    pub fn extension(self, number: u8) -> Option<&'static Extension> {
        self.all().iter().find(|extension| extension.number == number)
    }

    /// The first extension and field with exactly that place. (What differs between kinds of routing header shows as `srh`.)
    #[must_use]
    pub fn at(self, number: u8, offset: u32, bits: u32) -> Option<(&'static Extension, &'static Field)> {
        self.all()
            .iter()
            .filter(|extension| extension.number == number)
            .find_map(|extension| Some((extension, extension.at(offset, bits)?)))
    }
}

/// Proves a table at compile time.
pub(super) const fn check(rows: &[Extension]) {
    let mut row = 0;
    while row < rows.len() {
        let fields = rows[row].fields;
        let mut index = 0;
        while index < fields.len() {
            check_field(&fields[index]);
            assert!(index == 0 || fields[index - 1].template < fields[index].template, "numbers of fields are not in order");
            index += 1;
        }
        row += 1;
    }
}
