//! The crate's error: everything that is wrong with a text, and the text itself.

use std::fmt;

use nft_core::ErrorKind;

use crate::{Diagnostic, Sources};

/// A text was refused: what is wrong with it, and the text, to show it.
///
/// `Display` (and `Debug`, so that a `main` that returns it is readable) is what `nft` prints: each finding with its place, the line
/// and carets. It converts into [`nft_core::Error`], so that one error type serves a whole program.
///
/// # Examples
///
/// ```
/// let error = nft_syntax::lower::ruleset("table ip t {\n\tchain c {\n\t\ttcp dprot 22\n\t}\n}\n").unwrap_err();
/// assert_eq!(error.to_string(), "\
/// <text>:3:7-11: Error: `tcp` has no field `dprot`; did you mean `dport`?
/// \t\ttcp dprot 22
/// \t\t    ^^^^^
/// ");
/// assert_eq!(error.diagnostics().len(), 1);
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Eq, PartialEq)]
struct Inner {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl Error {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>, sources: Sources) -> Self {
        Self(Box::new(Inner { diagnostics, sources }))
    }

    /// What is wrong, in the order in which it was found.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }

    /// The texts that it is about.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.0.sources
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostics().iter().try_for_each(|diagnostic| self.sources().show(diagnostic).fmt(f))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl From<Error> for nft_core::Error {
    /// The message is the text of all findings.
    fn from(error: Error) -> Self {
        let origin = error.diagnostics().first().map(|first| crate::lower::origin(first.source, first.span));
        Self::new(ErrorKind::Source, error.to_string().trim_end()).with_origin(origin.unwrap_or_default())
    }
}
