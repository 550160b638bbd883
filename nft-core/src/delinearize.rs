//! Programs to rules: what the instructions of the kernel say in the terms of the language.
//!
//! The walk keeps, for each register, what was loaded into it ([`term`]); comparisons ([`matches`]) and statements ([`stmt`],
//! [`nat`], [`write`]) take it from there. Which field packet bytes mean depends on the protocols that the rule has named so
//! far ([`protocol`]); statements that only name what a later field implies are taken out, as `nft list ruleset` does.
//!
//! **Invariant:** nothing is dropped in silence. An instruction without a form in the language becomes a
//! [`Stmt::Opaque`](crate::model::Stmt::Opaque), and the rule keeps all of its instructions.

mod matches;
mod nat;
mod payload;
mod protocol;
mod set;
mod stmt;
mod term;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod write;

use crate::bytecode::Program;
use crate::model::{Opaque, Rule, Set};
use crate::schema::Family;

/// What a program refers to by name.
pub trait Names: std::fmt::Debug {
    /// The set of that name in the rule's table, anonymous ones included.
    fn set(&self, name: &str) -> Option<&Set>;

    /// The rules of an anonymous chain; nothing for chains that have a name.
    fn block(&self, chain: &str) -> Option<&[Rule]> {
        let _ = chain;
        None
    }
}

/// No names: sets stand by their name, whatever they are.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "has no content")]
pub struct NoNames;

impl Names for NoNames {
    fn set(&self, _: &str) -> Option<&Set> {
        None
    }
}

/// Where a program stands.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a caller has to say")]
pub struct Context<'a> {
    /// Family of the table.
    pub family: Family,
    /// Sets and anonymous chains of the table.
    pub names: &'a dyn Names,
}

/// The rule that a program is, in the form in which nft lists it. Never fails: what has no form is kept as it is.
///
/// Comment, tag and handle stand in the rule's message and are the caller's to add; so are the other bytes of an
/// [`Opaque`] rule.
#[must_use]
pub fn delinearize(program: &Program, context: &Context<'_>) -> Rule {
    let mut walk = walk::Walk::new(context, program.len());
    program.iter().for_each(|instruction| walk.step(instruction));
    let (stmts, opaque) = walk.finish();
    let mut rule = Rule::new(stmts);
    if opaque {
        rule.opaque = Some(Box::new(Opaque::new(program.0.clone(), rule.stmts.clone(), Box::default(), None)));
    }
    rule
}
