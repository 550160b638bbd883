//! Tokens become text again.
//!
//! Rust's lexer has cut the input into its own tokens; which of them touched each other, and where lines ended, is told by their
//! places. Tokens that a user's own macro put in (through `$name`) come from elsewhere: their places say nothing about the
//! line that they stand in.

use crate::hole::Hole;
use proc_macro2::{Delimiter, Group, LineColumn, Span, TokenStream, TokenTree};

/// The text of an invocation, and where its pieces came from.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) holes: Vec<Hole>,
    /// What stands after `crate =`.
    pub(crate) path: Option<TokenStream>,
    /// Whether it was one string.
    pub(crate) is_string: bool,
    /// Places where the input is no such text at all.
    pub(crate) errors: Vec<(Span, &'static str)>,
    pieces: Vec<Piece>,
}

/// Bytes of the text and the token that they came from.
#[derive(Debug)]
struct Piece {
    start: usize,
    end: usize,
    span: Span,
}

impl Text {
    /// The text of the tokens.
    pub(crate) fn new(tokens: TokenStream) -> Self {
        let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let path = crate_path(&mut tokens);
        let mut writer = Writer { text: Self::empty(path), within: Span::call_site(), last: None, line: None };
        match string_form(&tokens) {
            Some((text, span)) => {
                writer.text.is_string = true;
                if text.contains("#{") {
                    writer.text.errors.push((span, "a string has no holes: write the text without quotes for `#{…}`"));
                }
                writer.text.pieces.push(Piece { start: 0, end: text.len(), span });
                writer.text.text = text;
            }
            None => writer.tokens(&tokens),
        }
        writer.text
    }

    /// The tokens at those bytes: the first and the last.
    pub(crate) fn spans(&self, start: usize, end: usize) -> (Span, Span) {
        let first = self.pieces.iter().find(|piece| piece.end > start).or_else(|| self.pieces.last());
        let last = self.pieces.iter().rev().find(|piece| piece.start < end.max(start + 1));
        match (first, last) {
            (Some(first), Some(last)) if last.start >= first.start => (first.span, last.span),
            (Some(first), _) => (first.span, first.span),
            (None, _) => (Span::call_site(), Span::call_site()),
        }
    }

    const fn empty(path: Option<TokenStream>) -> Self {
        Self { text: String::new(), holes: Vec::new(), path, is_string: false, errors: Vec::new(), pieces: Vec::new() }
    }
}

/// Takes a leading `crate = path;` off.
fn crate_path(tokens: &mut Vec<TokenTree>) -> Option<TokenStream> {
    match (tokens.first(), tokens.get(1)) {
        (Some(TokenTree::Ident(ident)), Some(TokenTree::Punct(punct))) if ident == "crate" && punct.as_char() == '=' => {}
        _ => return None,
    }
    let end = tokens.iter().position(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))?;
    let path = tokens.get(2..end)?.iter().cloned().collect();
    tokens.drain(..=end);
    Some(path)
}

/// The content, if the input is one string.
fn string_form(tokens: &[TokenTree]) -> Option<(String, Span)> {
    let literal = match tokens {
        [TokenTree::Literal(literal)] => literal.clone(),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            return string_form(&group.stream().into_iter().collect::<Vec<_>>());
        }
        _ => return None,
    };
    let text: syn::LitStr = syn::parse2(TokenTree::Literal(literal.clone()).into()).ok()?;
    Some((text.value(), literal.span()))
}

struct Writer {
    text: Text,
    /// What the macro's own tokens lie in.
    within: Span,
    /// End of the last token, if it was one of the macro's own.
    last: Option<LineColumn>,
    /// Line of the end of the last token of the macro's own, whatever came in between.
    line: Option<usize>,
}

impl Writer {
    fn tokens(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let group = match tokens.get(at) {
                        Some(TokenTree::Group(group)) if punct.span().end() == group.span_open().start() => Some(group),
                        _ => None,
                    };
                    match group.map(|group| (group, group.delimiter())) {
                        Some((group, Delimiter::Brace)) => {
                            at += 1;
                            self.hole(punct.span(), group);
                        }
                        // What was `///` arrives as an attribute.
                        Some((group, Delimiter::Bracket)) if begins_with(group, "doc") => at += 1,
                        Some((group, Delimiter::Bracket))
                            if ["if", "for", "else"].iter().any(|word| begins_with(group, word)) =>
                        {
                            at += 1;
                            self.text.errors.push((group.span(), "conditions and loops are not supported in `nft!`"));
                        }
                        _ => at += comment(punct.span().start().line, tokens.get(at..).unwrap_or_default()),
                    }
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                    let text: String = group.stream().into_iter().map(|token| word(&token)).collect();
                    self.token(&text, group.span());
                }
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Brace | Delimiter::None => ("{", "}"),
                    };
                    self.token(open, group.span_open());
                    self.tokens(&group.stream().into_iter().collect::<Vec<_>>());
                    self.token(close, group.span_close());
                }
                token => self.token(&word(token), token.span()),
            }
        }
    }

    /// `#{expr}` or `#{..expr}`.
    fn hole(&mut self, mark: Span, group: &Group) {
        let (hole, placeholder) = Hole::new(self.text.holes.len(), group);
        self.place(&placeholder, mark, group.span_close(), group.span());
        self.text.holes.push(hole);
    }

    fn token(&mut self, text: &str, span: Span) {
        self.place(text, span, span, span);
    }

    /// Writes a token that begins where `from` does and ends where `to` does.
    fn place(&mut self, text: &str, from: Span, to: Span, span: Span) {
        let own = self.is_own(from);
        if !self.text.text.is_empty() {
            match (own, self.last, self.line) {
                (true, Some(last), _) if last == from.start() => {}
                (true, _, Some(line)) if line < from.start().line => self.text.text.push('\n'),
                _ => self.text.text.push(' '),
            }
        }
        let start = self.text.text.len();
        self.text.text.push_str(text);
        self.text.pieces.push(Piece { start, end: self.text.text.len(), span });
        self.last = own.then(|| to.end());
        if own {
            self.line = Some(to.end().line);
        }
    }

    fn is_own(&self, span: Span) -> bool {
        let (start, end) = (self.within.start(), self.within.end());
        // Without places (outside of a compiler) every token counts as the macro's own.
        start == end || (span.file() == self.within.file() && span.start() >= start && span.end() <= end)
    }
}

/// How many of the tokens belong to a comment that begins on that line.
fn comment(line: usize, tokens: &[TokenTree]) -> usize {
    tokens.iter().take_while(|token| token.span().start().line == line).count()
}

fn begins_with(group: &Group, word: &str) -> bool {
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(ident)) if ident == word)
}

/// The text of a single token; strings lose Rust's way of writing them, not their content.
fn word(token: &TokenTree) -> String {
    let text = token.to_string();
    match token {
        TokenTree::Literal(_) if text.starts_with('r') && text.ends_with(['"', '#']) => {
            let content = text.trim_start_matches('r').trim_matches('#');
            content.to_owned()
        }
        TokenTree::Ident(_) => text.strip_prefix("r#").map_or(text.clone(), str::to_owned),
        TokenTree::Group(group) => group.stream().into_iter().map(|token| word(&token)).collect(),
        _ => text,
    }
}
