//! What is wrong with a text, where, and what would help.

use nft_core::Span;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Severity {
    /// The text is refused.
    Error,
    /// The text is taken, but probably not meant so.
    Warning,
}

/// One finding in a text. `Display` is the message and the help, without the place.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in nft's words; lower case, no full stop.
    pub message: String,
    /// Which text it is about: its number in the [`Sources`](crate::Sources); 0 is the one that was given.
    pub source: u32,
    /// Where in it.
    pub span: Span,
    /// Other places of that text that explain it.
    pub labels: Vec<(Span, String)>,
    /// What would help.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Error, message: message.into(), source: 0, span, labels: Vec::new(), help: None }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message, span) }
    }

    /// Adds what would help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a place that explains the finding.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}
