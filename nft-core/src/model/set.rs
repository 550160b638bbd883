//! Sets, maps and verdict maps.

use super::{Elements, Expr, Layout, ObjectType, Origin, Stmt};
use crate::name::SetName;
use crate::schema::{ByteOrder, DataType, Family};

bitflags::bitflags! {
    /// Flags of a set: `NFT_SET_*`. Unknown ones pass through.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct SetFlags: u32 {
        /// Belongs to a rule.
        const ANONYMOUS = 1;
        /// `constant`: elements do not change while a rule uses it.
        const CONSTANT = 2;
        /// `interval`: has ranges and prefixes.
        const INTERVAL = 4;
        /// Has data.
        const MAP = 8;
        /// `timeout`: elements may go after a time.
        const TIMEOUT = 0x10;
        /// `dynamic`: rules change it.
        const DYNAMIC = 0x20;
        /// Its data are objects.
        const OBJECT = 0x40;
        /// Ranges over a concatenation.
        const CONCAT = 0x80;
        /// Elements have statements.
        const EXPR = 0x100;
        const _ = !0;
    }
}

/// A named set, map or verdict map.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Set {
    /// Its name.
    pub name: SetName,
    /// Type of the keys.
    pub key: KeyType,
    /// What a map says of a key; nothing for sets.
    pub data: Option<MapData>,
    /// The flags that are written: `constant`, `interval`, `timeout`, `dynamic`. What kind of set it is (`MAP`, `OBJECT`,
    /// `CONCAT`) follows from the rest and is not kept here.
    pub flags: SetFlags,
    /// `timeout 1h`: that of elements without their own, in milliseconds.
    pub timeout: Option<u64>,
    /// `gc-interval 10s`, in milliseconds.
    pub gc_interval: Option<u32>,
    /// `size 1000`: how many elements there may be.
    pub size: Option<u32>,
    /// `policy memory`: [`SET_POLICIES`](crate::schema::words::SET_POLICIES).
    pub policy: Option<u32>,
    /// `auto-merge`: ranges that touch or overlap become one.
    pub auto_merge: bool,
    /// `counter` and the like: what elements carry.
    pub stmts: Vec<Stmt>,
    /// `comment "…"`.
    pub comment: Option<Box<str>>,
    /// The elements.
    pub elements: Elements,
    /// How many elements the kernel says there are (Linux 6.18), in pulled rulesets. Takes no part in `==`.
    pub count: Option<u32>,
    /// The kernel's number, in pulled rulesets. Takes no part in `==`.
    pub handle: Option<u64>,
    /// Where it was written.
    pub origin: Origin,
    /// Attributes and userdata records of a pulled set that this library does not know, encoded as attributes.
    pub unknown: Vec<u8>,
}

/// The type of keys, or of a map's data.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyType {
    /// `type ipv4_addr . inet_service`: one data type for each field.
    Types(Box<[DataType]>),
    /// `typeof ip saddr . tcp dport`: an expression, or an [`Expr::Concat`] of them.
    Typeof(Box<Expr>),
    /// A type without width of its own, as a pulled set without `typeof` may have: type and bits.
    Sized(DataType, u32),
}

/// One field of a key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct KeyField {
    /// Its type.
    pub ty: DataType,
    /// Its width in bits.
    pub bits: u32,
    /// In which order its bytes stand in registers.
    pub order: ByteOrder,
}

/// What a map says of a key.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum MapData {
    /// A value; with `interval`, a range of them.
    Value {
        /// Its type.
        ty: KeyType,
        /// Whether `interval` is written: data may be ranges.
        interval: bool,
    },
    /// A verdict.
    Verdict,
    /// The name of an object of that type.
    Object(ObjectType),
    /// The number of a queue: `typeof ip saddr : queue`.
    Queue,
}

impl Set {
    /// An empty set.
    #[must_use]
    pub fn new(name: SetName, key: KeyType) -> Self {
        Self::with_data(name, key, None)
    }

    /// An empty map.
    #[must_use]
    pub fn map(name: SetName, key: KeyType, data: MapData) -> Self {
        Self::with_data(name, key, Some(data))
    }

