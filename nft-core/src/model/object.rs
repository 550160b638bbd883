//! Named stateful objects.

use super::{Limit, Origin, Quota, Synproxy};
use crate::name::ObjectName;
use crate::schema::words::OBJECT_TYPES;

/// A named object, which rules use by name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Object {
    /// Its name, unique among those of its type in the table.
    pub name: ObjectName,
    /// What it is.
    pub kind: ObjectKind,
    /// `comment "…"`.
    pub comment: Option<Box<str>>,
    /// The kernel's number, in pulled rulesets. Takes no part in `==`.
    pub handle: Option<u64>,
    /// Where it was written.
    pub origin: Origin,
    /// Attributes of a pulled object that this library does not know, encoded.
    pub unknown: Vec<u8>,
}

/// The type of an object: `NFT_OBJECT_*`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "a number of the kernel's interface")]
pub struct ObjectType(pub u32);

/// What an object is, with its state.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ObjectKind {
    /// `counter`.
    Counter {
        /// Packets so far.
        packets: u64,
        /// Bytes so far.
        bytes: u64,
    },
    /// `quota`.
    Quota(Quota),
    /// `limit`.
    Limit(Limit),
    /// `ct helper`.
    CtHelper(CtHelper),
    /// `ct timeout`.
    CtTimeout(CtTimeout),
    /// `ct expectation`.
    CtExpectation(CtExpectation),
    /// `secmark`: a security context.
    Secmark(Box<str>),
    /// `synproxy`.
    Synproxy(Synproxy),
    /// `tunnel`.
    Tunnel(Box<TunnelObject>),
    /// A type that this library does not know: its number and the content of its data nest.
    Unknown(ObjectType, Box<[u8]>),
}

/// `ct helper x { type "ftp" protocol tcp; l3proto ip; }`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct CtHelper {
    /// The kernel's helper.
    pub helper: Box<str>,
    /// Transport protocol: 6 or 17.
    pub l4proto: u8,
    /// Network protocol: `NFPROTO_*`; 0 for that of the table.
    pub l3proto: u16,
}

/// `ct timeout x { protocol tcp; policy = { established : 1h }; }`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct CtTimeout {
    /// Transport protocol: 6 or 17.
    pub l4proto: u8,
    /// Network protocol: `NFPROTO_*`; 0 for that of the table.
    pub l3proto: u16,
    /// State (the kernel's attribute, see [`TCP_TIMEOUTS`](crate::schema::words::TCP_TIMEOUTS)) and seconds; states that are
    /// not listed have their default.
    pub policy: Vec<(u16, u32)>,
}

/// `ct expectation x { protocol tcp; dport 5432; timeout 1h; size 12; }`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct CtExpectation {
    /// Transport protocol.
    pub l4proto: u8,
    /// Network protocol: `NFPROTO_*`; 0 for that of the table.
    pub l3proto: u16,
    /// Destination port.
    pub dport: u16,
    /// Milliseconds.
    pub timeout: u32,
    /// How many connections.
    pub size: u8,
}

/// `tunnel x { id 10; ip daddr 10.0.0.2; … }`.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct TunnelObject {
    /// Tunnel identifier.
    pub id: Option<u32>,
    /// Outer addresses.
    pub addresses: Option<TunnelAddresses>,
    /// Outer source port.
    pub sport: Option<u16>,
    /// Outer destination port.
    pub dport: Option<u16>,
    /// Outer type of service.
    pub tos: Option<u8>,
    /// Outer time to live.
    pub ttl: Option<u8>,
    /// `NFT_TUNNEL_F_*`.
    pub flags: Option<u32>,
    /// What the kind of tunnel adds.
    pub options: Option<TunnelOptions>,
}

/// Outer addresses of a tunnel.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TunnelAddresses {
    /// `ip saddr … ; ip daddr …`.
    Ip {
        /// Source.
        source: Option<std::net::Ipv4Addr>,
        /// Destination.
        destination: Option<std::net::Ipv4Addr>,
    },
    /// `ip6 saddr … ; ip6 daddr …`.
    Ip6 {
        /// Source.
        source: Option<std::net::Ipv6Addr>,
        /// Destination.
        destination: Option<std::net::Ipv6Addr>,
    },
}

