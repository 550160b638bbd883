//! Statements: what a rule consists of.

use super::{Element, Expr, ObjectType, Verdict};
use crate::name::{ChainName, FlowtableName, ObjectName, SetName};
use crate::schema::{CtKey, Family, MetaKey, RejectType};

/// A statement (nft manual, "Statements").
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Stmt {
    /// A match: `tcp dport 22`.
    Match(Match),
    /// A verdict.
    Verdict(Verdict),
    /// `key vmap { … }`.
    Vmap(Box<Vmap>),
    /// `counter`, with what it starts from.
    Counter {
        /// Packets so far.
        packets: u64,
        /// Bytes so far.
        bytes: u64,
    },
    /// `quota`.
    Quota(Quota),
    /// `limit rate`.
    Limit(Limit),
    /// `last`.
    Last(Last),
    /// `ct count`.
    CtCount(CtCount),
    /// `log`.
    Log(Box<Log>),
    /// `reject`.
    Reject(Reject),
    /// `snat`, `dnat`, `masquerade`, `redirect`.
    Nat(Box<Nat>),
    /// `tproxy`.
    Tproxy(Box<Tproxy>),
    /// `synproxy`.
    Synproxy(Synproxy),
    /// `queue`.
    Queue(Box<Queue>),
    /// `dup`.
    Dup(Box<Dup>),
    /// `fwd`.
    Fwd(Box<Fwd>),
    /// `notrack`.
    Notrack,
    /// `flow add @f`.
    FlowAdd(FlowtableName),
    /// `add @s { … }`, `update @s { … }`, `delete @s { … }`, and `meter`.
    Set(Box<SetStmt>),
    /// `meta mark set …`.
    MetaSet(MetaKey, Expr),
    /// `ct mark set …`; the direction is that of `ct original zone set`.
    CtSet(CtKey, Option<crate::schema::ct::Direction>, Expr),
    /// `ip ttl set …`, `@th,16,16 set …`, `tcp option maxseg size set …`: the left side is a payload, raw payload or option.
    PayloadSet(Box<(Expr, Expr)>),
    /// `reset tcp option maxseg`: number of the option.
    ResetTcpOption(u8),
    /// `counter name x`, `ct helper set x`, `limit name tcp dport map { … }`.
    ObjectRef(Box<ObjectRef>),
    /// An instruction of a pulled rule that has no form in the language: index into the rule's
    /// [`Opaque`](super::Opaque) instructions, and what nft would print for it, if it prints something.
    Opaque(u32, Box<str>),
}

/// A comparison.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Match {
    /// What is compared.
    pub left: Expr,
    /// How.
    pub relation: Relation,
    /// With what.
    pub right: Expr,
}

/// How the sides of a match relate.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Relation {
    /// Nothing is written: equal, member of, or for flags any of.
    #[default]
    Implicit,
    /// `==`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`.
    Lt,
    /// `>`.
    Gt,
    /// `<=`.
    Le,
    /// `>=`.
    Ge,
    /// `!`: none of these flags.
    Not,
}

/// A verdict by key.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Vmap {
    /// The key.
    pub key: Expr,
    /// The verdict map: [`Expr::Set`] or [`Expr::SetRef`].
    pub map: Expr,
}

/// `quota over 10 mbytes used 2 kbytes`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Quota {
    /// Bytes allowed.
    pub bytes: u64,
    /// Bytes used so far.
    pub used: u64,
    /// Whether it matches when more was used (`over`), not until then.
    pub over: bool,
}

/// `limit rate over 10/second burst 5 packets`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Limit {
    /// Packets or bytes in a unit of time.
    pub rate: u64,
    /// The unit of time, in seconds: [`TIME_UNITS`](crate::schema::words::TIME_UNITS).
    pub unit: u64,
    /// What may come at once: packets (5 if none is written) or bytes (0: none is written).
    pub burst: u32,
    /// What is counted.
    pub kind: LimitKind,
    /// Whether it matches what is above the rate (`over`).
    pub over: bool,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the kernel has these two")]
pub enum LimitKind {
    /// Packets.
    #[default]
    Packets,
    /// Bytes.
    Bytes,
}

/// `last used 5s`: when the rule last matched.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Last {
    /// Milliseconds ago; nothing for never.
    pub used: Option<u64>,
}

