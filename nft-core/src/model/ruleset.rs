//! Rulesets.

use super::Table;
use crate::name::TableName;
use crate::schema::Family;

/// A ruleset: tables.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Ruleset {
    /// The tables.
    pub tables: Vec<Table>,
    /// Tables of the kernel that this library cannot read, in pulled rulesets. They are only told of: pushing, comparing and reconciling pass
    /// them by.
    pub unreadable: Vec<UnreadableTable>,
    /// The kernel's generation at which it was pulled. Takes no part in `==`.
    pub generation: Option<u32>,
}

/// A table of a family that this library does not know.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct UnreadableTable {
    /// The kernel's number of the family (`NFPROTO_*`).
    pub family: u8,
    /// Its name.
    pub name: TableName,
    /// The kernel's number.
    pub handle: Option<u64>,
}

impl UnreadableTable {
    /// A table of the family with that number.
    #[must_use]
    pub const fn new(family: u8, name: TableName) -> Self {
        Self { family, name, handle: None }
    }
}

impl Ruleset {
    /// No tables.
    #[must_use]
    pub const fn new() -> Self {
        Self { tables: Vec::new(), unreadable: Vec::new(), generation: None }
    }

    /// The table of that family and name.
    #[must_use]
    pub fn table(&self, family: Family, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.family == family && table.name == *name)
    }

    /// The table of that family and name, to change it.
    pub fn table_mut(&mut self, family: Family, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.family == family && table.name == *name)
    }
}

impl PartialEq for Ruleset {
    fn eq(&self, other: &Self) -> bool {
        self.tables == other.tables && self.unreadable == other.unreadable
    }
}

impl Eq for Ruleset {}