/// Options of a kind of tunnel.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TunnelOptions {
    /// `vxlan { gbp 200 }`.
    Vxlan {
        /// Group policy.
        gbp: u32,
    },
    /// `erspan { version 1; index 2 }`.
    Erspan1 {
        /// Index.
        index: u32,
    },
    /// `erspan { version 2; direction ingress; id 10 }`.
    Erspan2 {
        /// 0 ingress, 1 egress.
        direction: u8,
        /// Hardware id.
        hardware: u8,
    },
    /// `geneve { class 1 opt-type 2 data "0x12" … }`.
    Geneve(Vec<GeneveOption>),
}

/// An option of a Geneve tunnel.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct GeneveOption {
    /// Class.
    pub class: u16,
    /// Type.
    pub ty: u8,
    /// Bytes.
    pub data: Box<[u8]>,
}

impl Object {
    /// An object of that name.
    #[must_use]
    pub const fn new(name: ObjectName, kind: ObjectKind) -> Self {
        Self { name, kind, comment: None, handle: None, origin: Origin::None, unknown: Vec::new() }
    }
}

impl ObjectType {
    /// `counter`.
    pub const COUNTER: Self = Self(1);
    /// `quota`.
    pub const QUOTA: Self = Self(2);
    /// `ct helper`.
    pub const CT_HELPER: Self = Self(3);
    /// `limit`.
    pub const LIMIT: Self = Self(4);
    /// `tunnel`.
    pub const TUNNEL: Self = Self(6);
    /// `ct timeout`.
    pub const CT_TIMEOUT: Self = Self(7);
    /// `secmark`.
    pub const SECMARK: Self = Self(8);
    /// `ct expectation`.
    pub const CT_EXPECTATION: Self = Self(9);
    /// `synproxy`.
    pub const SYNPROXY: Self = Self(10);

    /// The words in the language.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        OBJECT_TYPES.word(self.0)
    }

    /// The type of these words: `counter`, `ct helper`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        OBJECT_TYPES.number(name).map(Self)
    }
}

impl ObjectKind {
    /// The type.
    #[must_use]
    pub const fn ty(&self) -> ObjectType {
        match self {
            Self::Counter { .. } => ObjectType::COUNTER,
            Self::Quota(_) => ObjectType::QUOTA,
            Self::Limit(_) => ObjectType::LIMIT,
            Self::CtHelper(_) => ObjectType::CT_HELPER,
            Self::CtTimeout(_) => ObjectType::CT_TIMEOUT,
            Self::CtExpectation(_) => ObjectType::CT_EXPECTATION,
            Self::Secmark(_) => ObjectType::SECMARK,
            Self::Synproxy(_) => ObjectType::SYNPROXY,
            Self::Tunnel(_) => ObjectType::TUNNEL,
            Self::Unknown(ty, _) => *ty,
        }
    }
}

impl CtHelper {
    /// A helper for a transport protocol.
    #[must_use]
    pub fn new(helper: impl Into<Box<str>>, l4proto: u8) -> Self {
        Self { helper: helper.into(), l4proto, l3proto: 0 }
    }
}

impl CtTimeout {
    /// Time-outs of a transport protocol.
    #[must_use]
    pub const fn new(l4proto: u8, policy: Vec<(u16, u32)>) -> Self {
        Self { l4proto, l3proto: 0, policy }
    }
}

impl CtExpectation {
    /// An expectation. `timeout` in milliseconds.
    #[must_use]
    pub const fn new(l4proto: u8, dport: u16, timeout: u32, size: u8) -> Self {
        Self { l4proto, l3proto: 0, dport, timeout, size }
    }
}

impl GeneveOption {
    /// An option.
    #[must_use]
    pub const fn new(class: u16, ty: u8, data: Box<[u8]>) -> Self {
        Self { class, ty, data }
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.kind, &self.comment, &self.unknown) == (&other.name, &other.kind, &other.comment, &other.unknown)
    }
}

impl Eq for Object {}
