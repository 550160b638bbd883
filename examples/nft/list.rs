//! Listings.

use std::fmt;
use std::io::{self, Write};

use nft::model::{Chain, Command, ListTarget, Ruleset, Scope, Table};
use nft::name::TableName;
use nft::netlink::{Filter, Nfnl};
use nft::schema::Family;
use nft::syntax::print;
use nft::wire::bytes_of_text;
use nft::{Error, ErrorKind, Part};

use crate::monitor;
use crate::options::Options;

/// Whether a command only lists.
pub(crate) const fn is_listing(command: &Command) -> bool {
    matches!(command, Command::List(_) | Command::Reset(_) | Command::GetElement(..) | Command::Other(_))
}

/// Text on its way to the standard output, in pieces of 64 KiB.
struct Output {
    text: String,
    failed: Option<io::Error>,
}

/// When so many bytes are there they are written.
const PIECE: usize = 65_536;

impl Output {
    const fn new() -> Self {
        Self { text: String::new(), failed: None }
    }

    fn flush(&mut self) {
        let written = io::stdout().lock().write_all(&bytes_of_text(&self.text));
        self.failed = self.failed.take().or_else(|| written.err());
        self.text.clear();
    }

    fn finish(mut self) -> Result<(), Error> {
        self.flush();
        match self.failed {
            Some(error) => Err(Error::new(ErrorKind::System, error.to_string()).with_source(error)),
            None => Ok(()),
        }
    }
}

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        if self.text.len() >= PIECE {
            self.flush();
        }
        if self.failed.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Runs a command that lists.
pub(crate) fn list(nfnl: &mut Nfnl, command: &Command, options: &Options) -> Result<(), Error> {
    match command {
        Command::List(target) => show(nfnl, target, options),
        Command::Reset(target) => {
            let before = nfnl.reset(target)?;
            let mut out = Output::new();
            // What cannot be written is in `Output`.
            let _ = match target {
                ListTarget::Objects(..) => {
                    let printing = printing(nfnl, options);
                    before.tables.iter().try_for_each(|table| together(&mut out, table, &printing))
                }
                _ => print::ruleset(&mut out, &before, &printing(nfnl, options)),
            };
            out.finish()
        }
        Command::GetElement(scope, name, keys) => {
            let mut table = Table::new(scope.family, scope.table.clone());
            table.sets.push(nfnl.get_elements(scope, name, keys)?);
            let mut ruleset = Ruleset::new();
            ruleset.tables.push(table);
            let mut out = Output::new();
            // What cannot be written is in `Output`.
            let _ = print::ruleset(&mut out, &ruleset, &printing(nfnl, options));
            out.finish()
        }
        Command::Other(words) => match words.trim().strip_prefix("monitor") {
            Some(words) => monitor::run(nfnl, words, options),
            None => Err(unsupported("this command")),
        },
        _ => Err(unsupported("this command")),
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what} is not supported"))
}

fn show(nfnl: &mut Nfnl, target: &ListTarget, options: &Options) -> Result<(), Error> {
    let mut filter = filter_of(target);
    filter.terse |= options.terse;
    let ruleset = nfnl.pull_some(&filter)?;
    let printing = printing(nfnl, options);
    let mut out = Output::new();
    // What cannot be written is in `Output`.
    let _ = match target {
        ListTarget::Ruleset(_) => print::ruleset(&mut out, &ruleset, &printing),
        ListTarget::Tables(_) => tables(&mut out, &ruleset),
        ListTarget::Chains(..)
        | ListTarget::Sets(..)
        | ListTarget::Maps(..)
        | ListTarget::Meters(..)
        | ListTarget::Objects(..)
        | ListTarget::Flowtables(..) => {
            let shown = select(ruleset, target)?;
            shown.tables.iter().try_for_each(|table| together(&mut out, table, &printing))
        }
        _ => {
            let shown = select(ruleset, target)?;
            print::ruleset(&mut out, &shown, &printing)
        }
    };
    out.finish()
}

pub(crate) fn printing<'n>(nfnl: &'n Nfnl, options: &Options) -> print::Options<'n> {
    let mut printing = print::Options::new(nfnl.environment());
    printing.handles = options.handles;
    printing.stateless = options.stateless;
    printing.terse = options.terse;
    printing.numeric_priority = options.numeric_priority || options.numeric;
    printing.style.numeric_protocol = options.numeric_protocol || options.numeric;
    printing.style.numeric_time = options.numeric_time || options.numeric;
    printing.style.numeric = options.numeric;
    printing.style.services = options.service;
    printing.style.users = options.guid;
    printing
}

/// What has to be pulled.
fn filter_of(target: &ListTarget) -> Filter {
    let some = |family: &Option<Family>, table: &Option<TableName>| {
        let mut filter = Filter::all();
        filter.family = *family;
        filter.table.clone_from(table);
        filter
    };
    let one = |scope: &Scope| Filter::table(scope.family, scope.table.clone());
    match target {
        ListTarget::Ruleset(family) => some(family, &None),
        ListTarget::Tables(family) => some(family, &None).terse().without_rules(),
        ListTarget::Table(scope) => one(scope),
        ListTarget::Chain(scope, _) => one(scope).terse(),
        ListTarget::Chains(family, table) | ListTarget::Flowtables(family, table) | ListTarget::Objects(_, family, table) => {
            some(family, table).terse().without_rules()
        }
        ListTarget::Sets(family, table) | ListTarget::Maps(family, table) | ListTarget::Meters(family, table) => {
            some(family, table).without_rules()
        }
        ListTarget::Set(scope, _) => one(scope).without_rules(),
        ListTarget::Flowtable(scope, _) | ListTarget::Object(scope, ..) => one(scope).terse().without_rules(),
        _ => Filter::all(),
    }
}

