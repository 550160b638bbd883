//! The canonical printer: values to text, exactly as `nft list ruleset` writes them.
//!
//! Everything goes straight to the writer, element by element: nothing is collected, so a set of a million elements needs no
//! more memory than one of ten. What it prints is what the model says; the form that nft would list is that of a normalized
//! model ([`delinearize`](https://docs.rs/nft-core) makes one).
//!
//! ```
//! use nft_core::model::{Chain, Rule, Ruleset, Stmt, Table, Verdict};
//! use nft_core::name::{ChainName, TableName};
//! use nft_core::schema::Family;
//! use nft_syntax::print::{self, Options};
//!
//! let mut chain = Chain::new(ChainName::new("input").unwrap());
//! chain.rules.push(Rule::new(vec![Stmt::Verdict(Verdict::Accept)]));
//! let mut table = Table::new(Family::Inet, TableName::new("app").unwrap());
//! table.chains.push(chain);
//! let mut text = String::new();
//! print::table(&mut text, &table, &Options::default()).unwrap();
//! assert_eq!(text, "table inet app {\n\tchain input {\n\t\taccept\n\t}\n}\n");
//! ```

mod chain;
mod elements;
mod expr;
mod object;
mod patch;
mod set;
mod stmt;

pub use patch::patch;

use std::fmt::{self, Write};

use nft_core::Environment;
use nft_core::model::{Chain, Elements, Expr, Flowtable, Object, Rule, Ruleset, Set, Stmt, Table, UnreadableTable};
use nft_core::schema::Family;
use nft_core::schema::datatype::Style;
use nft_core::schema::words::TABLE_FLAGS;

/// How to print: the options of `nft list`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Options<'e> {
    /// `-a`: with the kernel's handles, as comments.
    pub handles: bool,
    /// `-s`: without counters and other state.
    pub stateless: bool,
    /// `-t`: without the elements of named sets.
    pub terse: bool,
    /// `-y`: priorities of chains as numbers.
    pub numeric_priority: bool,
    /// How values are written: `-n`, `-p`, `-T`, `-S`, `-u`.
    pub style: Style<'e>,
}

/// What the parts of the printer need to know.
#[derive(Clone, Copy)]
struct Context<'a> {
    options: &'a Options<'a>,
    family: Family,
    /// How many tabs stand before a line.
    depth: usize,
    /// Whether state is left out: because of the options, or in the declaration of a set.
    stateless: bool,
}

impl<'e> Options<'e> {
    /// What `nft list` does without options, with the names of that machine.
    #[must_use]
    pub const fn new(environment: &'e dyn Environment) -> Self {
        Self { handles: false, stateless: false, terse: false, numeric_priority: false, style: Style::new(environment) }
    }

    /// The same without counters and other state.
    #[must_use]
    pub const fn stateless(self) -> Self {
        Self { stateless: true, ..self }
    }

    /// The same with handles.
    #[must_use]
    pub const fn with_handles(self) -> Self {
        Self { handles: true, ..self }
    }

    /// How the ends of ranges are printed: as numbers.
    const fn in_range(&self) -> Self {
        Self { style: self.style.numbers(), ..*self }
    }

    const fn within(&self, family: Family, depth: usize) -> Context<'_> {
        Context { options: self, family, depth, stateless: self.stateless }
    }
}

impl Context<'_> {
    const fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    const fn without_state(self) -> Self {
        Self { stateless: true, ..self }
    }

    fn indent(self, out: &mut impl Write) -> fmt::Result {
        (0..self.depth).try_for_each(|_| out.write_char('\t'))
    }

    /// Ends the line that opens a block, with the handle if there is one to show.
    fn open(self, out: &mut impl Write, handle: Option<u64>) -> fmt::Result {
        out.write_str(" {")?;
        self.handle(out, handle)?;
        out.write_char('\n')
    }

    fn handle(self, out: &mut impl Write, handle: Option<u64>) -> fmt::Result {
        match handle {
            Some(handle) if self.options.handles => write!(out, " # handle {handle}"),
            Some(_) | None => Ok(()),
        }
    }

    fn comment_line(self, out: &mut impl Write, comment: Option<&str>) -> fmt::Result {
        let Some(comment) = comment else { return Ok(()) };
        self.indent(out)?;
        writeln!(out, "comment \"{comment}\"")
    }
}

/// Prints a ruleset: `nft list ruleset`.
///
/// # Errors
///
/// If the writer fails, as for all functions here.
pub fn ruleset(out: &mut impl Write, ruleset: &Ruleset, options: &Options<'_>) -> fmt::Result {
    ruleset.tables.iter().try_for_each(|item| table(out, item, options))?;
    let unreadable = |table: &UnreadableTable| {
        writeln!(out, "# table {} of the unknown family {}: its content cannot be read", table.name, table.family)
    };
    ruleset.unreadable.iter().try_for_each(unreadable)
}

