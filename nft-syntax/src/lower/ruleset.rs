//! Commands that add up to a ruleset.

use nft_core::model::{Command, Item, Object, Ruleset, Scope, Set, Table, Target};
use nft_core::{NoDeclarations, Span};

use super::context::Lower;
use super::fault::{Fault, Lowered};
use crate::Diagnostic;
use crate::include::NoFiles;
use crate::parse::{Mode, Reader};

/// The ruleset that a text describes, such as a listing. The text needs nothing but itself: no other declarations, no files.
///
/// # Errors
///
/// Everything that is wrong with the text, and commands that say nothing of what is there (`list`, `monitor`).
pub fn ruleset(text: &str) -> Result<Ruleset, Vec<Diagnostic>> {
    read(text, Mode::Text)
}

/// The same for a text with holes: numbers between [`HOLE`](crate::HOLE) and [`HOLE_END`](crate::HOLE_END) where the macro will
/// put values. They come out as names of that spelling, and priorities as numbers from [`HOLE_PRIORITY`](super::HOLE_PRIORITY).
///
/// # Errors
///
/// As [`ruleset`].
pub fn template(text: &str) -> Result<Ruleset, Vec<Diagnostic>> {
    read(text, Mode::Macro)
}

fn read(text: &str, mode: Mode) -> Result<Ruleset, Vec<Diagnostic>> {
    let mut lower = Lower::new("", &NoDeclarations);
    let mut commands = Vec::new();
    lower.top(&mut Reader::new(text, mode), &mut NoFiles, &mut commands);
    lower.mark_dynamic(&mut commands);
    let mut ruleset = Ruleset::new();
    for command in commands {
        let applied = apply(&mut ruleset, command);
        lower.keep(applied);
    }
    lower.finish(ruleset)
}

/// What a command makes of a ruleset.
fn apply(ruleset: &mut Ruleset, command: Command) -> Lowered<()> {
    match command {
        Command::Add(item) | Command::Create(item) => add(ruleset, item, false),
        Command::Insert(item) => add(ruleset, item, true),
        Command::FlushRuleset(None) => {
            ruleset.tables.clear();
            Ok(())
        }
        Command::FlushRuleset(Some(family)) => {
            ruleset.tables.retain(|table| table.family != family);
            Ok(())
        }
        Command::FlushTable(scope) => {
            table(ruleset, &scope)?.chains.iter_mut().for_each(|chain| chain.rules.clear());
            Ok(())
        }
        Command::FlushChain(scope, name) => match table(ruleset, &scope)?.chain_mut(&name) {
            Some(chain) => {
                chain.rules.clear();
                Ok(())
            }
            None => Err(missing(&scope, "chain", &name)),
        },
        Command::FlushSet(scope, name) => match table(ruleset, &scope)?.set_mut(&name) {
            Some(set) => {
                set.elements.clear();
                Ok(())
            }
            None => Err(missing(&scope, "set", &name)),
        },
        Command::Delete(Target::Table(scope)) | Command::Destroy(Target::Table(scope)) => {
            ruleset.tables.retain(|table| table.family != scope.family || table.name != scope.table);
            Ok(())
        }
        other => Err(Fault::new(span_of(&other), "this command is no part of a ruleset")),
    }
}

fn add(ruleset: &mut Ruleset, item: Item, in_front: bool) -> Lowered<()> {
    match item {
        Item::Table(new) => {
            merge_table(ruleset, *new);
            Ok(())
        }
        Item::Chain(scope, chain) => {
            merge_chain(table(ruleset, &scope)?, *chain);
            Ok(())
        }
        Item::Rule(scope, name, _, rule) => {
            let Some(chain) = table(ruleset, &scope)?.chain_mut(&name) else { return Err(missing(&scope, "chain", &name)) };
            chain.rules.insert(if in_front { 0 } else { chain.rules.len() }, *rule);
            Ok(())
        }
        Item::Set(scope, set) => {
            merge_set(table(ruleset, &scope)?, *set);
            Ok(())
        }
        Item::Elements(scope, name, elements) => match table(ruleset, &scope)?.set_mut(&name) {
            Some(set) => {
                set.elements.append(elements);
                Ok(())
            }
            None => Err(missing(&scope, "set", &name)),
        },
        Item::Flowtable(scope, flowtable) => {
            let table = table(ruleset, &scope)?;
            table.flowtables.retain(|other| other.name != flowtable.name);
            table.flowtables.push(*flowtable);
            Ok(())
        }
        Item::Object(scope, object) => {
            merge_object(table(ruleset, &scope)?, *object);
            Ok(())
        }
        other => Err(Fault::new(span_of(&Command::Add(other)), "this command is no part of a ruleset")),
    }
}

fn table<'r>(ruleset: &'r mut Ruleset, scope: &Scope) -> Lowered<&'r mut Table> {
    match ruleset.table_mut(scope.family, &scope.table) {
        Some(table) => Ok(table),
        None => Err(Fault::new(scope_span(scope), format!("no such table: {} `{}`", scope.family, scope.table))),
    }
}

fn merge_table(ruleset: &mut Ruleset, new: Table) {
    let Some(old) = ruleset.table_mut(new.family, &new.name) else { return ruleset.tables.push(new) };
    old.flags |= new.flags;
    if new.comment.is_some() {
        old.comment = new.comment;
    }
    new.objects.into_iter().for_each(|object| merge_object(old, object));
    new.sets.into_iter().for_each(|set| merge_set(old, set));
    for flowtable in new.flowtables {
        old.flowtables.retain(|other| other.name != flowtable.name);
        old.flowtables.push(flowtable);
    }
    new.chains.into_iter().for_each(|chain| merge_chain(old, chain));
}

fn merge_chain(table: &mut Table, new: nft_core::model::Chain) {
    match table.chain_mut(&new.name) {
        Some(old) => {
            if new.base.is_some() {
                old.base = new.base;
            }
            if new.comment.is_some() {
                old.comment = new.comment;
            }
            old.rules.extend(new.rules);
        }
        None => table.chains.push(new),
    }
}

/// Adds a set, or its elements to the one of that name.
pub(super) fn merge_set(table: &mut Table, new: Set) {
    match table.set_mut(&new.name) {
        Some(old) if old.elements.layout() == new.elements.layout() => old.elements.append(new.elements),
        // Of another type: the last one counts here, the kernel refuses it there.
        Some(old) => *old = new,
        None => table.sets.push(new),
    }
}

/// Adds an object, in place of the one of that type and name.
pub(super) fn merge_object(table: &mut Table, new: Object) {
    table.objects.retain(|old| old.name != new.name || old.kind.ty() != new.kind.ty());
    table.objects.push(new);
}

fn missing(scope: &Scope, what: &str, name: &str) -> Fault {
    Fault::new(scope_span(scope), format!("no such {what}: `{name}` in table {} `{}`", scope.family, scope.table))
}

fn scope_span(scope: &Scope) -> Span {
    match scope.origin {
        nft_core::model::Origin::Text { span, .. } => span,
        _ => Span::default(),
    }
}

/// Where a command was written, as far as it says.
fn span_of(command: &Command) -> Span {
    match command {
        Command::Delete(target) | Command::Destroy(target) => match target {
            Target::Chain(scope, _) | Target::Rule(scope, ..) | Target::Set(scope, _) | Target::Elements(scope, ..) => {
                scope_span(scope)
            }
            _ => Span::default(),
        },
        Command::Replace(scope, ..) | Command::RenameChain(scope, ..) | Command::GetElement(scope, ..) => scope_span(scope),
        _ => Span::default(),
    }
}