/// Names alone: nft shows no handles here.
fn tables(out: &mut Output, ruleset: &Ruleset) -> fmt::Result {
    use std::fmt::Write as _;
    ruleset.tables.iter().try_for_each(|table| writeln!(out, "table {} {}", table.family.name(), &*table.name))
}

/// A table with things of one kind, without blank lines between them.
fn together(out: &mut Output, table: &Table, printing: &print::Options<'_>) -> fmt::Result {
    use std::fmt::Write as _;
    writeln!(out, "table {} {} {{", table.family.name(), &*table.name)?;
    let family = table.family;
    table.objects.iter().try_for_each(|object| print::object(out, object, family, printing))?;
    table.sets.iter().try_for_each(|set| print::set(out, set, family, printing))?;
    table.flowtables.iter().try_for_each(|flowtable| print::flowtable(out, flowtable, family, printing))?;
    table.chains.iter().try_for_each(|chain| print::chain(out, chain, family, printing))?;
    writeln!(out, "}}")
}

/// The tables with only what is asked for in them; without their own comment, flags and handle.
fn select(ruleset: Ruleset, target: &ListTarget) -> Result<Ruleset, Error> {
    let missing = |scope: &Scope, part| {
        let error = Error::new(ErrorKind::Source, "No such file or directory").with_errno(2).with_origin(scope.origin);
        error.within(|path| path.part = Some(part))
    };
    if let ListTarget::Table(scope) = target {
        return if ruleset.tables.is_empty() { Err(missing(scope, Part::Table)) } else { Ok(ruleset) };
    }
    let found = !ruleset.tables.is_empty();
    if let (Some(table), false) = (table_of(target), found) {
        let error = Error::new(ErrorKind::Source, "No such file or directory").with_errno(2);
        return Err(error.within(|path| path.table = Some(table.to_string())));
    }
    let mut shown = Ruleset::new();
    for mut table in ruleset.tables {
        let mut part = Table::new(table.family, table.name.clone());
        match target {
            ListTarget::Chains(..) => part.chains = table.chains,
            ListTarget::Chain(_, name) => {
                part.chains = take(&mut table.chains, |chain: &Chain| chain.name == *name);
            }
            ListTarget::Sets(..) => part.sets = take(&mut table.sets, |set| !set.is_map()),
            ListTarget::Maps(..) => part.sets = take(&mut table.sets, nft::model::Set::is_map),
            ListTarget::Meters(..) => part.sets = take(&mut table.sets, is_meter),
            ListTarget::Set(_, name) => part.sets = take(&mut table.sets, |set| set.name == *name),
            ListTarget::Flowtables(..) => part.flowtables = table.flowtables,
            ListTarget::Flowtable(_, name) => {
                part.flowtables = take(&mut table.flowtables, |flowtable| flowtable.name == *name);
            }
            ListTarget::Objects(ty, ..) => {
                part.objects = take(&mut table.objects, |object| object.kind.ty() == *ty);
                if part.objects.is_empty() {
                    continue;
                }
            }
            ListTarget::Object(_, ty, name) => {
                part.objects = take(&mut table.objects, |object| object.kind.ty() == *ty && object.name == *name);
            }
            _ => return Err(unsupported("this listing")),
        }
        shown.tables.push(part);
    }
    let empty = shown.tables.iter().all(|table| {
        table.chains.is_empty() && table.sets.is_empty() && table.flowtables.is_empty() && table.objects.is_empty()
    });
    match target {
        ListTarget::Chain(scope, _)
        | ListTarget::Set(scope, _)
        | ListTarget::Flowtable(scope, _)
        | ListTarget::Object(scope, ..)
            if empty =>
        {
            Err(missing(scope, if found { Part::Item } else { Part::Table }))
        }
        _ => Ok(shown),
    }
}

/// The table whose things of one kind are listed, if it is named.
const fn table_of(target: &ListTarget) -> Option<&TableName> {
    match target {
        ListTarget::Chains(_, table)
        | ListTarget::Sets(_, table)
        | ListTarget::Maps(_, table)
        | ListTarget::Meters(_, table)
        | ListTarget::Flowtables(_, table)
        | ListTarget::Objects(_, _, table) => table.as_ref(),
        _ => None,
    }
}

/// A set that only rules fill.
const fn is_meter(set: &nft::model::Set) -> bool {
    set.flags.contains(nft::model::SetFlags::DYNAMIC)
}

fn take<T>(list: &mut Vec<T>, keep: impl Fn(&T) -> bool) -> Vec<T> {
    let mut kept = std::mem::take(list);
    kept.retain(keep);
    kept
}
