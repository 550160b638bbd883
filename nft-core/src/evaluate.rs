//! Evaluate: what the model leaves open is decided, for one table, one machine and one set of declarations.
//!
//! A rule is checked and reshaped here: operands get their types, names their numbers, protocols that a field needs become matches of
//! their own, lists become masks or sets, constants fold, payload matches merge. What comes out, an [`Evaluated`] rule, is all that
//! [`linearize`](crate::linearize) reads. [`compile`] does both.

pub mod constant;

mod check;
mod clock;
mod convert;
mod dynset;
mod merge;
mod nat;
mod operate;
mod payload;
mod protocol;
mod relation;
mod selector;
mod set;
mod stmt;
mod term;
mod write;

pub use check::check;
pub(crate) use term::{Dynset, HashTerm, Load, Match, Op, PayloadLoad, SetUse, Source, Step, Term, Test};

use std::cell::Cell;

use smallvec::SmallVec;

use crate::bytecode::Program;
use crate::declarations::Declarations;
use crate::environment::Environment;
use crate::error::Error;
use crate::model::{BaseChain, Rule};
use crate::schema::Family;
use crate::set::CompiledSet;
use protocol::Protocols;

/// What a rule is compiled for.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Context<'a> {
    /// Family of the table.
    pub family: Family,
    /// Name of the table.
    pub table: &'a str,
    /// How the chain is attached, if it is a base chain and that is known.
    pub base: Option<&'a BaseChain>,
    /// What only the machine knows.
    pub environment: &'a dyn Environment,
    /// What the names of sets stand for.
    pub declarations: &'a dyn Declarations,
    /// Number of the first anonymous set in the batch; further ones follow.
    pub first_set: u32,
    /// Number of the first block (`jump { … }`) in the batch; further ones follow.
    pub first_block: u32,
}

/// A rule that was checked and reshaped: what [`linearize`](crate::linearize::linearize) takes.
#[derive(Debug)]
pub struct Evaluated<'r> {
    pub(crate) steps: SmallVec<[Step; 6]>,
    /// The sets and maps that stand in the rule, in their order.
    pub sets: Vec<CompiledSet>,
    /// The chains that stand in the rule.
    pub blocks: Vec<Block<'r>>,
}

/// A chain that stands in a rule: `jump { … }`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Block<'r> {
    /// Its number in the batch.
    pub id: u32,
    /// Its rules, evaluated, beside what they were made of.
    pub rules: Vec<(&'r Rule, Evaluated<'r>)>,
}

/// A compiled rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Compiled<'r> {
    /// The instructions.
    pub program: Program,
    /// The sets and maps that stand in the rule, and those of its meters, in their order: the batch has them in front of the rule.
    pub sets: Vec<CompiledSet>,
    /// The chains that stand in the rule: the batch has them in front of the rule, their rules behind it.
    pub blocks: Vec<CompiledBlock<'r>>,
}

/// A compiled chain of a rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct CompiledBlock<'r> {
    /// Its number in the batch.
    pub id: u32,
    /// Its rules, compiled, beside what they were made of.
    pub rules: Vec<(&'r Rule, Compiled<'r>)>,
}

impl<'a> Context<'a> {
    /// A rule of that table, in a chain of which nothing is known.
    #[must_use]
    pub const fn new(
        family: Family,
        table: &'a str,
        environment: &'a dyn Environment,
        declarations: &'a dyn Declarations,
    ) -> Self {
        Self { family, table, base: None, environment, declarations, first_set: 1, first_block: 1 }
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("family", &self.family).field("table", &self.table).finish_non_exhaustive()
    }
}

impl<'r> From<Evaluated<'r>> for Compiled<'r> {
    fn from(rule: Evaluated<'r>) -> Self {
        let program = crate::linearize::linearize(&rule);
        let blocks = rule.blocks.into_iter().map(|block| CompiledBlock {
            id: block.id,
            rules: block.rules.into_iter().map(|(source, rule)| (source, rule.into())).collect(),
        });
        Self { program, blocks: blocks.collect(), sets: rule.sets }
    }
}

/// Compiles a rule.
///
/// # Errors
///
/// What nft refuses: [`ErrorKind::Source`](crate::ErrorKind::Source), with the statement and operand in the path.
pub fn compile<'r>(rule: &'r Rule, cx: &Context<'_>) -> Result<Compiled<'r>, Error> {
    evaluate(rule, cx).map(Compiled::from)
}

/// Checks and reshapes a rule.
///
/// # Errors
///
/// What nft refuses: [`ErrorKind::Source`](crate::ErrorKind::Source), with the statement and operand in the path.
pub fn evaluate<'r>(rule: &'r Rule, cx: &Context<'_>) -> Result<Evaluated<'r>, Error> {
    let numbers = Numbers { set: Cell::new(cx.first_set), block: Cell::new(cx.first_block) };
    Evaluator::new(cx, &numbers, 0).rule(rule)
}

/// The next free numbers in the batch.
struct Numbers {
    set: Cell<u32>,
    block: Cell<u32>,
}

/// The state while a rule is evaluated.
struct Evaluator<'a, 'r> {
    cx: &'a Context<'a>,
    numbers: &'a Numbers,
    /// How deep in blocks the rule stands.
    depth: u32,
    /// What the rule has said about the packet so far.
    outer: Protocols,
    /// What it has said about the packet inside a tunnel.
    inner: Option<Protocols>,
    steps: SmallVec<[Step; 6]>,
    sets: Vec<CompiledSet>,
    blocks: Vec<Block<'r>>,
}

impl<'a, 'r> Evaluator<'a, 'r> {
    fn new(cx: &'a Context<'a>, numbers: &'a Numbers, depth: u32) -> Self {
        Self {
            cx,
            numbers,
            depth,
            outer: Protocols::new(cx.family),
            inner: None,
            steps: SmallVec::new(),
            sets: Vec::new(),
            blocks: Vec::new(),
        }
    }

    fn rule(mut self, rule: &'r Rule) -> Result<Evaluated<'r>, Error> {
        let mut terminal = false;
        if let Some(comment) = &rule.comment {
            constant::check_string(comment.as_bytes()).map_err(|error| error.with_origin(rule.origin))?;
        }
        for (index, stmt) in rule.stmts.iter().enumerate() {
            let at = |error: Error| error.within(|path| path.stmt = Some(index)).with_origin(rule.origin);
            if terminal {
                return Err(at(Error::source_text("statement after terminal statement has no effect")));
            }
            self.stmt(stmt).map_err(at)?;
            terminal = stmt.is_terminal();
        }
        merge::merge(&mut self.steps);
        Ok(Evaluated { steps: self.steps, sets: self.sets, blocks: self.blocks })
    }
}

fn source(message: impl Into<String>) -> Error {
    Error::source_text(message)
}

/// Says which operand an error lies in, unless that is known.
fn in_operand(operand: crate::error::Operand) -> impl FnOnce(Error) -> Error {
    move |error| {
        error.within(|path| {
            path.operand.get_or_insert(operand);
        })
    }
}

/// Says which field of a concatenation an error lies in, unless more is known.
fn in_field(number: usize) -> impl FnOnce(Error) -> Error {
    move |error| {
        error.within(|path| {
            path.part.get_or_insert(crate::error::Part::Field(number));
        })
    }
}

#[cfg(test)]
mod tests;
