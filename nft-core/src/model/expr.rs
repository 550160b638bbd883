//! Expressions: what rules compare, compute and set.

use super::{Element, KeyField, Value, Verdict};
use crate::name::SetName;
use crate::schema::ct::Direction;
use crate::schema::extension::Op;
use crate::schema::ipsec::IpsecDirection;
use crate::schema::{
    Base, ByteOrder, CtKey, DataType, Extension, Family, FibResult, Field, Header, IpsecKey, MetaKey, OsfKey, RtKey, SocketKey,
    TunnelKey,
};

/// An expression (nft manual, "Primary expressions", "Payload expressions" and what combines them).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Expr {
    /// A constant.
    Value(Value),
    /// A field of a header: `tcp dport`; with a tunnel, of the inner packet: `vxlan ip saddr`.
    Payload(Payload),
    /// Bits of the packet by their place: `@th,16,16`.
    Raw(RawPayload),
    /// An extension header, option or chunk: `frag id`, `tcp option maxseg size`, `exthdr frag`.
    Exthdr(Exthdr),
    /// `meta mark`, `iifname`.
    Meta(MetaKey),
    /// `ct state`.
    Ct(Ct),
    /// `rt classid`. `nexthop` for IPv6 is its own key.
    Rt(RtKey),
    /// `socket mark`.
    Socket(Socket),
    /// `fib saddr . iif oif`.
    Fib(Fib),
    /// `osf name`.
    Osf(Osf),
    /// `ipsec in reqid`.
    Ipsec(Ipsec),
    /// `tunnel id`.
    Tunnel(TunnelKey),
    /// `numgen inc mod 2`.
    Numgen(Numgen),
    /// `jhash …`, `symhash …`.
    Hash(Box<Hash>),
    /// `value/length`, length in bits.
    Prefix(Box<Self>, u32),
    /// `low-high`, both included.
    Range(Box<(Self, Self)>),
    /// `a . b`: two or more.
    Concat(Box<[Self]>),
    /// `a,b`: a comma list; of flags it means "any of".
    List(Box<[Self]>),
    /// `{ … }`: an anonymous set or map.
    Set(Box<[Element]>),
    /// `@name`: a named set or map.
    SetRef(SetName),
    /// `value / mask` on the right of a match: `tcp flags syn / syn,ack`.
    Masked(Box<(Self, Self)>),
    /// `a & b`, `a << 2`, …
    Binary(BinaryOp, Box<(Self, Self)>),
    /// `key map { … }` or `key map @name`.
    Map(Box<MapExpr>),
    /// A verdict, as the data of a verdict map.
    Verdict(Box<Verdict>),
}

/// Operators on bits.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum BinaryOp {
    /// `&`.
    And,
    /// `|`.
    Or,
    /// `^`.
    Xor,
    /// `<<`.
    ShiftLeft,
    /// `>>`.
    ShiftRight,
}

/// A header field.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Payload {
    /// The tunnel whose inner packet is meant: `vxlan` of `vxlan ip saddr`. Nothing for a tunnel's own fields (`vxlan vni`).
    pub tunnel: Option<&'static Header>,
    /// The header.
    pub header: &'static Header,
    /// Its field.
    pub field: &'static Field,
}

/// Bits of the packet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct RawPayload {
    /// The tunnel whose inner packet is meant.
    pub tunnel: Option<&'static Header>,
    /// From where the offset counts.
    pub base: Base,
    /// Offset in bits.
    pub offset: u32,
    /// Width in bits.
    pub bits: u32,
}

/// An extension header of IPv6, option of TCP, IPv4 or DCCP, or chunk of SCTP.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Exthdr {
    /// Which kind of extension.
    pub op: Op,
    /// The number that announces it in the packet.
    pub number: u8,
    /// Its row in the schema; nothing for options that go by number only.
    pub extension: Option<&'static Extension>,
    /// What of it.
    pub part: ExthdrPart,
}

/// What of an extension header or option is meant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ExthdrPart {
    /// Whether it is there: compared with `exists` or `missing`.
    Present,
    /// A field.
    Field(&'static Field),
    /// Bits by their place: `tcp option @34,16,8`. Offset and width in bits.
    Raw {
        /// Offset in bits.
        offset: u32,
        /// Width in bits.
        bits: u32,
    },
}

/// A property of the connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Ct {
    /// Which.
    pub key: CtKey,
    /// Of which direction.
    pub direction: Option<Direction>,
}

