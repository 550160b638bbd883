//! Heads of commands and blocks: which object, by which name.

use nft_core::Span;
use nft_core::model::Scope;
use nft_core::name::TableName;
use nft_core::schema::Family;

use super::context::Lower;
use super::expr::{self, number_of};
use super::fault::{Fault, Lowered};
use super::set_literal::name_at;
use super::variable::origin;
use crate::tree::{Node, SyntaxKind as K};

/// What a command does with its object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verb {
    Add,
    Create,
    Insert,
    Replace,
    Delete,
    Destroy,
    Get,
    Reset,
}

/// The head of a command: `add set ip t s`, `delete chain t handle 5`.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) verb: Verb,
    /// `table`, `set`, `ct helper`.
    pub(super) object: Box<str>,
    pub(super) scope: Scope,
    /// The name in the table, and where it stands.
    pub(super) name: Option<(Box<str>, Span)>,
    pub(super) handle: Option<u64>,
    pub(super) span: Span,
}

impl Head {
    /// The name that must be there.
    pub(super) fn required_name(&self) -> Lowered<(&str, Span)> {
        match &self.name {
            Some((name, span)) => Ok((name, *span)),
            None => Err(Fault::new(self.span, format!("the name of the {} is missing", self.object))),
        }
    }
}

pub(super) fn verb(node: Option<Node<'_>>) -> Verb {
    match node.map_or("add", |node| node.text()) {
        "create" => Verb::Create,
        "insert" => Verb::Insert,
        "replace" => Verb::Replace,
        "delete" => Verb::Delete,
        "destroy" => Verb::Destroy,
        "get" => Verb::Get,
        "reset" => Verb::Reset,
        _ => Verb::Add,
    }
}

/// The family that is written, or the one that is meant where none is.
pub(super) fn family(node: Option<Node<'_>>) -> Family {
    node.and_then(|node| Family::by_name(node.text())).unwrap_or_default()
}

/// Words with single blanks between: `ct  helper` is `ct helper`.
pub(super) fn words(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for word in text.split([' ', '\t', '\n', '\\']).filter(|word| !word.is_empty()) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

impl Lower<'_> {
    /// Reads a head; of a table, its handle is with the family only.
    pub(super) fn head(&mut self, node: Node<'_>) -> Lowered<Head> {
        let object = match node.child(K::TableObject) {
            Some(_) => "table".into(),
            None => words(expr::child(node, K::Object)?.text()),
        };
        let handle = match node.child(K::Handle) {
            Some(handle) => Some(number_of(expr::child(handle, K::Number)?)?.0),
            None => None,
        };
        let mut names = node.all(K::Name);
        let table = match names.next() {
            Some(name) => name_at(TableName::new(name.text()), name.span())?,
            // `delete table handle 5`: the name does not count.
            None if handle.is_some() => name_at(TableName::new("_"), node.span())?,
            None => return Err(Fault::new(node.span(), "the name of the table is missing")),
        };
        let name = names.next();
        if let Some(name) = name {
            self.check_name(name.text(), name.span())?;
        }
        let mut scope = Scope::new(family(node.child(K::Family)), table);
        scope.origin = origin(self.source, node.span());
        Ok(Head {
            verb: verb(node.child(K::Verb)),
            object: object.into(),
            scope,
            name: name.map(|name| (name.text().into(), name.span())),
            handle,
            span: node.span(),
        })
    }
}