/// `ct count over 10`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct CtCount {
    /// Connections.
    pub count: u32,
    /// Whether it matches when there are more.
    pub over: bool,
}

/// `log prefix "x" group 2 …`.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Log {
    /// Text before the line: up to 127 bytes.
    pub prefix: Option<Box<str>>,
    /// NFLOG group.
    pub group: Option<u16>,
    /// Bytes of the packet to copy.
    pub snaplen: Option<u32>,
    /// Packets to queue in the kernel before they are sent.
    pub queue_threshold: Option<u16>,
    /// Syslog level: [`LOG_LEVELS`](crate::schema::words::LOG_LEVELS).
    pub level: Option<u32>,
    /// [`LOG_FLAGS`](crate::schema::words::LOG_FLAGS).
    pub flags: u32,
}

/// `reject with icmp port-unreachable`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Reject {
    /// With what; nothing where none is written, so that it follows the packet.
    pub with: Option<RejectType>,
    /// ICMP code, as a constant of type `icmp_code`, `icmpv6_code` or `icmpx_code`, which says which protocol is meant.
    pub code: Option<Expr>,
}

/// Which address translation.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum NatKind {
    /// `snat`.
    Snat,
    /// `dnat`.
    Dnat,
    /// `masquerade`.
    Masquerade,
    /// `redirect`.
    Redirect,
}

/// Address translation.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Nat {
    /// Which.
    pub kind: NatKind,
    /// The `ip` or `ip6` of `dnat ip to`.
    pub family: Option<Family>,
    /// Whether `prefix` is written: addresses are mapped one to one.
    pub prefix: bool,
    /// New address: value, range, prefix, map; a concatenation or map of them may carry the port too.
    pub address: Option<Expr>,
    /// New port, or range of ports.
    pub port: Option<Expr>,
    /// [`NAT_FLAGS`](crate::schema::words::NAT_FLAGS).
    pub flags: u32,
}

/// `tproxy ip to 127.0.0.1:8080`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Tproxy {
    /// The `ip` or `ip6` that is written.
    pub family: Option<Family>,
    /// Address of the socket.
    pub address: Option<Expr>,
    /// Port of the socket.
    pub port: Option<Expr>,
}

/// `synproxy mss 1460 wscale 7 timestamp sack-perm`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Synproxy {
    /// Maximum segment size in bytes.
    pub mss: Option<u16>,
    /// Window scale.
    pub wscale: Option<u8>,
    /// Whether `timestamp` is written.
    pub timestamp: bool,
    /// Whether `sack-perm` is written.
    pub sack_perm: bool,
}

/// `queue flags bypass to 1-3`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Queue {
    /// Which queue.
    pub target: QueueTarget,
    /// [`QUEUE_FLAGS`](crate::schema::words::QUEUE_FLAGS).
    pub flags: u32,
}

/// Which queue a packet goes to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum QueueTarget {
    /// Nothing is written: queue 0.
    Default,
    /// One of these, both included.
    Range(u16, u16),
    /// What an expression says.
    Expr(Expr),
}

/// `dup to 10.0.0.1 device "eth0"`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Dup {
    /// Address, or in netdev the device.
    pub to: Expr,
    /// Device.
    pub device: Option<Expr>,
}

/// `fwd ip to 10.0.0.1 device "eth0"`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Fwd {
    /// The `ip` or `ip6` that is written.
    pub family: Option<Family>,
    /// Address of the neighbour.
    pub address: Option<Expr>,
    /// Device.
    pub device: Expr,
}

/// What a rule does to a set.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum DynsetOp {
    /// `add @s { … }`.
    Add,
    /// `update @s { … }`: restarts the time-out too.
    Update,
    /// `delete @s { … }`.
    Delete,
}

/// Changes a set from the packet path.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct SetStmt {
    /// What to do.
    pub op: DynsetOp,
    /// The set or map.
    pub set: SetName,
    /// Key, data, time-out and statements of the element. A leading `counter` of `add @s { k counter }` is among them.
    pub element: Element,
    /// For the legacy `meter name size n { … }`: the size (0 if none is written), and that the set must be made.
    pub meter: Option<u32>,
}