/// A property of the local socket.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Socket {
    /// Which.
    pub key: SocketKey,
    /// Level of the control group; 0 for other keys.
    pub level: u32,
}

/// A question to the routing table.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Fib {
    /// What is looked up by: `NFTA_FIB_F_*`, [`FIB_FLAGS`](crate::schema::words::FIB_FLAGS).
    pub flags: u32,
    /// What is wanted.
    pub result: FibResult,
}

/// A guess at the operating system.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Osf {
    /// How the time to live counts: [`OSF_TTL`](crate::schema::words::OSF_TTL); 0 compares exactly.
    pub ttl: u8,
    /// What is wanted.
    pub key: OsfKey,
}

/// A property of the IPsec state.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Ipsec {
    /// On the way in or out.
    pub direction: IpsecDirection,
    /// Which transformation of several, from 0.
    pub spnum: u32,
    /// What is wanted.
    pub key: IpsecKey,
}

/// A generator of numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Numgen {
    /// `inc` or `random`: [`NUMGEN_KINDS`](crate::schema::words::NUMGEN_KINDS).
    pub kind: u32,
    /// Numbers are below it.
    pub modulus: u32,
    /// Added to each.
    pub offset: u32,
}

/// A hash.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Hash {
    /// What is hashed by `jhash`; nothing for `symhash`.
    pub expr: Option<Expr>,
    /// Numbers are below it.
    pub modulus: u32,
    /// Start value; the kernel picks one if there is none.
    pub seed: Option<u32>,
    /// Added to each.
    pub offset: u32,
}

/// What a map says of a key.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct MapExpr {
    /// The key.
    pub key: Expr,
    /// The map: [`Expr::Set`] or [`Expr::SetRef`].
    pub map: Expr,
}

impl BinaryOp {
    /// How it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
        }
    }
}

impl Payload {
    /// A field of a header of the packet.
    #[must_use]
    pub const fn new(header: &'static Header, field: &'static Field) -> Self {
        Self { tunnel: None, header, field }
    }

    /// The same field of a tunnel's inner packet.
    #[must_use]
    pub const fn inside(self, tunnel: &'static Header) -> Self {
        Self { tunnel: Some(tunnel), ..self }
    }
}

impl RawPayload {
    /// Bits of the packet; offset and width in bits.
    #[must_use]
    pub const fn new(base: Base, offset: u32, bits: u32) -> Self {
        Self { tunnel: None, base, offset, bits }
    }

    /// The same bits of a tunnel's inner packet.
    #[must_use]
    pub const fn inside(self, tunnel: &'static Header) -> Self {
        Self { tunnel: Some(tunnel), ..self }
    }
}

impl Exthdr {
    /// A part of an extension that the schema knows.
    #[must_use]
    pub const fn new(extension: &'static Extension, part: ExthdrPart) -> Self {
        Self { op: extension.op, number: extension.number, extension: Some(extension), part }
    }

    /// A part of an extension by its number.
    #[must_use]
    pub const fn numbered(op: Op, number: u8, part: ExthdrPart) -> Self {
        Self { op, number, extension: None, part }
    }
}

impl Ct {
    /// A property of the connection, of no direction.
    #[must_use]
    pub const fn new(key: CtKey) -> Self {
        Self { key, direction: None }
    }

    /// The same of one direction.
    #[must_use]
    pub const fn of(self, direction: Direction) -> Self {
        Self { direction: Some(direction), ..self }
    }
}

impl Socket {
    /// A property of the local socket; `level` counts for `cgroupv2` only.
    #[must_use]
    pub const fn new(key: SocketKey, level: u32) -> Self {
        Self { key, level }
    }
}

impl Fib {
    /// A question to the routing table.
    #[must_use]
    pub const fn new(flags: u32, result: FibResult) -> Self {
        Self { flags, result }
    }
}

impl Osf {
    /// A guess at the operating system.
    #[must_use]
    pub const fn new(ttl: u8, key: OsfKey) -> Self {
        Self { ttl, key }
    }
}

impl Ipsec {
    /// A property of the IPsec state.
    #[must_use]
    pub const fn new(direction: IpsecDirection, spnum: u32, key: IpsecKey) -> Self {
        Self { direction, spnum, key }
    }
}

impl Numgen {
    /// A generator of the numbers `offset..offset + modulus`.
    #[must_use]
    pub const fn new(kind: u32, modulus: u32, offset: u32) -> Self {
        Self { kind, modulus, offset }
    }
}

