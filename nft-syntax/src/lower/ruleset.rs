//! Commands that add up to a ruleset.

use std::collections::HashMap;

use nft_core::model::{Chain, Command, Item, Origin, Position, Ruleset, Scope, Target};
use nft_core::name::{ChainName, TableName};
use nft_core::schema::Family;
use nft_core::{NoDeclarations, Span};

use super::context::Lower;
use super::fault::{Fault, Lowered};
use super::gather::{Gathered, NoSuchRule};
use super::load::Findings;
use crate::include::NoFiles;
use crate::parse::{HOLE, Mode, Reader};
use crate::{Diagnostic, Error, Sources};

/// The ruleset that a text describes, such as a listing. The text needs nothing but itself: no other declarations, no files.
///
/// # Errors
///
/// Everything that is wrong with the text, and commands that say nothing of what is there (`list`, `monitor`).
pub fn ruleset(text: &str) -> Result<Ruleset, Error> {
    read(text, Mode::Text).map_err(|findings| Sources::new("<text>", text).error(findings))
}

/// The same for a text with holes: numbers between [`HOLE`](crate::HOLE) and [`HOLE_END`](crate::HOLE_END) where the macro will
/// put values. They come out as names of that spelling, priorities as numbers from [`HOLE_PRIORITY`](super::HOLE_PRIORITY), other
/// numbers as those of [`StandIn`](super::StandIn).
///
/// # Errors
///
/// As [`ruleset`].
#[doc(hidden)]
pub fn template(text: &str) -> Result<Ruleset, Vec<Diagnostic>> {
    read(text, Mode::Macro).map_err(|findings| findings.diagnostics)
}

fn read(text: &str, mode: Mode) -> Result<Ruleset, Findings> {
    let mut lower = Lower::new(&[text], &NoDeclarations);
    if mode == Mode::Macro {
        lower.holes = text.matches(HOLE).count();
    }
    let mut commands = Vec::new();
    lower.top(&mut Reader::new(text, mode), &mut NoFiles, &mut commands);
    lower.mark_dynamic(&mut commands);
    let mut tables = Tables::default();
    for command in commands {
        let applied = tables.apply(command);
        lower.keep(applied);
    }
    let ruleset = tables.finish();
    // Of a chain that could not be read in full nobody can tell.
    let unattached =
        |chain: &&Chain| (chain.new_policy.is_some() || !chain.new_devices.is_empty()) && lower.diagnostics.is_empty();
    let unattached: Vec<_> = ruleset.tables.iter().flat_map(|table| &table.chains).filter(unattached).collect();
    for chain in unattached {
        let what = if chain.new_policy.is_some() { "a policy" } else { "devices" };
        let fault = Fault::new(origin_span(chain.origin), format!("only base chains have {what}"));
        lower.report(fault.help("give it a type, a hook and a priority"));
    }
    if lower.diagnostics.is_empty() {
        return Ok(ruleset);
    }
    let rest: Vec<Command> = ruleset.tables.into_iter().map(|table| Command::Add(Item::Table(Box::new(table)))).collect();
    Err(lower.findings(&rest))
}

/// The tables that commands add up to.
#[derive(Debug, Default)]
struct Tables {
    /// In the order of their first declaration; those that were deleted leave a gap.
    tables: Vec<Option<Gathered>>,
    numbers: HashMap<(Family, TableName), usize>,
}

impl Tables {
    fn apply(&mut self, command: Command) -> Lowered<()> {
        match command {
            Command::Add(item) => self.add(item),
            Command::Create(item) => {
                self.check_new(&item)?;
                self.add(item)
            }
            Command::Insert(Item::Rule(scope, name, position, rule)) => {
                self.place(&scope, &name, position, |table, chain, number| table.insert_rule(chain, number, *rule))
            }
            Command::FlushRuleset(family) => {
                self.remove(|(found, _)| family.is_none_or(|family| *found == family));
                Ok(())
            }
            Command::FlushTable(scope) => {
                self.table(&scope)?.flush();
                Ok(())
            }
            Command::FlushChain(scope, name) => {
                let table = self.table(&scope)?;
                let chain = table.chain_number(&name).ok_or_else(|| missing(&scope, "chain", &name))?;
                table.flush_chain(chain);
                Ok(())
            }
            Command::FlushSet(scope, name) => {
                let set = self.table(&scope)?.set(&name).ok_or_else(|| missing(&scope, "set", &name))?;
                set.elements.clear();
                Ok(())
            }
            Command::Delete(Target::Table(scope)) => {
                self.table(&scope)?;
                self.remove(|(family, name)| *family == scope.family && *name == scope.table);
                Ok(())
            }
            Command::Destroy(Target::Table(scope)) => {
                self.remove(|(family, name)| *family == scope.family && *name == scope.table);
                Ok(())
            }
            other => Err(Fault::new(span_of(&other), "this command is no part of a ruleset")),
        }
    }

