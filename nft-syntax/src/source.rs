//! A text as it came: bytes that are no UTF-8 set aside, lines found, findings shown with the line and a caret.

use crate::Sources;
use crate::diagnostic::{Diagnostic, Severity};
use nft_core::Span;
use std::borrow::Cow;
use std::fmt;

/// What stands in place of a byte that is no UTF-8: nothing that the grammar takes outside of comments and strings.
const REPLACEMENT: char = '\u{7f}';

/// The text of those bytes, offset for offset. nft takes any byte in comments and strings; elsewhere the replacement is refused as
/// junk at its place.
///
/// ```
/// assert_eq!(nft_syntax::text_of(b"add table t # caf\xe9"), "add table t # caf\u{7f}");
/// ```
#[must_use]
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let mut chunks = bytes.utf8_chunks().peekable();
    match chunks.peek() {
        None => return Cow::Borrowed(""),
        Some(first) if first.invalid().is_empty() => return Cow::Borrowed(first.valid()),
        Some(_) => {}
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in chunks {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| REPLACEMENT));
    }
    Cow::Owned(text)
}

/// A name and a text, to show findings in. Without a name, line and column are left out: `nft` does so for its command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'t> {
    name: &'t str,
    text: &'t str,
}

impl<'t> Source<'t> {
    /// A text and what to call it.
    #[must_use]
    pub const fn new(name: &'t str, text: &'t str) -> Self {
        Self { name, text }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &'t str {
        self.name
    }

    /// The text.
    #[must_use]
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// Line and column of a byte, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, offset: u32) -> (usize, usize) {
        let before = self.before(offset);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before.chars().rev().take_while(|char| *char != '\n').count() + 1)
    }

    /// The finding as nft shows one: place and message, the line, carets below.
    ///
    /// ```
    /// use nft_syntax::{Diagnostic, Source};
    /// use nft_core::Span;
    ///
    /// let source = Source::new("a.nft", "table ip t {\n tcp dprot 22\n}\n");
    /// let finding = Diagnostic::error("unknown field `dprot`", Span::new(18, 23)).with_help("did you mean `dport`?");
    /// assert_eq!(source.show(&finding).to_string(), "\
    /// a.nft:2:6-10: Error: unknown field `dprot`; did you mean `dport`?
    ///  tcp dprot 22
    ///      ^^^^^
    /// ");
    /// ```
    #[must_use]
    pub const fn show<'d>(self, diagnostic: &'d Diagnostic) -> Shown<'d>
    where
        't: 'd,
    {
        Shown { source: self, diagnostic, sources: None }
    }

    fn before(&self, offset: u32) -> &'t str {
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.get(..end).unwrap_or_default()
    }

    /// The line that holds the byte, its newline left out.
    fn line(&self, offset: u32) -> &'t str {
        let before = self.before(offset);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    }
}

/// A finding with the line that it is about.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'d> {
    source: Source<'d>,
    diagnostic: &'d Diagnostic,
    sources: Option<&'d Sources>,
}

impl<'d> Shown<'d> {
    /// The same as one of several sources, which may have been included.
    pub(crate) const fn within(self, sources: &'d Sources) -> Self {
        Self { sources: Some(sources), ..self }
    }

    fn snippet(&self, span: Span, mark: char, note: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, column) = self.source.position(span.start);
        let (last, end) = self.source.position(span.end);
        let line = self.source.line(span.start);
        // A place that goes over the end of its line is marked up to there.
        let end = if last == first { end } else { line.chars().count() + 1 };
        writeln!(f, "{line}")?;
        // Tabs keep their width above the carets.
        let indent: String = line.chars().take(column - 1).map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
        let marks = mark.to_string().repeat(end.saturating_sub(column).max(1));
        writeln!(f, "{indent}{marks}{}{note}", if note.is_empty() { "" } else { " " })
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, diagnostic, sources } = self;
        let inclusions = sources.iter().flat_map(|sources| sources.inclusions(diagnostic.source));
        for (number, place) in inclusions.enumerate() {
            writeln!(f, "{}{place}:", if number == 0 { "In file included from " } else { "                 from " })?;
        }
        let (line, column) = source.position(diagnostic.span.start);
        let (last, end) = source.position(diagnostic.span.end);
        let end = if last == line && end > column { end - 1 } else { column };
        let severity = match diagnostic.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
        };
        if !source.name.is_empty() {
            write!(f, "{}:{line}:{column}-{end}: ", source.name)?;
        }
        writeln!(f, "{severity}: {diagnostic}")?;
        self.snippet(diagnostic.span, '^', "", f)?;
        diagnostic.labels.iter().try_for_each(|(span, note)| self.snippet(*span, '-', note, f))
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, text_of};
    use crate::diagnostic::Diagnostic;
    use nft_core::Span;

    #[track_caller]
    fn check(text: &str, span: Span, expected: &str) {
        let shown = Source::new("x", text).show(&Diagnostic::error("m", span)).to_string();
        assert_eq!(shown, expected);
    }

    #[test]
    fn places_are_shown() {
        check("abc\n\tdé f\n", Span::new(8, 9), "x:2:4-4: Error: m\n\tdé f\n\t  ^\n");
        check("abc", Span::new(3, 3), "x:1:4-4: Error: m\nabc\n   ^\n");
        check("", Span::new(0, 0), "x:1:1-1: Error: m\n\n^\n");
        check("ab\ncd\n", Span::new(1, 5), "x:1:2-2: Error: m\nab\n ^\n");
        check("ab", Span::new(90, 95), "x:1:3-3: Error: m\nab\n  ^\n");
    }

    #[test]
    fn other_bytes_keep_their_offset() {
        assert_eq!(text_of(b"a\xff\xc3\xa9\xc3"), "a\u{7f}\u{e9}\u{7f}");
        assert_eq!(text_of(b""), "");
    }
}