/// The text of a ruleset, as `nft list ruleset` without options prints it.
#[must_use]
pub fn to_string(ruleset: &Ruleset) -> String {
    let mut text = String::new();
    // A string takes everything. What the language cannot say is an error of the printer, and ends the text.
    match self::ruleset(&mut text, ruleset, &Options::default()) {
        Ok(()) | Err(fmt::Error) => text,
    }
}

/// The ruleset as something to display, printed with these options.
///
/// ```
/// use nft_core::NoEnvironment;
/// use nft_core::model::Ruleset;
/// use nft_syntax::print::{Options, display};
///
/// assert_eq!(display(&Ruleset::new(), Options::new(&NoEnvironment)).to_string(), "");
/// ```
pub fn display<'a>(ruleset: &'a Ruleset, options: Options<'a>) -> impl fmt::Display + 'a {
    struct Shown<'a>(&'a Ruleset, Options<'a>);

    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            crate::print::ruleset(f, self.0, &self.1)
        }
    }

    Shown(ruleset, options)
}

/// Prints a table with all that it holds: `nft list table`.
///
/// # Errors
///
/// If the writer fails.
pub fn table(out: &mut impl Write, table: &Table, options: &Options<'_>) -> fmt::Result {
    let cx = options.within(table.family, 1);
    write!(out, "table {} {}", table.family.name(), table.name)?;
    cx.open(out, table.handle)?;
    let flags = table.flags.bits();
    if flags != 0 {
        out.write_str("\tflags ")?;
        list(out, TABLE_FLAGS.flags(flags))?;
        out.write_char('\n')?;
    }
    cx.comment_line(out, table.comment.as_deref())?;
    // A blank line between items, and behind flags.
    let mut blank = flags != 0;
    let mut separate = |out: &mut _| -> fmt::Result { if std::mem::replace(&mut blank, true) { newline(out) } else { Ok(()) } };
    for object in &table.objects {
        separate(out)?;
        object::object(out, object, cx)?;
    }
    for set in &table.sets {
        separate(out)?;
        set::set(out, set, cx)?;
    }
    for flowtable in &table.flowtables {
        separate(out)?;
        object::flowtable(out, flowtable, cx)?;
    }
    for chain in &table.chains {
        separate(out)?;
        chain::chain(out, chain, cx)?;
    }
    out.write_str("}\n")
}

/// Prints a chain, indented as in its table: `nft list chain` without the table around it.
///
/// # Errors
///
/// If the writer fails.
pub fn chain(out: &mut impl Write, chain: &Chain, family: Family, options: &Options<'_>) -> fmt::Result {
    chain::chain(out, chain, options.within(family, 1))
}

/// Prints a set, map or verdict map, indented as in its table.
///
/// # Errors
///
/// If the writer fails.
pub fn set(out: &mut impl Write, set: &Set, family: Family, options: &Options<'_>) -> fmt::Result {
    set::set(out, set, options.within(family, 1))
}

/// Prints an object, indented as in its table.
///
/// # Errors
///
/// If the writer fails.
pub fn object(out: &mut impl Write, object: &Object, family: Family, options: &Options<'_>) -> fmt::Result {
    object::object(out, object, options.within(family, 1))
}

/// Prints a flowtable, indented as in its table.
///
/// # Errors
///
/// If the writer fails.
pub fn flowtable(out: &mut impl Write, flowtable: &Flowtable, family: Family, options: &Options<'_>) -> fmt::Result {
    object::flowtable(out, flowtable, options.within(family, 1))
}

/// Prints a rule: one line without indent and line end, more if it has anonymous chains.
///
/// # Errors
///
/// If the writer fails.
pub fn rule(out: &mut impl Write, rule: &Rule, family: Family, options: &Options<'_>) -> fmt::Result {
    chain::rule(out, rule, options.within(family, 0))
}

/// Prints a statement.
///
/// # Errors
///
/// If the writer fails.
pub fn stmt(out: &mut impl Write, stmt: &Stmt, family: Family, options: &Options<'_>) -> fmt::Result {
    stmt::stmt(out, stmt, options.within(family, 0))
}

/// Prints an expression.
///
/// # Errors
///
/// If the writer fails.
pub fn expr(out: &mut impl Write, expr: &Expr, family: Family, options: &Options<'_>) -> fmt::Result {
    expr::expr(out, expr, options.within(family, 0))
}

/// Prints elements of a set as they stand in its declaration, braces included: `{ 1.1.1.1, 2.2.2.2 }`.
///
/// # Errors
///
/// If the writer fails.
pub fn elements(out: &mut impl Write, set: &Set, elements: &Elements, family: Family, options: &Options<'_>) -> fmt::Result {
    elements::elements(out, set, elements, options.within(family, 0))
}

/// Prints words with commas between them.
fn list<'w>(out: &mut impl Write, words: impl Iterator<Item = &'w str>) -> fmt::Result {
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        out.write_str(word)?;
    }
    Ok(())
}

fn newline(out: &mut impl Write) -> fmt::Result {
    out.write_char('\n')
}

#[cfg(test)]
mod tests;