impl Hash {
    /// A hash of `expr`, or the symmetric one of the packet if there is none.
    #[must_use]
    pub const fn new(expr: Option<Expr>, modulus: u32, seed: Option<u32>, offset: u32) -> Self {
        Self { expr, modulus, seed, offset }
    }
}

impl Expr {
    /// `low-high`.
    #[must_use]
    pub fn range(low: Self, high: Self) -> Self {
        Self::Range(Box::new((low, high)))
    }

    /// The value that a range from it to itself is: `22-22` is `22`. All else is what it is.
    #[must_use]
    pub fn single(&self) -> &Self {
        match self {
            Self::Range(ends) if ends.0 == ends.1 => &ends.0,
            other => other,
        }
    }

    /// `expr/length`.
    #[must_use]
    pub fn prefix(expr: Self, length: u32) -> Self {
        Self::Prefix(Box::new(expr), length)
    }

    /// `left op right`.
    #[must_use]
    pub fn binary(op: BinaryOp, left: Self, right: Self) -> Self {
        Self::Binary(op, Box::new((left, right)))
    }

    /// `value / mask`.
    #[must_use]
    pub fn masked(value: Self, mask: Self) -> Self {
        Self::Masked(Box::new((value, mask)))
    }

    /// `key map map`.
    #[must_use]
    pub fn map(key: Self, map: Self) -> Self {
        Self::Map(Box::new(MapExpr { key, map }))
    }

    /// The constant, if it is one.
    #[must_use]
    pub const fn as_value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

impl From<Value> for Expr {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl Expr {
    /// Type, width and byte order of a selector in a table of that family; nothing for what has none of its own.
    #[must_use]
    pub fn field_in(&self, family: Family) -> Option<KeyField> {
        Some(match self {
            Self::Payload(payload) => {
                let field = payload.field;
                KeyField::new(field.ty, field.bits, field.ty.byte_order().unwrap_or(ByteOrder::Big))
            }
            Self::Raw(raw) => KeyField::new(DataType::XINTEGER, raw.bits, ByteOrder::Big),
            Self::Exthdr(exthdr) => match exthdr.part {
                ExthdrPart::Present => KeyField::new(DataType::BOOLEAN, 8, ByteOrder::Host),
                ExthdrPart::Field(field) => {
                    KeyField::new(field.ty, field.bits, field.ty.byte_order().unwrap_or(ByteOrder::Big))
                }
                ExthdrPart::Raw { bits, .. } => KeyField::new(DataType::INTEGER, bits, ByteOrder::Big),
            },
            Self::Meta(key) => KeyField::new(key.ty(), key.bits(), key.byte_order()),
            Self::Ct(ct) => match (ct.key, family) {
                (CtKey::Saddr | CtKey::Daddr, Family::Ip6) => KeyField::of(DataType::IPV6_ADDR),
                (CtKey::Saddr | CtKey::Daddr, _) => KeyField::of(DataType::IPV4_ADDR),
                (key, _) => KeyField::new(key.ty(), key.bits(), key.byte_order()),
            },
            Self::Rt(key) => KeyField::new(key.ty(), key.bits(), key.byte_order()),
            Self::Socket(socket) => KeyField::new(socket.key.ty(), socket.key.bits(), socket.key.byte_order()),
            Self::Fib(fib) => KeyField::new(fib.result.ty(), fib.result.bits(), fib.result.byte_order()),
            Self::Osf(osf) => KeyField::new(osf.key.ty(), osf.key.bits(), osf.key.byte_order()),
            Self::Ipsec(ipsec) => KeyField::new(ipsec.key.ty(), ipsec.key.bits(), ipsec.key.byte_order()),
            Self::Tunnel(key) => KeyField::new(key.ty(), key.bits(), key.byte_order()),
            Self::Numgen(_) | Self::Hash(_) => KeyField::new(DataType::INTEGER, 32, ByteOrder::Host),
            Self::Binary(_, sides) => sides.0.field_in(family)?,
            Self::Prefix(inner, _) => inner.field_in(family)?,
            Self::Value(_)
            | Self::Range(_)
            | Self::Concat(_)
            | Self::List(_)
            | Self::Set(_)
            | Self::SetRef(_)
            | Self::Masked(_)
            | Self::Map(_)
            | Self::Verdict(_) => return None,
        })
    }
}
