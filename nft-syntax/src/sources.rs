//! The texts of one load: the one that was given, and the files that it includes.

use std::fmt;

use nft_core::model::{Command, Origin};
use nft_core::{Declarations, Span};

use crate::include::Files;
use crate::{Diagnostic, Error, Shown, Source, lower};

/// A text, what it is called, and where it was included.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The number of the source that includes it, and where in it.
    pub(crate) included: Option<(u32, Span)>,
}

impl Loaded {
    fn given(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), included: None }
    }
}

/// The texts of one load, by number: 0 is the text that was given, the others follow as they are included.
///
/// They are kept beside the commands by those who want to show what is refused later, by the compiler or the kernel, in its line.
///
/// # Examples
///
/// ```
/// use nft_core::NoDeclarations;
/// use nft_syntax::{MemoryFiles, Sources};
///
/// let mut files = MemoryFiles::new().with("./ports.nft", "define web = 80\ndefine web = 443\n");
/// let mut sources = Sources::new("main.nft", "include \"./ports.nft\"\n");
/// let error = sources.load(&mut files, &NoDeclarations).unwrap_err();
/// let shown = error.to_string();
/// assert!(shown.starts_with("In file included from main.nft:1:1-22:\n./ports.nft:2:8-10: Error: "), "{shown}");
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sources {
    list: Vec<Loaded>,
    /// Whether the second is read before the first.
    has_definitions: bool,
}

impl Sources {
    /// A text and what to call it; see [`Source`].
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { list: vec![Loaded::given(name, text)], has_definitions: false }
    }

    /// The same with a text that is read before: definitions of the command line, for example.
    #[must_use]
    pub fn with_definitions(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.list.truncate(1);
        self.list.push(Loaded::given(name, text));
        self.has_definitions = true;
        self
    }

    /// The commands of the text, with the files that it includes; these are sources from then on.
    ///
    /// `declarations` are asked for the types of sets that the text refers to and does not declare.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text.
    pub fn load(&mut self, files: &mut dyn Files, declarations: &dyn Declarations) -> Result<Vec<Command>, Error> {
        self.list.truncate(1 + usize::from(self.has_definitions));
        let texts: Vec<&str> = self.list.iter().map(|loaded| &*loaded.text).collect();
        let (result, included) = lower::commands(&texts, files, declarations);
        self.list.extend(included);
        result.map_err(|findings| self.clone().error(findings))
    }

    /// The source of that number.
    #[must_use]
    pub fn source(&self, number: u32) -> Option<Source<'_>> {
        self.loaded(number).map(|loaded| Source::new(&loaded.name, &loaded.text))
    }

    /// The same with the files that were included.
    pub(crate) fn and(mut self, included: Vec<Loaded>) -> Self {
        self.list.extend(included);
        self
    }

    /// What is wrong with these texts, in one error.
    pub(crate) fn error(self, findings: lower::Findings) -> Error {
        let lower::Findings { mut diagnostics, refused } = findings;
        diagnostics.extend(refused.iter().filter_map(|error| self.located(error)));
        Error::new(diagnostics, self)
    }

    fn loaded(&self, number: u32) -> Option<&Loaded> {
        self.list.get(usize::try_from(number).ok()?)
    }

    /// The finding as nft shows one: in front, where the file was included; place and message, the line, carets below.
    #[must_use]
    pub fn show<'d>(&'d self, diagnostic: &'d Diagnostic) -> Shown<'d> {
        self.source(diagnostic.source).unwrap_or_default().show(diagnostic).within(self)
    }

    /// Where the source of that number was included, and where that one was, the innermost first: each as `name:line:columns`.
    pub(crate) fn inclusions(&self, number: u32) -> impl Iterator<Item = String> {
        let mut included = self.loaded(number).and_then(|loaded| loaded.included);
        std::iter::from_fn(move || {
            let (outer, span) = included.take()?;
            let loaded = self.loaded(outer)?;
            // A file is included by one that was there before.
            included = loaded.included.filter(|(next, _)| *next < outer);
            let source = Source::new(&loaded.name, &loaded.text);
            let ((line, first), (_, behind)) = (source.position(span.start), source.position(span.end));
            // nft counts what ends the line.
            let blanks = loaded.text.get(span.end as usize..).unwrap_or_default();
            let blanks = blanks.chars().take_while(|sign| matches!(sign, ' ' | '\t')).count();
            Some(format!("{}:{line}:{first}-{}", loaded.name, behind + blanks))
        })
    }

    /// What the compiler or the kernel refused, and where in these texts that was written: the error and those it came with.
    ///
    /// One that came from elsewhere is at no place: its span is empty, and its message says which thing it is about.
    ///
    /// ```
    /// use nft_core::model::Origin;
    /// use nft_core::{Error, ErrorKind, Span};
    /// use nft_syntax::Sources;
    ///
    /// let sources = Sources::new("main.nft", "add table ip t\nadd chain ip t c\n");
    /// let origin = Origin::Text { source: 0, span: Span::new(15, 31) };
    /// let error = Error::new(ErrorKind::Kernel, "no such file or directory").with_origin(origin);
    /// assert_eq!(sources.show_error(&error).to_string(), "\
    /// main.nft:2:1-16: Error: no such file or directory
    /// add chain ip t c
    /// ^^^^^^^^^^^^^^^^
    /// ");
    /// ```
    #[must_use]
    pub const fn show_error<'e>(&'e self, error: &'e nft_core::Error) -> ShownError<'e> {
        ShownError { sources: self, error }
    }

    /// The place of an error in these texts, and its message.
    fn located(&self, error: &nft_core::Error) -> Option<Diagnostic> {
        let Origin::Text { source, .. } = error.origin() else { return None };
        let text = self.source(source)?.text();
        let span = lower::locate(text, error.origin(), error.path())?;
        // A thing that goes over several lines is shown by its first.
        let first = text.get(span.start as usize..).and_then(|text| text.lines().next()).unwrap_or_default();
        let end = span.start.saturating_add(u32::try_from(first.len()).unwrap_or(u32::MAX));
        let mut diagnostic = Diagnostic::error(error.message(), Span::new(span.start, span.end.min(end)));
        diagnostic.source = source;
        diagnostic.help = error.help().map(str::to_owned);
        Some(diagnostic)
    }
}

/// An error of the compiler or the kernel, with the lines that it is about.
#[derive(Clone, Copy, Debug)]
pub struct ShownError<'e> {
    sources: &'e Sources,
    error: &'e nft_core::Error,
}

impl fmt::Display for ShownError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::iter::once(self.error).chain(self.error.others()).try_for_each(|error| match self.sources.located(error) {
            Some(diagnostic) => self.sources.show(&diagnostic).fmt(f),
            None => writeln!(f, "Error: {error}"),
        })
    }
}

#[cfg(test)]
mod tests;
