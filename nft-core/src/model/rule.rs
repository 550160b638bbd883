//! Rules.

use std::fmt;

use super::{Origin, Stmt};
use crate::Error;
use crate::bytecode::Instruction;
use crate::diff::Key;
use crate::schema::Family;

/// A rule: statements that run one after the other until one does not match.
#[derive(Clone, Default)]
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
    /// What the kernel gave, as long as nothing was changed. Takes no part in `==`.
    received: Option<Box<Received>>,
}

/// A pulled rule in kernel form, with a digest of what it said in the language.
#[derive(Clone, Copy)]
struct Received {
    key: Key,
    statements: u64,
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
    /// Attributes that are not known, encoded.
    pub attributes: Vec<u8>,
}

impl Rule {
    /// A rule of these statements.
    #[must_use]
    pub const fn new(stmts: Vec<Stmt>) -> Self {
        Self { stmts, comment: None, tag: None, handle: None, origin: Origin::None, opaque: None, received: None }
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

    /// Notes what the kernel gave, so that comparing needs not rely on what the language can say of it.
    pub(crate) fn set_received(&mut self, family: Family, key: Key) {
        self.received = Some(Box::new(Received { key, statements: Key::of_statements(self, family) }));
    }

    /// Whether it was pulled.
    pub(crate) const fn is_received(&self) -> bool {
        self.received.is_some()
    }

    /// What the kernel gave, if the rule is as it was pulled.
    pub(crate) fn received_key(&self, family: Family) -> Option<Key> {
        let received = self.received.as_deref()?;
        (received.statements == Key::of_statements(self, family)).then_some(received.key)
    }
}

impl Opaque {
    /// What the kernel gave.
    #[must_use]
    pub const fn new(program: Vec<Instruction>, stmts: Vec<Stmt>, userdata: Box<[u8]>, compat: Option<Box<[u8]>>) -> Self {
        Self { program, stmts, userdata, compat, attributes: Vec::new() }
    }
}

/// What can be a statement of a rule: a [`Stmt`], or what may fail to make one.
pub trait IntoStmt {
    /// The statement.
    ///
    /// # Errors
    ///
    /// What went wrong while it was made.
    fn into_stmt(self) -> Result<Stmt, Error>;
}

/// What can be a rule: a [`Rule`], a statement, or a tuple, array or vector of them.
///
/// ```
/// use nft_core::expr::{accept, counter, ip, tcp};
/// use nft_core::model::IntoRule;
///
/// let rule = (ip().saddr().in_set("admins"), tcp().dport().eq(22), counter(), accept()).into_rule()?;
/// assert_eq!(rule.stmts.len(), 4);
/// # Ok::<(), nft_core::Error>(())
/// ```
pub trait IntoRule {
    /// The rule.
    ///
    /// # Errors
    ///
    /// What went wrong while it was made.
    fn into_rule(self) -> Result<Rule, Error>;
}

impl IntoStmt for Stmt {
    fn into_stmt(self) -> Result<Stmt, Error> {
        Ok(self)
    }
}

impl IntoStmt for Result<Stmt, Error> {
    fn into_stmt(self) -> Result<Stmt, Error> {
        self
    }
}

impl IntoRule for Rule {
    fn into_rule(self) -> Result<Rule, Error> {
        Ok(self)
    }
}

impl<R: IntoRule> IntoRule for Result<R, Error> {
    fn into_rule(self) -> Result<Rule, Error> {
        self?.into_rule()
    }
}

impl IntoRule for Stmt {
    fn into_rule(self) -> Result<Rule, Error> {
        Ok(Rule::new(vec![self]))
    }
}

impl<S: IntoStmt> IntoRule for Vec<S> {
    fn into_rule(self) -> Result<Rule, Error> {
        self.into_iter().map(IntoStmt::into_stmt).collect::<Result<_, _>>().map(Rule::new)
    }
}

impl<S: IntoStmt, const N: usize> IntoRule for [S; N] {
    fn into_rule(self) -> Result<Rule, Error> {
        self.into_iter().map(IntoStmt::into_stmt).collect::<Result<_, _>>().map(Rule::new)
    }
}

/// Turns `A B` into the implementation for `(A, B)`.
macro_rules! tuples {
    ($($($Part:ident)+;)+) => { $(
        impl<$($Part: IntoStmt),+> IntoRule for ($($Part,)+) {
            fn into_rule(self) -> Result<Rule, Error> {
                #[expect(non_snake_case, reason = "one name for the type and the value")]
                let ($($Part,)+) = self;
                Ok(Rule::new(vec![$($Part.into_stmt()?),+]))
            }
        }
    )+ };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("stmts", &self.stmts)
            .field("comment", &self.comment)
            .field("tag", &self.tag)
            .field("handle", &self.handle)
            .field("origin", &self.origin)
            .field("opaque", &self.opaque)
            .finish()
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
