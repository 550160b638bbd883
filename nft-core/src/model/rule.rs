//! Rules.

use super::{Origin, Stmt};
use crate::bytecode::Instruction;

/// A rule: statements that run one after the other until one does not match.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Rule {
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// `comment "…"`: up to 128 bytes.
    pub comment: Option<Box<str>>,
    /// Identity for diffs (see the crate's documentation), kept in the rule's userdata (record 16). Opaque to the kernel and to nft.
    pub tag: Option<Box<str>>,
    /// The kernel's number, in pulled rulesets. Takes no part in `==`.
    pub handle: Option<u64>,
    /// Where it was written.
    pub origin: Origin,
    /// The bytes of a pulled rule that the language cannot say in full.
    pub opaque: Option<Box<Opaque>>,
}

/// A pulled rule of which something is unknown: it is pushed again from these, not from its statements.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Opaque {
    /// All instructions as the kernel gave them, unknown ones with their bytes.
    pub program: Vec<Instruction>,
    /// The statements as they were delinearized: if the rule's differ, it was edited.
    pub stmts: Vec<Stmt>,
    /// The userdata as the kernel gave it.
    pub userdata: Box<[u8]>,
    /// `NFTA_RULE_COMPAT` as the kernel gave it (iptables-nft).
    pub compat: Option<Box<[u8]>>,
}

impl Rule {
    /// A rule of these statements.
    #[must_use]
    pub const fn new(stmts: Vec<Stmt>) -> Self {
        Self { stmts, comment: None, tag: None, handle: None, origin: Origin::None, opaque: None }
    }

    /// The same rule with a comment.
    #[must_use]
    pub fn with_comment(self, comment: impl Into<Box<str>>) -> Self {
        Self { comment: Some(comment.into()), ..self }
    }

    /// The same rule with a tag.
    #[must_use]
    pub fn with_tag(self, tag: impl Into<Box<str>>) -> Self {
        Self { tag: Some(tag.into()), ..self }
    }
}

impl Opaque {
    /// What the kernel gave.
    #[must_use]
    pub const fn new(program: Vec<Instruction>, stmts: Vec<Stmt>, userdata: Box<[u8]>, compat: Option<Box<[u8]>>) -> Self {
        Self { program, stmts, userdata, compat }
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        (&self.stmts, &self.comment, &self.tag, &self.opaque) == (&other.stmts, &other.comment, &other.tag, &other.opaque)
    }
}

impl Eq for Rule {}

impl std::hash::Hash for Rule {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.stmts, &self.comment, &self.tag).hash(state);
    }
}
