//! What only other declarations know: types and flags of sets that a rule or command names.

use std::rc::Rc;

use crate::model::{KeyType, MapData, Set, SetFlags, Stmt, Table};
use crate::schema::Family;

/// Head of a set: all but its elements.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SetHead {
    /// Type of the keys.
    pub key: KeyType,
    /// What a map says of a key.
    pub data: Option<MapData>,
    /// Its flags.
    pub flags: SetFlags,
    /// Whether it has `auto-merge`.
    pub auto_merge: bool,
    /// Whether elements have a default time-out.
    pub timeout: Option<u64>,
    /// The statements that every element has.
    pub stmts: Vec<Stmt>,
}

/// Looks up what a name stands for.
pub trait Declarations {
    /// The set, map or verdict map of that name.
    fn set(&self, family: Family, table: &str, name: &str) -> Option<Rc<SetHead>>;

    /// Names of sets in that table, to tell what was probably meant.
    fn set_names(&self, family: Family, table: &str) -> Vec<String> {
        let _ = (family, table);
        Vec::new()
    }

    /// Whether a chain of that name is known. (Jumps to unknown ones are the kernel's to refuse.)
    fn chain(&self, family: Family, table: &str, name: &str) -> bool {
        let _ = (family, table, name);
        false
    }
}

/// No declarations.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "has no content")]
pub struct NoDeclarations;

impl Declarations for NoDeclarations {
    fn set(&self, _: Family, _: &str, _: &str) -> Option<Rc<SetHead>> {
        None
    }
}

impl From<&Set> for SetHead {
    fn from(set: &Set) -> Self {
        Self {
            key: set.key.clone(),
            data: set.data.clone(),
            flags: set.flags,
            auto_merge: set.auto_merge,
            timeout: set.timeout,
            stmts: set.stmts.clone(),
        }
    }
}

impl Declarations for Table {
    fn set(&self, family: Family, table: &str, name: &str) -> Option<Rc<SetHead>> {
        if self.family != family || self.name != *table {
            return None;
        }
        Self::set(self, name).map(|set| Rc::new(SetHead::from(set)))
    }

    fn set_names(&self, family: Family, table: &str) -> Vec<String> {
        if self.family != family || self.name != *table {
            return Vec::new();
        }
        self.sets.iter().map(|set| set.name.to_string()).collect()
    }

    fn chain(&self, family: Family, table: &str, name: &str) -> bool {
        self.family == family && self.name == *table && Self::chain(self, name).is_some()
    }
}

impl Declarations for crate::model::Ruleset {
    fn set(&self, family: Family, table: &str, name: &str) -> Option<Rc<SetHead>> {
        Declarations::set(self.table(family, table)?, family, table, name)
    }

    fn set_names(&self, family: Family, table: &str) -> Vec<String> {
        self.table(family, table).map_or_else(Vec::new, |found| found.set_names(family, table))
    }

    fn chain(&self, family: Family, table: &str, name: &str) -> bool {
        self.table(family, table).is_some_and(|found| Declarations::chain(found, family, table, name))
    }
}
