//! What lowering finds wrong, before it becomes a diagnostic.

use nft_core::Span;
use nft_core::schema::nearest;
use std::borrow::Cow;

/// An error at a place of the text. One word, since it is the rare case of everything.
#[derive(Debug)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: Cow<'static, str>,
    span: Span,
    help: Option<String>,
    note: Option<(Span, String)>,
    source: Option<u32>,
    unreadable: bool,
}

/// What lowering gives.
pub(crate) type Lowered<T> = Result<T, Fault>;

impl Fault {
    /// An error with a message: lower case, no full stop.
    pub(crate) fn new(span: Span, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { message: message.into(), span, help: None, note: None, source: None, unreadable: false }))
    }

    /// A word that is none of those that may stand there.
    pub(crate) fn unknown<'c>(span: Span, what: &str, word: &str, known: impl IntoIterator<Item = &'c str>) -> Self {
        Self::new(span, format!("unknown {what} `{word}`")).did_you_mean(word, known).unreadable()
    }

    /// The same with the known word that was probably meant.
    pub(crate) fn did_you_mean<'c>(self, word: &str, known: impl IntoIterator<Item = &'c str>) -> Self {
        match nearest(word, known) {
            Some(meant) if meant != word => self.help(format!("did you mean `{meant}`?")),
            _ => self,
        }
    }

    /// The same, as one that nft finds while it reads: before it asks what anything means.
    pub(crate) fn unreadable(mut self) -> Self {
        self.0.unreadable = true;
        self
    }

    /// Whether it is one of those; what is unexpected is so by the grammar.
    pub(crate) fn is_unreadable(&self) -> bool {
        self.0.unreadable || self.0.message.starts_with("unexpected ")
    }

    /// The same with advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The same, where the place counted from an offset.
    pub(crate) fn shifted(mut self, base: u32) -> Self {
        if self.0.source.is_none() {
            let shift = |span: Span| Span::new(span.start.saturating_add(base), span.end.saturating_add(base));
            self.0.span = shift(self.0.span);
            self.0.note = self.0.note.take().map(|(span, text)| (shift(span), text));
        }
        self
    }

    /// The same, where the place was in a text that stands at an offset of that source.
    pub(crate) fn inside(self, source: u32, base: u32) -> Self {
        let mut shifted = self.shifted(base);
        shifted.0.source.get_or_insert(source);
        shifted
    }

    /// The source that the place is in, if it is not the one that is being read.
    pub(crate) fn source(&self) -> Option<u32> {
        self.0.source
    }

    /// The message.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// Where.
    pub(crate) fn span(&self) -> Span {
        self.0.span
    }

    /// Advice.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// A second place and what stands there.
    pub(crate) fn second(&self) -> Option<(Span, &str)> {
        self.0.note.as_ref().map(|(span, text)| (*span, &**text))
    }
}
