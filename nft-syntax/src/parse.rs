//! The reader: one item (head of a block, clause, rule, command) at a time from the remaining text.
//!
//! The grammar says what an item looks like; the reader knows which block it is in and picks the grammar's rule by the first
//! word, so alternatives that fail cost nothing. The tree of the last item is reused for the next: memory does not grow with the
//! text. After an error the reader goes on behind the statement.

mod dispatch;
mod plain;
mod recover;
mod reserved;
mod scan;
mod statement;

use crate::diagnostic::Diagnostic;
use crate::grammar::{Grammar, Rule};
use crate::tree::{Node, Open, SyntaxKind, Tree, expected};
use nft_core::Span;
use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};

/// The mark before the number of a hole of the macro.
pub const HOLE: char = '\u{e000}';

/// The mark behind it.
pub const HOLE_END: char = '\u{e001}';

/// Brackets may stand so deep in each other; no sensible ruleset comes near, and the parser's stack holds it.
const MAX_DEPTH: usize = 48;

/// After so many errors a text is given up.
const MAX_ERRORS: usize = 50;

/// A block in braces, or the top level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Block {
    /// The text itself.
    Top,
    /// `table`.
    Table,
    /// `chain`.
    Chain,
    /// `set`.
    Set,
    /// `map`.
    Map,
    /// `flowtable`.
    Flowtable,
    /// `counter`.
    Counter,
    /// `quota`.
    Quota,
    /// `limit`.
    Limit,
    /// `secmark`.
    Secmark,
    /// `synproxy`.
    Synproxy,
    /// `tunnel`.
    Tunnel,
    /// `vxlan`, `erspan` or `geneve` of a tunnel.
    TunnelOptions,
    /// `ct helper`.
    CtHelper,
    /// `ct timeout`.
    CtTimeout,
    /// `ct expectation`.
    CtExpectation,
}

/// What the reader found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// The head of a block and its opening brace; the tree holds the head (`object_head`, `nested_head`, `tunnel_head`).
    Open(Block),
    /// The closing brace of the block; the tree is empty.
    Close(Block),
    /// A clause, `rule`, `command`, `define`, `undefine` or `include`, held by the tree.
    Item,
}

/// Which texts the reader takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// What a user wrote.
    Text,
    /// What the macro made: marks of holes may stand in it.
    Macro,
}

/// A statement could not be read; the diagnostic is already recorded.
#[derive(Clone, Copy, Debug)]
struct Failed;

