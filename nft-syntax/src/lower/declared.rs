//! What is declared where a rule stands: earlier in the text, further on in the same table, or by the caller.

use std::collections::HashMap;
use std::rc::Rc;

use nft_core::model::Set;
use nft_core::schema::Family;
use nft_core::{Declarations, SetHead};

/// Sets that the text has declared so far, in front of those that the caller knows.
pub(crate) struct Declared<'d> {
    outer: &'d dyn Declarations,
    families: HashMap<Family, HashMap<Box<str>, Sets>>,
}

type Sets = HashMap<Box<str>, Rc<SetHead>>;

impl<'d> Declared<'d> {
    pub(crate) fn new(outer: &'d dyn Declarations) -> Self {
        Self { outer, families: HashMap::new() }
    }

    /// From here on the set is known.
    pub(crate) fn declare(&mut self, family: Family, table: &str, name: &str, head: SetHead) {
        let tables = self.families.entry(family).or_default();
        tables.entry(table.into()).or_default().insert(name.into(), Rc::new(head));
    }

    /// From here on the set of the model is known.
    pub(crate) fn declare_set(&mut self, family: Family, table: &str, set: &Set) {
        self.declare(family, table, &set.name, SetHead::from(set));
    }

    /// The head of a set.
    pub(crate) fn set(&self, family: Family, table: &str, name: &str) -> Option<Rc<SetHead>> {
        if let Some(head) = self.sets(family, table).and_then(|sets| sets.get(name)) {
            return Some(Rc::clone(head));
        }
        self.outer.set(family, table, name)
    }

    /// The name that was probably meant.
    pub(crate) fn nearest_set(&self, family: Family, table: &str, name: &str) -> Option<String> {
        let mut names = self.outer.set_names(family, table);
        if let Some(sets) = self.sets(family, table) {
            names.extend(sets.keys().map(|name| name.to_string()));
        }
        nft_core::schema::nearest(name, names.iter().map(String::as_str)).map(String::from)
    }

    fn sets(&self, family: Family, table: &str) -> Option<&Sets> {
        self.families.get(&family)?.get(table)
    }
}

impl Declarations for Declared<'_> {
    fn set(&self, family: Family, table: &str, name: &str) -> Option<Rc<SetHead>> {
        Declared::set(self, family, table, name)
    }
}