    fn with_data(name: SetName, key: KeyType, data: Option<MapData>) -> Self {
        let layout = Layout::new(key.layout_width(), data.as_ref().map_or(0, MapData::layout_width));
        Self {
            name,
            key,
            data,
            flags: SetFlags::empty(),
            timeout: None,
            gc_interval: None,
            size: None,
            policy: None,
            auto_merge: false,
            stmts: Vec::new(),
            comment: None,
            elements: Elements::new(layout),
            count: None,
            handle: None,
            origin: Origin::None,
            unknown: Vec::new(),
        }
    }

    /// Whether it has data: maps, verdict maps, object maps.
    #[must_use]
    pub const fn is_map(&self) -> bool {
        self.data.is_some()
    }

    /// Whether its elements may run out.
    pub(crate) const fn expires(&self) -> bool {
        self.flags.contains(SetFlags::TIMEOUT) || self.timeout.is_some()
    }

    /// Whether it has ranges.
    #[must_use]
    pub const fn is_interval(&self) -> bool {
        self.flags.contains(SetFlags::INTERVAL)
    }
}

impl KeyType {
    /// One data type.
    #[must_use]
    pub fn single(ty: DataType) -> Self {
        Self::Types(Box::new([ty]))
    }

    /// The fields; what has no type of its own (`ct original saddr`) is that of the family `ip`.
    #[must_use]
    pub fn fields(&self) -> Vec<KeyField> {
        self.fields_in(Family::Ip)
    }

    /// The fields, in a table of that family.
    #[must_use]
    pub fn fields_in(&self, family: Family) -> Vec<KeyField> {
        match self {
            Self::Types(types) => types.iter().map(|ty| KeyField::of(*ty)).collect(),
            Self::Typeof(expr) => match &**expr {
                Expr::Concat(parts) => parts.iter().filter_map(|part| part.field_in(family)).collect(),
                expr => expr.field_in(family).into_iter().collect(),
            },
            Self::Sized(ty, bits) => {
                vec![KeyField::new(*ty, *bits, ty.byte_order().unwrap_or(ByteOrder::Host))]
            }
        }
    }

    /// Bytes of a key: the width of one field, or the sum of a concatenation's, each rounded up to 4.
    #[must_use]
    pub fn layout_width(&self) -> u16 {
        let fields = self.fields();
        let bytes = match &*fields {
            [field] => field.bytes(),
            fields => fields.iter().map(|field| field.bytes().next_multiple_of(4)).sum(),
        };
        u16::try_from(bytes).unwrap_or(0)
    }
}

impl KeyField {
    /// A field of that type, width in bits and order.
    #[must_use]
    pub const fn new(ty: DataType, bits: u32, order: ByteOrder) -> Self {
        Self { ty, bits, order }
    }

    /// A field of a type with a width of its own.
    #[must_use]
    pub fn of(ty: DataType) -> Self {
        Self::new(ty, ty.bits(), ty.byte_order().unwrap_or(ByteOrder::Host))
    }

    /// Whole bytes.
    #[must_use]
    pub const fn bytes(&self) -> u32 {
        self.bits.div_ceil(8)
    }
}

impl MapData {
    /// Bytes of the data, as [`KeyType::layout_width`]; a range of values has two; 0 for verdicts and objects.
    #[must_use]
    pub fn layout_width(&self) -> u16 {
        match self {
            Self::Value { ty, interval: false } => ty.layout_width(),
            // Ranges are kept apart from packed elements: see `Elements`.
            Self::Value { interval: true, .. } | Self::Verdict | Self::Object(_) | Self::Queue => 0,
        }
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.key, &self.data, self.flags, self.timeout, self.gc_interval, self.size, self.policy)
            == (&other.name, &other.key, &other.data, other.flags, other.timeout, other.gc_interval, other.size, other.policy)
            && (self.auto_merge, &self.stmts, &self.comment, &self.elements, &self.unknown)
                == (other.auto_merge, &other.stmts, &other.comment, &other.elements, &other.unknown)
    }
}

impl Eq for Set {}