/// Reads a text item by item.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    text: &'t str,
    position: usize,
    blocks: Vec<Block>,
    tree: Tree,
    /// Whether trees of items are kept, for a document.
    keep: bool,
    /// Where the tree of the last step begins.
    start: u32,
    /// Whether plain statements are read without the grammar; tests compare both.
    plain: bool,
    /// Whether the next item needs a newline or semicolon before it.
    separate: bool,
    finished: bool,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    /// Reader of a whole text.
    pub(crate) fn new(text: &'t str, mode: Mode) -> Self {
        Self::within(text, Block::Top, mode)
    }

    /// Reader of a text that stands inside a block: an included file, a rule on its own.
    pub(crate) fn within(text: &'t str, block: Block, mode: Mode) -> Self {
        let mut reader = Self {
            text,
            position: 0,
            blocks: vec![block],
            tree: Tree::default(),
            keep: false,
            start: 0,
            plain: true,
            separate: false,
            finished: false,
            diagnostics: Vec::new(),
        };
        if let Err(problem) = scan::check(text, mode) {
            reader.diagnostics.push(problem);
            reader.finished = true;
        }
        reader
    }

    /// Keeps the trees of all items.
    pub(crate) const fn keeping(mut self) -> Self {
        self.keep = true;
        self
    }

    /// The tree, out of the reader.
    pub(crate) fn into_tree(self) -> Tree {
        self.tree
    }

    /// The next item, block head or block end; nothing at the end of the text.
    pub(crate) fn step(&mut self) -> Option<Step> {
        loop {
            if !self.keep {
                self.tree.clear();
            }
            if self.finished || self.diagnostics.len() >= MAX_ERRORS {
                return None;
            }
            let separated = self.skip_separators();
            let block = self.block();
            match self.peek() {
                None => {
                    self.finished = true;
                    if self.blocks.len() > 1 {
                        self.unexpected(self.position, "`}`");
                    } else if self.block() == Block::Top
                        && let Some(at) = scan::open_comment(self.text)
                    {
                        let end = span(at, self.text.len());
                        self.diagnostics.push(Diagnostic::error("unexpected junk: the comment has no end of line", end));
                    }
                    return None;
                }
                Some(b'}') if self.blocks.len() > 1 => {
                    if self.separate && !separated {
                        self.unexpected(self.position, "newline or `;`");
                        self.advise("write `;` before it");
                    }
                    self.position += 1;
                    self.blocks.pop();
                    self.separate = block != Block::TunnelOptions;
                    return Some(Step::Close(block));
                }
                Some(_) if self.separate && !separated => {
                    self.unexpected(self.position, "newline or `;`");
                    self.recover(self.position);
                    continue;
                }
                Some(_) => {}
            }
            let start = self.position;
            let nodes = self.tree.len();
            self.start = offset(nodes);
            self.separate = true;
            match self.item(block) {
                Ok(step) => return Some(step),
                Err(Failed) => {
                    self.tree.truncate(nodes);
                    self.recover(start);
                }
            }
        }
    }

    /// The item of the last step.
    pub(crate) fn node(&self) -> Option<Node<'_>> {
        self.tree.at(self.start, self.text)
    }

    /// The trees that are there: that of the last step, or all.
    pub(crate) const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The text that is read.
    pub(crate) const fn text(&self) -> &'t str {
        self.text
    }

    /// Where the reader stands.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// The block that the next item stands in.
    pub(crate) fn block(&self) -> Block {
        self.blocks.last().copied().unwrap_or(Block::Top)
    }

    /// The errors found so far.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Takes the errors out.
    pub(crate) fn take_diagnostics(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.diagnostics)
    }

    /// Lets the grammar read `rule` here, adds its nodes and moves behind it.
    fn grammar(&mut self, rule: Rule) -> Result<(), Failed> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        match Grammar::parse(rule, rest) {
            Ok(pairs) => {
                let nodes = self.tree.len();
                match append(&mut self.tree, self.text, self.position, pairs) {
                    Ok(end) => {
                        self.position = end;
                        Ok(())
                    }
                    Err(at) => {
                        self.tree.truncate(nodes);
                        self.unexpected(at, "");
                        Err(Failed)
                    }
                }
            }
            Err(error) => {
                let offset = match error.location {
                    InputLocation::Pos(at) => at,
                    InputLocation::Span((at, _)) => at,
                };
                let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
                    self.unexpected(self.position + offset, "");
                    return Err(Failed);
                };
                let mut words: Vec<&str> = Vec::new();
                for word in positives.iter().map(|rule| expected(*rule)).filter(|word| !word.is_empty()) {
                    if !words.contains(&word) {
                        words.push(word);
                    }
                }
                if words.iter().any(|word| !word.starts_with('`')) {
                    // Operators could nearly always follow too; the operand is what is missing.
                    words.retain(|word| !word.starts_with('`'));
                }
                let last = words.pop().unwrap_or_default();
                let list = if words.is_empty() { last.to_owned() } else { format!("{} or {last}", words.join(", ")) };
                self.unexpected(self.position + offset, &list);
                Err(Failed)
            }
        }
    }

    /// Records that the token at `at` cannot stand there.
    fn unexpected(&mut self, at: usize, expected: &str) {
        let at = at + scan::blanks(self.text.get(at..).unwrap_or_default());
        let (end, token) = scan::token(self.text, at);
        let mut message = format!("unexpected {token}");
        if !expected.is_empty() {
            message.push_str(", expected ");
            message.push_str(expected);
        }
        self.diagnostics.push(Diagnostic::error(message, span(at, end)));
    }

    /// Adds advice to the last finding.
    fn advise(&mut self, help: &str) {
        if let Some(last) = self.diagnostics.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    fn open(&mut self, kind: SyntaxKind) -> Open {
        self.tree.open(kind, offset(self.position))
    }

    fn close(&mut self, open: Open) {
        self.tree.close(open, offset(self.position));
    }

    /// The first byte of what remains.
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// The first word of what remains; empty if a sign stands there.
    fn word(&self) -> &'t str {
        scan::word(self.text, self.position)
    }

    /// The word behind the first, on the same line.
    fn second_word(&self) -> &'t str {
        let after = self.position + self.word().len();
        let rest = self.text.get(after..).unwrap_or_default();
        scan::word(self.text, after + scan::blanks(rest))
    }

    /// Moves over blanks and comments of the statement.
    fn skip_blanks(&mut self) {
        self.position += scan::blanks(self.text.get(self.position..).unwrap_or_default());
    }

    /// Moves over blanks, comments, newlines and semicolons; whether one of the latter two was among them.
    fn skip_separators(&mut self) -> bool {
        let mut separated = false;
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\n' | b';') => {
                    self.position += 1;
                    separated = true;
                }
                _ => return separated,
            }
        }
    }
}

