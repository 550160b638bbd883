//! Rulesets.

use super::Table;
use crate::schema::Family;

/// A ruleset: tables.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Ruleset {
    /// The tables.
    pub tables: Vec<Table>,
    /// The kernel's generation at which it was pulled. Takes no part in `==`.
    pub generation: Option<u32>,
}

impl Ruleset {
    /// No tables.
    #[must_use]
    pub const fn new() -> Self {
        Self { tables: Vec::new(), generation: None }
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
        self.tables == other.tables
    }
}

impl Eq for Ruleset {}
