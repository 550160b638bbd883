//! A file that keeps every byte.

mod edit;

use crate::diagnostic::Diagnostic;
use crate::parse::{Mode, Reader, Step};
use crate::source::text_of;
use crate::tree::{Node, SyntaxKind, Tree};
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
    /// Where it ends with its block.
    end: u32,
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
        let mut entries: Vec<Entry> = Vec::new();
        let mut reader = Reader::new(document.text(), Mode::Text).keeping();
        // Numbers of the blocks that are open.
        let mut open: Vec<usize> = Vec::new();
        loop {
            let node = u32::try_from(reader.tree().len()).unwrap_or(u32::MAX);
            let Some(step) = reader.step() else { break };
            let kind = match step {
                Step::Open(_) => ItemKind::Head,
                Step::Item => ItemKind::Statement,
                Step::Close(_) => {
                    if let Some(block) = open.pop().and_then(|block| entries.get_mut(block)) {
                        block.end = u32::try_from(reader.position()).unwrap_or(u32::MAX);
                    }
                    continue;
                }
            };
            if kind == ItemKind::Head {
                open.push(entries.len());
            }
            let depth = u32::try_from(open.len()).unwrap_or(u32::MAX) - u32::from(kind == ItemKind::Head);
            let span = reader.tree().at(node, reader.text()).map_or_else(Span::default, Node::span);
            entries.push(Entry { kind, span, end: span.end, depth, node });
        }
        // Blocks without an end go to that of the text.
        for block in open {
            if let Some(block) = entries.get_mut(block) {
                block.end = u32::try_from(reader.text().len()).unwrap_or(u32::MAX);
            }
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
        (0..self.entries.len()).filter_map(|number| self.item(number))
    }

    fn item(&self, number: usize) -> Option<Item<'_>> {
        Some(Item { document: self, number, entry: self.entries.get(number)? })
    }

    /// The item that those words lead to: heads of blocks from the outside in, then perhaps a statement. Blanks between words do not
    /// count; of several equal items it is the first.
    ///
    /// ```
    /// let document = nft_syntax::Document::parse("table inet a { chain c { accept; }; }\ntable inet a { chain d { drop; }; }");
    /// let rule = document.find(&["table inet a", "chain  d", "drop"]).unwrap();
    /// assert_eq!((rule.text(), rule.depth()), ("drop", 2));
    /// ```
    #[must_use]
    pub fn find(&self, path: &[&str]) -> Option<Item<'_>> {
        let (first, rest) = path.split_first()?;
        let matching = self.items().filter(|item| item.depth() == 0 && item.reads(first));
        matching.filter_map(|item| item.find(rest)).next()
    }

    /// The innermost item whose bytes (those of its head, for a block) hold that place: for a rule of the model, the start of its
    /// origin.
    #[must_use]
    pub fn item_at(&self, offset: u32) -> Option<Item<'_>> {
        self.items().find(|item| item.span().start <= offset && offset < item.span().end)
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
    number: usize,
    entry: &'d Entry,
}

impl<'d> Item<'d> {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> ItemKind {
        self.entry.kind
    }

    /// Whether it is a rule.
    #[must_use]
    pub fn is_rule(&self) -> bool {
        self.node().is_some_and(|node| node.kind() == SyntaxKind::Rule)
    }

    /// Where it stands with its block, up to the brace that closes it.
    #[must_use]
    pub const fn extent(&self) -> Span {
        Span::new(self.entry.span.start, self.entry.end)
    }

    /// The items of its block, those of blocks in it left out.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'d> {
        let (document, depth, end) = (self.document, self.entry.depth, self.entry.end);
        let following = (self.number + 1..).map_while(move |number| document.item(number));
        following.take_while(move |item| item.span().start < end).filter(move |item| item.depth() == depth + 1)
    }

    fn find(self, path: &[&str]) -> Option<Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        self.children().filter(|item| item.reads(first)).find_map(|item| item.find(rest))
    }

    /// Whether it consists of those words.
    fn reads(&self, words: &str) -> bool {
        self.text().split_whitespace().eq(words.split_whitespace())
    }

    /// Where it stands; of a block, its head.
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