/// The tree of one grammar rule that stands somewhere in a text, for places whose text is kept as one token.
pub(crate) fn fragment(rule: Fragment, text: &str, at: usize, tree: &mut Tree) -> Result<usize, Diagnostic> {
    let mut reader = Reader {
        text,
        position: at,
        blocks: vec![Block::Top],
        tree: std::mem::take(tree),
        keep: false,
        start: 0,
        plain: true,
        separate: false,
        finished: false,
        diagnostics: Vec::new(),
    };
    reader.tree.clear();
    let result = reader.grammar(match rule {
        Fragment::Element => Rule::element,
        Fragment::Set => Rule::set,
        Fragment::Define => Rule::define,
    });
    *tree = std::mem::take(&mut reader.tree);
    match result {
        Ok(()) => Ok(reader.position),
        Err(Failed) => Err(reader.diagnostics.pop().unwrap_or_else(|| Diagnostic::error("unreadable", span(at, at)))),
    }
}

/// What `fragment` reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fragment {
    /// One `element` of a list.
    Element,
    /// A whole `set` in braces.
    Set,
    /// A definition: `define x = …`.
    Define,
}

/// Adds what pest found to the tree; the offset behind it, or that of a word that may not stand in its place.
fn append(tree: &mut Tree, text: &str, base: usize, pairs: pest::iterators::Pairs<'_, Rule>) -> Result<usize, usize> {
    let mut open: smallvec::SmallVec<[Option<(Open, SyntaxKind, usize)>; 24]> = smallvec::SmallVec::new();
    let mut end = base;
    for token in pairs.tokens() {
        match token {
            pest::Token::Start { rule, pos } => {
                let at = base + pos.pos();
                open.push(SyntaxKind::of(rule).map(|kind| (tree.open(kind, offset(at)), kind, at)));
            }
            pest::Token::End { pos, .. } => {
                end = base + pos.pos();
                let Some(Some((node, kind, start))) = open.pop() else { continue };
                let word = text.get(start..end).unwrap_or_default();
                match kind {
                    SyntaxKind::Name if word != "last" && reserved::is_reserved(word) => return Err(start),
                    SyntaxKind::Literal
                        if word.as_bytes().first().is_some_and(u8::is_ascii_lowercase) && !reserved::is_value(word) =>
                    {
                        return Err(start);
                    }
                    _ => {}
                }
                tree.close(node, offset(end));
            }
        }
    }
    Ok(end)
}

/// Length of the token, or of the blanks and comments, that `text` begins with.
pub(crate) fn token_length(text: &str) -> usize {
    match scan::blanks(text) {
        0 => scan::token(text, 0).0.max(1),
        blanks => blanks,
    }
}

fn offset(at: usize) -> u32 {
    // Texts of more than 4 GiB are refused before they are read.
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn span(start: usize, end: usize) -> Span {
    Span::new(offset(start), offset(end))
}

#[cfg(test)]
mod tests;
