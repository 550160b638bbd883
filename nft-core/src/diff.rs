//! What differs between two rulesets, in the form that the kernel runs, and what has to be done about it.
//!
//! `tcp dport ssh` and `tcp dport { 22, 23 }` are told apart, `tcp dport ssh` and `tcp dport 22` are not; and a ruleset that was pushed and
//! pulled differs in nothing. State takes no part: counters, quotas in use, time-outs that run down, elements that rules add. A pulled rule is
//! compared by what the kernel gave, as long as it was not changed, and not by what the language can say of it.
//!
//! The order of chains, sets and tables takes no part either. Of base chains with one hook and one priority the kernel runs the one that was attached
//! last before the others, which no listing shows: after a patch that adds such a chain to others it is the new one, whatever its place in
//! the wanted value. Chains whose order matters need different priorities.
//!
//! **Invariant:** comparing sends nothing and asks nobody but the environment.

mod canonical;
mod compare;
pub(crate) mod elements;
mod heads;
pub(crate) mod image;
pub(crate) mod key;
pub(crate) mod patch;
mod script;
pub(crate) mod uses;

pub(crate) use key::Key;
pub use patch::{Action, Counts, Operation, Patch, PlacedRule, Tally, Thing};

use std::collections::HashSet;

use compare::Comparison;
use image::{Image, Maker};
use uses::Use;

use crate::bytecode::Operand;
use crate::environment::Environment;
use crate::error::Error;
use crate::evaluate::{self, Compiled, Context};
use crate::model::{Rule, Ruleset, Table};
use crate::name::TableName;
use crate::schema::Family;

/// What a patch needs to know of the old rules, besides their keys.
pub(crate) trait Source {
    /// The rule of a chain, both by number.
    fn rule(&self, chain: usize, index: usize) -> Result<Rule, Error>;

    /// Gives what it uses to `each`.
    fn uses(&self, chain: usize, index: usize, each: &mut dyn FnMut(Use<'_>)) -> Result<(), Error>;
}

/// Rules of a program.
struct Values<'a> {
    table: &'a Table,
    environment: &'a dyn Environment,
}

impl Values<'_> {
    fn find(&self, chain: usize, index: usize) -> Option<&Rule> {
        self.table.chains.get(chain)?.rules.get(index)
    }
}

impl Source for Values<'_> {
    fn rule(&self, chain: usize, index: usize) -> Result<Rule, Error> {
        Ok(self.find(chain, index).cloned().unwrap_or_default())
    }

    fn uses(&self, chain: usize, index: usize, each: &mut dyn FnMut(Use<'_>)) -> Result<(), Error> {
        let Some(rule) = self.find(chain, index) else { return Ok(()) };
        if let Some(opaque) = rule.opaque.as_deref().filter(|opaque| opaque.stmts == rule.stmts) {
            uses::program(&opaque.program, each);
            return Ok(());
        }
        let heads = image::Heads::of(self.table);
        let context = Context::new(self.table.family, &self.table.name, self.environment, &heads);
        compiled(&evaluate::compile(rule, &context)?, each);
        Ok(())
    }
}

fn compiled(rule: &Compiled<'_>, each: &mut dyn FnMut(Use<'_>)) {
    uses::program(&rule.program, &mut |use_| each(use_));
    for set in &rule.sets {
        for element in &set.elements {
            if let Some(Operand::Verdict(verdict)) = &element.data {
                uses::verdict(verdict, &mut |use_| each(use_));
            }
            if let (Some(ty), Some(name)) = (set.object_type, &element.object) {
                each(Use::Object(ty, name));
            }
        }
    }
    for (_, rule) in rule.blocks.iter().flat_map(|block| &block.rules) {
        compiled(rule, each);
    }
}

/// Adds to a patch what makes one table of the other.
pub(crate) fn table(
    (old, source): (&Image, &dyn Source),
    (new, wanted): (&Image, &Table),
    environment: &dyn Environment,
    patch: &mut Patch,
) -> Result<(), Error> {
    Comparison { old, source, new, wanted, environment }.run(patch)
}

/// Adds to a patch a table that is not there.
pub(crate) fn new_table(wanted: &Table, patch: &mut Patch) {
    patch.operations.push(Operation {
        action: Action::Add,
        family: wanted.family,
        table: wanted.name.clone(),
        thing: Thing::Table(Box::new(wanted.clone())),
        was: None,
    });
}

/// Adds to a patch that a table goes.
pub(crate) fn old_table(table: &Table, patch: &mut Patch) {
    patch.operations.push(Operation {
        action: Action::Remove,
        family: table.family,
        table: table.name.clone(),
        thing: Thing::Table(Box::new(image::without_content(table))),
        was: None,
    });
}

impl Ruleset {
    /// What has to be done for this ruleset to become `to`. Only the tables that `to` names are compared: others belong to somebody else.
    ///
    /// A patch from a ruleset that was pulled names the kernel's rules, so it can be sent: [`Nfnl::apply_patch`](crate::netlink::Nfnl::apply_patch).
    /// From one that a program made it is a plan only, unless no rule goes.
    ///
    /// # Errors
    ///
    /// If a rule or set of either cannot be compiled.
    ///
    /// # Examples
    ///
    /// ```
    /// use nft_core::model::{Ruleset, Table};
    /// use nft_core::name::TableName;
    /// use nft_core::schema::Family;
    /// use nft_core::NoEnvironment;
    ///
    /// let mut desired = Ruleset::new();
    /// desired.tables.push(Table::new(Family::Inet, TableName::new("app")?));
    /// assert!(desired.diff(&desired, &NoEnvironment)?.is_empty());
    /// assert_eq!(Ruleset::new().diff(&desired, &NoEnvironment)?.to_string(), "+ table inet app\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diff(&self, to: &Self, environment: &dyn Environment) -> Result<Patch, Error> {
        let mut patch = Patch { generation: self.generation, ..Patch::default() };
        for wanted in &to.tables {
            let Some(old) = self.table(wanted.family, &wanted.name) else {
                new_table(wanted, &mut patch);
                continue;
            };
            let was = Maker::new(old, environment).image()?;
            let is = Maker::new(wanted, environment).beside(&was).image()?;
            table((&was, &Values { table: old, environment }), (&is, wanted), environment, &mut patch)?;
        }
        Ok(patch)
    }

    /// The same, and tables that `to` does not name go, but for those with an owner.
    ///
    /// # Errors
    ///
    /// As [`Ruleset::diff`].
    pub fn diff_and_prune(&self, to: &Self, environment: &dyn Environment) -> Result<Patch, Error> {
        let mut patch = Patch::default();
        let named: HashSet<(Family, &TableName)> = to.tables.iter().map(|table| (table.family, &table.name)).collect();
        for old in self.tables.iter().filter(|old| !named.contains(&(old.family, &old.name)) && old.owner.is_none()) {
            old_table(old, &mut patch);
        }
        let mut changed = self.diff(to, environment)?;
        patch.operations.append(&mut changed.operations);
        Ok(Patch { operations: patch.operations, ..changed })
    }

    /// What a reconciliation with `to` would do: [`Ruleset::diff`] by its other name.
    ///
    /// # Errors
    ///
    /// As [`Ruleset::diff`].
    pub fn dry_run(&self, to: &Self, environment: &dyn Environment) -> Result<Patch, Error> {
        self.diff(to, environment)
    }
}

#[cfg(test)]
mod tests;
