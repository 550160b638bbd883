//! Errors as `nft` shows them: place, message, the line, carets below.

use nft::model::Origin;
use nft::syntax::{Diagnostic, Source};
use nft::{Error, ErrorKind, Span};

/// The text that was given.
pub(crate) struct Text<'t> {
    /// Its name; commands on the command line have none.
    name: Option<&'t str>,
    text: &'t str,
    /// Bytes of the definitions in front of it.
    skipped: usize,
}

impl<'t> Text<'t> {
    pub(crate) const fn new(name: Option<&'t str>, text: &'t str, skipped: usize) -> Self {
        Self { name, text, skipped }
    }

    /// Something that is wrong with the text.
    pub(crate) fn diagnostic(&self, diagnostic: &Diagnostic) {
        if let Some(file) = &diagnostic.file
            && self.name != Some(file)
        {
            // The line stands in an included file.
            match std::fs::read(file) {
                Ok(bytes) => eprint!("{}", Source::new(file, &nft::syntax::text_of(&bytes)).show(diagnostic)),
                Err(_) => eprintln!("{file}: Error: {diagnostic}"),
            }
            return;
        }
        let text = self.text.get(self.skipped..).unwrap_or_default();
        let mut shown = diagnostic.clone();
        let shift = u32::try_from(self.skipped).unwrap_or(u32::MAX);
        shown.span = Span::new(shown.span.start.saturating_sub(shift), shown.span.end.saturating_sub(shift));
        let shown = Source::new(self.name.unwrap_or_default(), text).show(&shown).to_string();
        match self.name {
            Some(_) => eprint!("{shown}"),
            // Without a file the place is in the line below.
            None => eprint!("{}", shown.split_once(": ").map_or(&*shown, |(_, rest)| rest)),
        }
    }

    /// Something that was refused later: by the compiler or the kernel.
    pub(crate) fn error(&self, error: &Error) {
        self.one(error);
        error.others().iter().for_each(|error| self.one(error));
    }

    fn one(&self, error: &Error) {
        let message = match error.kind() {
            ErrorKind::Kernel => {
                let text = error.message();
                let text = text.strip_prefix("could not process rule: ").unwrap_or(text);
                format!("Could not process rule: {text}")
            }
            _ => error.message().to_owned(),
        };
        match error.origin() {
            Origin::Text { source: 0, span } => {
                let end = self.end_of_line(span);
                let mut diagnostic = Diagnostic::error(message, Span::new(span.start, end));
                if error.kind() != ErrorKind::Kernel
                    && let Some(help) = error.help()
                {
                    diagnostic = diagnostic.with_help(help);
                }
                self.diagnostic(&diagnostic);
            }
            _ => eprintln!("Error: {message}"),
        }
    }

    /// A place that goes over several lines is shown by its first.
    fn end_of_line(&self, span: Span) -> u32 {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        let rest = self.text.get(start..).unwrap_or_default();
        let line = rest.find('\n').and_then(|length| u32::try_from(length).ok()).unwrap_or(u32::MAX);
        span.end.min(span.start.saturating_add(line))
    }
}
