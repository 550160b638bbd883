//! Views of nodes.

use super::{SyntaxKind, Tree};
use nft_core::Span;
use std::fmt;

/// A node and the text that it was read from.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree,
    text: &'t str,
    index: u32,
}

impl<'t> Node<'t> {
    pub(super) fn new(tree: &'t Tree, text: &'t str, index: u32) -> Option<Self> {
        tree.entry(index)?;
        Some(Self { tree, text, index })
    }

    fn entry(self) -> super::Entry {
        // A node is only made for an index that exists, and a tree does not change while it is viewed.
        self.tree.nodes[self.index as usize]
    }

    pub(crate) fn kind(self) -> SyntaxKind {
        self.entry().kind
    }

    pub(crate) fn span(self) -> Span {
        self.entry().span
    }

    /// The bytes of the node, with blanks and comments between its tokens.
    pub(crate) fn text(self) -> &'t str {
        self.text.get(self.span().range()).unwrap_or_default()
    }

    /// The whole text that the tree was read from.
    pub(crate) const fn source(self) -> &'t str {
        self.text
    }

    pub(crate) fn children(self) -> Children<'t> {
        Children { tree: self.tree, text: self.text, at: self.index + 1, end: self.entry().next }
    }

    /// The first child.
    pub(crate) fn first(self) -> Option<Self> {
        self.children().next()
    }

    /// The first child of that kind.
    pub(crate) fn child(self, kind: SyntaxKind) -> Option<Self> {
        self.children().find(|node| node.kind() == kind)
    }

    /// Every child of that kind.
    pub(crate) fn all(self, kind: SyntaxKind) -> impl Iterator<Item = Self> {
        self.children().filter(move |node| node.kind() == kind)
    }
}

impl fmt::Debug for Node<'_> {
    /// One line a node, children indented: the form of the golden files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn write(node: Node<'_>, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let span = node.span();
            write!(f, "{:depth$}{:?} {}..{}", "", node.kind(), span.start, span.end, depth = depth * 2)?;
            if node.first().is_none() {
                write!(f, " {:?}", node.text())?;
            }
            writeln!(f)?;
            node.children().try_for_each(|child| write(child, depth + 1, f))
        }
        write(*self, 0, f)
    }
}

/// Iterator over the children of a node; it can be stepped by kind, as a cursor.
#[derive(Clone)]
pub(crate) struct Children<'t> {
    tree: &'t Tree,
    text: &'t str,
    at: u32,
    end: u32,
}

impl<'t> Children<'t> {
    /// The next child without taking it.
    pub(crate) fn peek(&self) -> Option<Node<'t>> {
        if self.at < self.end { Node::new(self.tree, self.text, self.at) } else { None }
    }
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let node = self.peek()?;
        self.at = node.entry().next;
        Some(node)
    }
}