    fn add(&mut self, item: Item) -> Lowered<()> {
        match item {
            Item::Table(new) => {
                let number = *self.numbers.entry((new.family, new.name.clone())).or_insert(self.tables.len());
                match self.tables.get_mut(number).and_then(Option::as_mut) {
                    Some(old) => old.merge(*new),
                    None => self.tables.push(Some(Gathered::new(*new))),
                }
            }
            Item::Chain(scope, chain) => self.table(&scope)?.add_chain(*chain),
            Item::Rule(scope, name, position, rule) => {
                self.place(&scope, &name, position, |table, chain, number| table.add_rule(chain, number, *rule))?;
            }
            Item::Set(scope, set) => self.table(&scope)?.add_set(*set),
            Item::Elements(scope, name, elements) => {
                if !self.table(&scope)?.add_elements(&name, elements) {
                    return Err(missing(&scope, "set", &name));
                }
            }
            Item::Flowtable(scope, flowtable) => self.table(&scope)?.add_flowtable(*flowtable),
            Item::Object(scope, object) => self.table(&scope)?.add_object(*object),
            other => return Err(Fault::new(span_of(&Command::Add(other)), "this command is no part of a ruleset")),
        }
        Ok(())
    }

    /// What `create` names must not be there yet.
    fn check_new(&mut self, item: &Item) -> Lowered<()> {
        let scope = match item {
            Item::Table(table) if self.numbers.contains_key(&(table.family, table.name.clone())) => {
                return Err(Fault::new(
                    origin_span(table.origin),
                    format!("file exists: table {} `{}`", table.family, table.name),
                ));
            }
            Item::Chain(scope, _)
            | Item::Set(scope, _)
            | Item::Object(scope, _)
            | Item::Flowtable(scope, _)
            | Item::Elements(scope, ..) => scope,
            _ => return Ok(()),
        };
        if self.table(scope)?.has(item) {
            let (what, name) = match item {
                Item::Chain(_, chain) => ("chain", &*chain.name),
                Item::Set(_, set) => ("set", &*set.name),
                Item::Object(_, object) => ("object", &*object.name),
                Item::Flowtable(_, flowtable) => ("flowtable", &*flowtable.name),
                Item::Elements(_, name, _) => ("element of set", &**name),
                _ => ("table", &*scope.table),
            };
            let message = format!("file exists: {what} `{name}` in table {} `{}`", scope.family, scope.table);
            return Err(Fault::new(origin_span(scope.origin), message));
        }
        Ok(())
    }

    /// Puts a rule where its command says.
    fn place(
        &mut self,
        scope: &Scope,
        name: &ChainName,
        position: Option<Position>,
        put: impl FnOnce(&mut Gathered, usize, Option<usize>) -> Result<(), NoSuchRule>,
    ) -> Lowered<()> {
        let number = match position {
            None => None,
            Some(Position::Index(number)) => Some(usize::try_from(number).unwrap_or(usize::MAX)),
            Some(_) => {
                let fault = Fault::new(origin_span(scope.origin), "rules of a text have no handles");
                return Err(fault.help("name the rule by its place: `index N`, from 0"));
            }
        };
        let table = self.table(scope)?;
        let chain = table.chain_number(name).ok_or_else(|| missing(scope, "chain", name))?;
        put(table, chain, number).map_err(|NoSuchRule(rules)| {
            let number = number.unwrap_or_default();
            Fault::new(origin_span(scope.origin), format!("no such rule: index {number} in chain `{name}`, which has {rules}"))
        })
    }

    fn table(&mut self, scope: &Scope) -> Lowered<&mut Gathered> {
        let number = self.numbers.get(&(scope.family, scope.table.clone()));
        let table = number.and_then(|number| self.tables.get_mut(*number)).and_then(Option::as_mut);
        table.ok_or_else(|| Fault::new(origin_span(scope.origin), format!("no such table: {} `{}`", scope.family, scope.table)))
    }

    fn remove(&mut self, is_meant: impl Fn(&(Family, TableName)) -> bool) {
        let Self { tables, numbers } = self;
        numbers.retain(|name, number| {
            let meant = is_meant(name);
            if meant && let Some(table) = tables.get_mut(*number) {
                *table = None;
            }
            !meant
        });
    }

    fn finish(self) -> Ruleset {
        let mut ruleset = Ruleset::new();
        ruleset.tables = self.tables.into_iter().flatten().map(Gathered::finish).collect();
        ruleset
    }
}

fn missing(scope: &Scope, what: &str, name: &str) -> Fault {
    Fault::new(origin_span(scope.origin), format!("no such {what}: `{name}` in table {} `{}`", scope.family, scope.table))
}

const fn origin_span(origin: Origin) -> Span {
    match origin {
        Origin::Text { span, .. } => span,
        _ => Span::new(0, 0),
    }
}

/// Where a command was written, as far as it says.
fn span_of(command: &Command) -> Span {
    match command {
        Command::Delete(target) | Command::Destroy(target) => match target {
            Target::Chain(scope, _) | Target::Rule(scope, ..) | Target::Set(scope, _) | Target::Elements(scope, ..) => {
                origin_span(scope.origin)
            }
            _ => Span::default(),
        },
        Command::Replace(scope, ..) | Command::RenameChain(scope, ..) | Command::GetElement(scope, ..) => {
            origin_span(scope.origin)
        }
        _ => Span::default(),
    }
}

#[cfg(test)]
mod tests;
