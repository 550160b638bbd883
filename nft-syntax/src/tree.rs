//! The syntax tree: nodes in the order of the text, in one vector.
//!
//! A node knows its kind, its bytes and where the next node behind its last descendant stands; so children are found by
//! stepping, nothing is allocated per node, and a tree is cleared and filled again for the next item. What lies between tokens
//! (blanks, comments) is not stored: it is the text between their spans.

mod kind;
mod node;

pub(crate) use kind::{SyntaxKind, expected};
pub(crate) use node::Node;

use nft_core::Span;

/// Nodes of one item, or of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: SyntaxKind,
    span: Span,
    /// Index behind the last descendant.
    next: u32,
}

/// A node that is still open while its children are added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open(u32);

impl Tree {
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
    }

    /// Takes back every node from `at` on.
    pub(crate) fn truncate(&mut self, at: usize) {
        self.nodes.truncate(at);
    }

    pub(crate) fn open(&mut self, kind: SyntaxKind, start: u32) -> Open {
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Entry { kind, span: Span::new(start, start), next: index.saturating_add(1) });
        Open(index)
    }

    pub(crate) fn close(&mut self, open: Open, end: u32) {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(entry) = self.nodes.get_mut(open.0 as usize) {
            entry.span.end = end;
            entry.next = next;
        }
    }

    /// Where the last node stands, if it is of that kind.
    pub(crate) fn last(&self, kind: SyntaxKind) -> Option<Span> {
        self.nodes.last().filter(|entry| entry.kind == kind).map(|entry| entry.span)
    }

    /// Moves the end of the last node, and of those that end with it, from `old` to `new`.
    pub(crate) fn extend(&mut self, old: u32, new: u32) {
        let ending =
            self.nodes.iter_mut().rev().take_while(|entry| entry.span.end == old || entry.span.end == entry.span.start);
        ending.filter(|entry| entry.span.end == old).for_each(|entry| entry.span.end = new);
    }

    pub(crate) const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node at that index.
    pub(crate) fn at<'t>(&'t self, index: u32, text: &'t str) -> Option<Node<'t>> {
        Node::new(self, text, index)
    }

    fn entry(&self, index: u32) -> Option<&Entry> {
        self.nodes.get(index as usize)
    }
}
