//! A file that keeps every byte.

use crate::diagnostic::Diagnostic;
use crate::parse::{Mode, Reader, Step};
use crate::source::text_of;
use crate::tree::{Node, Tree};
use nft_core::Span;
use std::fmt;

/// A text in the language of nft and where its items stand; written back, it gives the same bytes.
///
/// ```
/// use nft_syntax::Document;
///
/// let document = Document::parse("table ip t { # mine\n\tchain c { accept; }\n}\n".as_bytes());
/// assert!(document.diagnostics().is_empty());
/// assert_eq!(document.as_bytes(), b"table ip t { # mine\n\tchain c { accept; }\n}\n");
///
/// let rule = document.items().last().unwrap();
/// assert_eq!((rule.text(), rule.depth()), ("accept", 2));
/// ```
#[derive(Clone, Debug)]
pub struct Document {
    bytes: Vec<u8>,
    /// The bytes as text, where they are no UTF-8.
    text: Option<String>,
    tree: Tree,
    entries: Vec<Entry>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: ItemKind,
    span: Span,
    depth: u32,
    node: u32,
}

/// What an item of a document is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ItemKind {
    /// The head of a block, up to its opening brace.
    Head,
    /// A clause, rule, command, definition or inclusion.
    Statement,
}

impl Document {
    /// Reads a text. Errors do not end it: they are in `diagnostics`, and the bytes are kept all the same.
    #[must_use]
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let text = match text_of(&bytes) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(text) => Some(text),
        };
        let mut document = Self { bytes, text, tree: Tree::default(), entries: Vec::new(), diagnostics: Vec::new() };
        let mut entries = Vec::new();
        let mut reader = Reader::new(document.text(), Mode::Text).keeping();
        let mut depth = 0;
        loop {
            let node = u32::try_from(reader.tree().len()).unwrap_or(u32::MAX);
            let Some(step) = reader.step() else { break };
            let kind = match step {
                Step::Open(_) => ItemKind::Head,
                Step::Item => ItemKind::Statement,
                Step::Close(_) => {
                    depth -= 1;
                    continue;
                }
            };
            if let Some(span) = reader.tree().at(node, reader.text()).map(Node::span) {
                entries.push(Entry { kind, span, depth, node });
            }
            depth += u32::from(kind == ItemKind::Head);
        }
        let diagnostics = reader.take_diagnostics();
        let tree = reader.into_tree();
        document.tree = tree;
        document.entries = entries;
        document.diagnostics = diagnostics;
        document
    }

    /// The bytes, as they came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes as text; ones that are no UTF-8 are replaced, offsets stay.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.text {
            Some(text) => text,
            None => std::str::from_utf8(&self.bytes).unwrap_or_default(),
        }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The items in their order.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.entries.iter().map(|entry| Item { document: self, entry })
    }

    /// Every token in order, each byte of the text in exactly one: words, signs, strings, lists, and between them blanks and comments.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        let mut at = 0;
        let text = self.text();
        std::iter::from_fn(move || {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let token = rest.get(..crate::parse::token_length(rest)).unwrap_or(rest);
            at += token.len();
            Some(token)
        })
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// One item of a document.
#[derive(Clone, Copy)]
pub struct Item<'d> {
    document: &'d Document,
    entry: &'d Entry,
}

impl<'d> Item<'d> {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> ItemKind {
        self.entry.kind
    }

    /// Where it stands.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.entry.span
    }

    /// How many blocks it stands in.
    #[must_use]
    pub const fn depth(&self) -> u32 {
        self.entry.depth
    }

    /// Its bytes.
    #[must_use]
    pub fn text(&self) -> &'d str {
        self.document.text().get(self.span().range()).unwrap_or_default()
    }

    /// Its syntax tree.
    pub(crate) fn node(&self) -> Option<Node<'d>> {
        self.document.tree.at(self.entry.node, self.document.text())
    }
}

impl fmt::Debug for Item<'_> {
    /// The syntax tree, one line a node.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node() {
            Some(node) => node.fmt(f),
            None => Ok(()),
        }
    }
}
