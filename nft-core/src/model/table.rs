//! Tables.

use super::{Chain, Flowtable, Object, Origin, Set};
use crate::name::TableName;
use crate::schema::Family;

bitflags::bitflags! {
    /// Flags of a table: `NFT_TABLE_F_*`. Unknown ones pass through.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct TableFlags: u32 {
        /// `dormant`: its base chains are not attached.
        const DORMANT = 1;
        /// `owner`: only the socket that made it may change it, and it goes when the socket closes.
        const OWNER = 2;
        /// `persist`: an owned table stays when the socket closes (Linux 6.9).
        const PERSIST = 4;
        const _ = !0;
    }
}

/// A table: what belongs together, in one family.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Table {
    /// Which packets its chains see.
    pub family: Family,
    /// Its name, unique in the family.
    pub name: TableName,
    /// `flags dormant`.
    pub flags: TableFlags,
    /// `comment "…"`.
    pub comment: Option<Box<str>>,
    /// The named objects.
    pub objects: Vec<Object>,
    /// Sets, maps and verdict maps.
    pub sets: Vec<Set>,
    /// The flowtables.
    pub flowtables: Vec<Flowtable>,
    /// The chains.
    pub chains: Vec<Chain>,
    /// The kernel's number, in pulled rulesets. Takes no part in `==`.
    pub handle: Option<u64>,
    /// Port of the socket that owns it, in pulled rulesets. Takes no part in `==`.
    pub owner: Option<u32>,
    /// Where it was written.
    pub origin: Origin,
    /// Attributes of a pulled table that this library does not know, encoded.
    pub unknown: Vec<u8>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub const fn new(family: Family, name: TableName) -> Self {
        Self {
            family,
            name,
            flags: TableFlags::empty(),
            comment: None,
            objects: Vec::new(),
            sets: Vec::new(),
            flowtables: Vec::new(),
            chains: Vec::new(),
            handle: None,
            owner: None,
            origin: Origin::None,
            unknown: Vec::new(),
        }
    }

    /// The chain of that name.
    #[must_use]
    pub fn chain(&self, name: &str) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.name == *name)
    }

    /// The chain of that name, to change it.
    pub fn chain_mut(&mut self, name: &str) -> Option<&mut Chain> {
        self.chains.iter_mut().find(|chain| chain.name == *name)
    }

    /// The set, map or verdict map of that name.
    #[must_use]
    pub fn set(&self, name: &str) -> Option<&Set> {
        self.sets.iter().find(|set| set.name == *name)
    }

    /// The set, map or verdict map of that name, to change it.
    pub fn set_mut(&mut self, name: &str) -> Option<&mut Set> {
        self.sets.iter_mut().find(|set| set.name == *name)
    }

    /// The object of that name and type.
    #[must_use]
    pub fn object(&self, ty: super::ObjectType, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.name == *name && object.kind.ty() == ty)
    }

    /// The flowtable of that name.
    #[must_use]
    pub fn flowtable(&self, name: &str) -> Option<&Flowtable> {
        self.flowtables.iter().find(|flowtable| flowtable.name == *name)
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        (self.family, &self.name, self.flags, &self.comment, &self.unknown)
            == (other.family, &other.name, other.flags, &other.comment, &other.unknown)
            && (&self.objects, &self.sets, &self.flowtables, &self.chains)
                == (&other.objects, &other.sets, &other.flowtables, &other.chains)
    }
}

impl Eq for Table {}
