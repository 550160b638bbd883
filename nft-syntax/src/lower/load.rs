//! Entries: files, single rules.

use nft_core::model::{Command, Rule};
use nft_core::schema::Family;
use nft_core::{Declarations, Span};

use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::rest;
use crate::include::{self, Files};
use crate::parse::{Block, Mode, Reader, Step};
use crate::source::text_of;
use crate::sources::Loaded;
use crate::tree::{Node, SyntaxKind as K};
use crate::{Diagnostic, Error, Sources};

/// After so many errors nobody reads on.
const MAX_ERRORS: usize = 50;

/// The commands of a text that is called `name`, with the files that it includes.
///
/// `declarations` are asked for the types of sets that the text refers to and does not declare.
///
/// # Errors
///
/// Everything that is wrong with the text.
pub fn load(text: &str, name: &str, files: &mut dyn Files, declarations: &dyn Declarations) -> Result<Vec<Command>, Error> {
    let (result, included) = commands(&[text], files, declarations);
    result.map_err(|findings| Sources::new(name, text).and(included).error(findings))
}

/// What is wrong with a text.
pub(crate) struct Findings {
    /// What could not be read.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What the compiler refuses in the rest.
    pub(crate) refused: Vec<nft_core::Error>,
}

/// The commands of the first of the texts, with the definitions of the second; and the files that were included.
pub(crate) fn commands(
    texts: &[&str],
    files: &mut dyn Files,
    declarations: &dyn Declarations,
) -> (Result<Vec<Command>, Findings>, Vec<Loaded>) {
    let mut lower = Lower::new(texts, declarations);
    let mut commands = Vec::new();
    for (source, text) in texts.iter().enumerate().rev() {
        lower.source = u32::try_from(source).unwrap_or(u32::MAX);
        lower.top(&mut Reader::new(text, Mode::Text), files, &mut commands);
    }
    lower.mark_dynamic(&mut commands);
    let included = lower.sources.split_off(texts.len().min(lower.sources.len()));
    if lower.diagnostics.is_empty() {
        return (Ok(commands), included);
    }
    (Err(lower.findings(&commands)), included)
}

/// A single rule, as it stands in a chain of that table.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn rule(text: &str, family: Family, table: &str, declarations: &dyn Declarations) -> Result<Rule, Error> {
    let mut lower = Lower::new(&[text], declarations);
    lower.enter_table(family, table);
    let mut reader = Reader::within(text, Block::Chain, Mode::Text);
    let mut found = None;
    while let Some(step) = lower.step(&mut reader) {
        let Some(node) = reader.node().filter(|_| step == Step::Item) else { continue };
        match node.kind() {
            K::Rule if found.is_none() => found = Some(lower.rule(node)),
            K::Rule => lower.report(Fault::new(node.span(), "a second rule: only one is expected")),
            _ => lower.report(Fault::new(node.span(), "a rule is expected")),
        }
    }
    if found.is_none() && lower.diagnostics.is_empty() {
        lower.report(Fault::new(Span::default(), "a rule is expected"));
    }
    lower.finish(found.flatten().unwrap_or_default()).map_err(|diagnostics| Error::new(diagnostics, Sources::new("", text)))
}

impl Lower<'_> {
    /// What is wrong with the text: what could not be read, and what the compiler refuses in the rest of the commands.
    pub(super) fn findings(self, rest: &[Command]) -> Findings {
        let mut refused = rest::refused(rest, &self.declared);
        refused.truncate(MAX_ERRORS.saturating_sub(self.diagnostics.len()));
        Findings { diagnostics: self.in_order(), refused }
    }

    /// The result, if nothing was wrong.
    pub(super) fn finish<T>(self, result: T) -> Result<T, Vec<Diagnostic>> {
        if self.diagnostics.is_empty() {
            return Ok(result);
        }
        Err(self.in_order())
    }

    /// What is wrong: what cannot be read before what means nothing, as with nft, which only then asks for meanings.
    fn in_order(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics;
        diagnostics.sort_by_key(|found| !self.unreadable.contains(&(found.source, found.span)));
        diagnostics
    }

    /// The next item; what the reader found wrong before it is kept.
    pub(super) fn step(&mut self, reader: &mut Reader<'_>) -> Option<Step> {
        if self.diagnostics.len() >= MAX_ERRORS {
            return None;
        }
        let step = reader.step();
        if !reader.diagnostics().is_empty() {
            for diagnostic in reader.take_diagnostics() {
                self.unreadable.push((self.source, diagnostic.span));
                self.record(diagnostic, self.source);
            }
        }
        step
    }

    /// `define`, `undefine`: whether the item was one of them.
    pub(super) fn names(&mut self, node: Node<'_>) -> bool {
        let result = match node.kind() {
            K::Define => self.define(node),
            K::Undefine => self.undefine(node),
            _ => return false,
        };
        self.keep(result.map_err(Fault::unreadable));
        true
    }

    /// The path of an `include`, and the place of the whole.
    pub(super) fn include_path(&mut self, node: Node<'_>) -> Option<(String, Span)> {
        let path = expr::child(node, K::String).map(|path| expr::literal_text(path).to_owned());
        Some((self.keep(path)?, node.span()))
    }

    /// Runs with a reader of each included file.
    pub(super) fn include(
        &mut self,
        (path, span): (String, Span),
        block: Block,
        files: &mut dyn Files,
        run: &mut dyn FnMut(&mut Self, &mut Reader<'_>, &mut dyn Files),
    ) {
        let result = self.include_all(&path, span, block, files, run);
        self.keep(result.map_err(Fault::unreadable));
    }

    fn include_all(
        &mut self,
        path: &str,
        span: Span,
        block: Block,
        files: &mut dyn Files,
        run: &mut dyn FnMut(&mut Self, &mut Reader<'_>, &mut dyn Files),
    ) -> Lowered<()> {
        if self.include_depth >= include::MAX_DEPTH {
            return Err(Fault::new(span, format!("include nested too deeply, max {} levels", include::MAX_DEPTH)));
        }
        let Some(found) = include::find(files, path) else {
            return Err(Fault::new(span, format!("file not found: {path}")));
        };
        for file in found {
            if files.kind(&file) == Some(include::FileKind::Other) {
                return Err(Fault::new(span, format!("not a regular file: \"{file}\"")));
            }
            let content = files.read(&file).map_err(|error| Fault::new(span, format!("cannot read {file}: {error}")))?;
            self.bytes = self.bytes.saturating_add(content.len());
            if self.bytes > include::MAX_BYTES {
                return Err(Fault::new(span, "the included files are too large"));
            }
            let text = String::from_utf8(content).unwrap_or_else(|error| text_of(error.as_bytes()).into_owned());
            let outer = self.source;
            self.source = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
            self.sources.push(Loaded { name: file, text: String::new(), included: Some((outer, span)) });
            self.include_depth += 1;
            run(self, &mut Reader::within(&text, block, Mode::Text), files);
            self.include_depth -= 1;
            if let Some(source) = self.sources.get_mut(self.source as usize) {
                source.text = text;
            }
            self.source = outer;
        }
        Ok(())
    }
}