/// Use of a named object.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct ObjectRef {
    /// Type of the object.
    pub ty: ObjectType,
    /// Which.
    pub object: ObjectBy,
}

/// Which object is used.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ObjectBy {
    /// The one of that name.
    Name(ObjectName),
    /// What a map says: [`Expr::Map`]. The data of an anonymous object map are strings.
    Map(Expr),
}

impl Match {
    /// `left relation right`.
    #[must_use]
    pub const fn new(left: Expr, relation: Relation, right: Expr) -> Self {
        Self { left, relation, right }
    }
}

impl Relation {
    /// How it is written; nothing for the implicit one.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Implicit => "",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Gt => ">",
            Self::Le => "<=",
            Self::Ge => ">=",
            Self::Not => "!",
        }
    }
}

impl Vmap {
    /// `key vmap map`.
    #[must_use]
    pub const fn new(key: Expr, map: Expr) -> Self {
        Self { key, map }
    }
}

impl Quota {
    /// A quota of so many bytes, of which so many are used.
    #[must_use]
    pub const fn new(bytes: u64, used: u64, over: bool) -> Self {
        Self { bytes, used, over }
    }
}

impl Limit {
    /// A limit. `unit` in seconds.
    #[must_use]
    pub const fn new(kind: LimitKind, rate: u64, unit: u64, burst: u32, over: bool) -> Self {
        Self { rate, unit, burst, kind, over }
    }
}

impl Last {
    /// Used so many milliseconds ago, or never.
    #[must_use]
    pub const fn new(used: Option<u64>) -> Self {
        Self { used }
    }
}

impl CtCount {
    /// Matches while there are at most so many connections, or more than that.
    #[must_use]
    pub const fn new(count: u32, over: bool) -> Self {
        Self { count, over }
    }
}

impl Reject {
    /// A reject of that type and code.
    #[must_use]
    pub const fn new(with: Option<RejectType>, code: Option<Expr>) -> Self {
        Self { with, code }
    }
}

impl Nat {
    /// Translation of that kind, nothing more said.
    #[must_use]
    pub const fn new(kind: NatKind) -> Self {
        Self { kind, family: None, prefix: false, address: None, port: None, flags: 0 }
    }
}

impl Tproxy {
    /// A transparent proxy.
    #[must_use]
    pub const fn new(family: Option<Family>, address: Option<Expr>, port: Option<Expr>) -> Self {
        Self { family, address, port }
    }
}

impl Queue {
    /// A queue.
    #[must_use]
    pub const fn new(target: QueueTarget, flags: u32) -> Self {
        Self { target, flags }
    }
}

impl Dup {
    /// A copy.
    #[must_use]
    pub const fn new(to: Expr, device: Option<Expr>) -> Self {
        Self { to, device }
    }
}

impl Fwd {
    /// A redirection to a device.
    #[must_use]
    pub const fn new(family: Option<Family>, address: Option<Expr>, device: Expr) -> Self {
        Self { family, address, device }
    }
}

impl SetStmt {
    /// A change of a set.
    #[must_use]
    pub const fn new(op: DynsetOp, set: SetName, element: Element) -> Self {
        Self { op, set, element, meter: None }
    }
}

impl ObjectRef {
    /// The object of that name.
    #[must_use]
    pub const fn named(ty: ObjectType, name: ObjectName) -> Self {
        Self { ty, object: ObjectBy::Name(name) }
    }

    /// The object that a map says.
    #[must_use]
    pub const fn mapped(ty: ObjectType, map: Expr) -> Self {
        Self { ty, object: ObjectBy::Map(map) }
    }
}

impl Stmt {
    /// `left right`.
    #[must_use]
    pub const fn matches(left: Expr, right: Expr) -> Self {
        Self::Match(Match::new(left, Relation::Implicit, right))
    }

    /// `jump chain`.
    #[must_use]
    pub const fn jump(chain: ChainName) -> Self {
        Self::Verdict(Verdict::Jump(super::JumpTarget::Chain(chain)))
    }

    /// Whether nothing behind it in the rule can run (nft manual: terminal statements).
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        match self {
            Self::Verdict(verdict) => verdict.is_terminal(),
            Self::Reject(_) | Self::Nat(_) | Self::Fwd(_) | Self::Queue(_) => true,
            _ => false,
        }
    }
}
