//! Holes: places of the literal that a Rust expression fills.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

/// An expression and how it is to be put in.
#[derive(Debug)]
pub(crate) struct Hole {
    pub(crate) expr: TokenStream,
    pub(crate) span: Span,
    /// `#{..expr}`: an iterator of elements.
    pub(crate) splat: bool,
}

impl Hole {
    /// The hole of those braces, and what stands in the text for it.
    pub(crate) fn new(number: usize, group: &Group) -> (Self, String) {
        let mut tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        let splat = matches!(
            (tokens.first(), tokens.get(1)),
            (Some(TokenTree::Punct(first)), Some(TokenTree::Punct(second))) if first.as_char() == '.' && second.as_char() == '.'
        );
        if splat {
            tokens.drain(..2);
        }
        let hole = Self { expr: tokens.into_iter().collect(), span: group.span(), splat };
        (hole, format!("{}{number}{}", nft_syntax::HOLE, nft_syntax::HOLE_END))
    }
}

/// The number of the hole that a text stands for.
pub(crate) fn number(text: &str) -> Option<usize> {
    text.strip_prefix(nft_syntax::HOLE)?.strip_suffix(nft_syntax::HOLE_END)?.parse().ok()
}
