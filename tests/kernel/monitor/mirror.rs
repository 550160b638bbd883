//! A ruleset that is kept by events alone, to be compared with what the kernel has.

use libtest_mimic::Failed;
use nft::Ruleset;
use nft::model::{Elements, Rule, Scope, Set, Table};
use nft::netlink::{Commit, Deleted, Entity, Event, Place};
use nft::schema::Family;

fn table<'r>(ruleset: &'r mut Ruleset, scope: &Scope) -> Result<&'r mut Table, Failed> {
    named(ruleset, scope.family, &scope.table)
}

fn named<'r>(ruleset: &'r mut Ruleset, family: Family, name: &str) -> Result<&'r mut Table, Failed> {
    let found = ruleset.tables.iter_mut().find(|table| table.family == family && table.name == *name);
    found.ok_or_else(|| format!("no table {family} {name}").into())
}

/// Replaces the item for which `same` is true, or adds it.
fn put<T>(list: &mut Vec<T>, item: T, same: impl Fn(&T) -> bool) {
    match list.iter_mut().find(|found| same(found)) {
        Some(found) => *found = item,
        None => list.push(item),
    }
}

fn take<T>(list: &mut Vec<T>, same: impl Fn(&T) -> bool) -> Result<T, Failed> {
    let at = list.iter().position(same).ok_or("what is deleted was not there")?;
    Ok(list.remove(at))
}

fn set<'t>(table: &'t mut Table, name: &str) -> Result<&'t mut Set, Failed> {
    table.sets.iter_mut().find(|set| set.name == *name).ok_or_else(|| format!("no set {name}").into())
}

/// Makes the changes of a commit.
pub(super) fn apply(ruleset: &mut Ruleset, commit: &Commit) -> Result<(), Failed> {
    // A rule may stand behind one of which the event comes later.
    let mut waiting: Vec<&Event> = commit.events.iter().collect();
    while !waiting.is_empty() {
        let mut later = Vec::new();
        let before = waiting.len();
        for event in waiting {
            if !one(ruleset, event)? {
                later.push(event);
            }
        }
        if later.len() == before {
            return Err(format!("no place for {later:?}").into());
        }
        waiting = later;
    }
    ruleset.generation = Some(commit.generation);
    Ok(())
}

/// Makes a change; not if a rule has no place yet.
fn one(ruleset: &mut Ruleset, event: &Event) -> Result<bool, Failed> {
    match event {
        Event::Added(_, entity) => match entity {
            Entity::Table(new) => match named(ruleset, new.family, &new.name) {
                Ok(found) => found.flags = new.flags,
                Err(_) => ruleset.tables.push((**new).clone()),
            },
            Entity::Chain(scope, new) => {
                let table = table(ruleset, scope)?;
                match table.chains.iter_mut().find(|chain| chain.handle == new.handle) {
                    Some(found) => {
                        found.name.clone_from(&new.name);
                        let mut base = new.base.clone();
                        if let (Some(base), Some(old)) = (&mut base, &found.base) {
                            base.devices = old.devices.iter().chain(&base.devices).cloned().collect();
                            base.devices.dedup();
                        }
                        found.base = base;
                    }
                    None => table.chains.push((**new).clone()),
                }
            }
            Entity::Rule(scope, chain, place, new) => {
                let table = table(ruleset, scope)?;
                let chain = table.chains.iter_mut().find(|found| found.name == *chain).ok_or("no such chain")?;
                return Ok(rule(&mut chain.rules, *place, new));
            }
            Entity::Set(scope, new) => {
                let table = table(ruleset, scope)?;
                let mut new = (**new).clone();
                if let Ok(old) = set(table, &new.name) {
                    new.elements = old.elements.clone();
                }
                put(&mut table.sets, new.clone(), |found| found.name == new.name);
            }
            Entity::Elements(scope, new) => {
                let set = set(table(ruleset, scope)?, &new.name)?;
                if set.elements.is_empty() {
                    set.elements = new.elements.clone();
                } else {
                    set.elements.append(new.elements.clone());
                }
            }
            Entity::Flowtable(scope, new) => {
                put(&mut table(ruleset, scope)?.flowtables, (**new).clone(), |found| found.name == new.name);
            }
            Entity::Object(scope, new) => {
                put(&mut table(ruleset, scope)?.objects, (**new).clone(), |found| found.handle == new.handle);
            }
            other => return Err(format!("unexpected: {other:?}").into()),
        },
        Event::Deleted(deleted) => match deleted {
            Deleted::Table(family, name, _) => {
                take(&mut ruleset.tables, |table| table.family == *family && table.name == *name)?;
            }
            Deleted::Chain(scope, name, _) => {
                take(&mut table(ruleset, scope)?.chains, |chain| chain.name == *name)?;
            }
            Deleted::ChainDevices(scope, name, devices) => {
                let table = table(ruleset, scope)?;
                let chain = table.chains.iter_mut().find(|found| found.name == *name).ok_or("no such chain")?;
                let base = chain.base.as_mut().ok_or("no base chain")?;
                base.devices.retain(|device| !devices.contains(device));
            }
            Deleted::Rule(scope, chain, old) => {
                let table = table(ruleset, scope)?;
                let chain = table.chains.iter_mut().find(|found| found.name == *chain).ok_or("no such chain")?;
                let old_rule = take(&mut chain.rules, |rule| rule.handle == old.handle)?;
                assert_eq!(old_rule.stmts.len(), old.stmts.len());
            }
            Deleted::Set(scope, name, _) => {
                take(&mut table(ruleset, scope)?.sets, |set| set.name == *name)?;
            }
            Deleted::Elements(scope, old) => {
                let set = set(table(ruleset, scope)?, &old.name)?;
                set.elements = without(set, &old.elements);
            }
            Deleted::Object(scope, _, _, handle) => {
                take(&mut table(ruleset, scope)?.objects, |object| object.handle == *handle)?;
            }
            other => return Err(format!("unexpected: {other:?}").into()),
        },
        other => return Err(format!("unexpected: {other:?}").into()),
    }
    Ok(true)
}

fn rule(rules: &mut Vec<Rule>, place: Place, new: &Rule) -> bool {
    let at = match place {
        Place::First => 0,
        Place::Behind(handle) => match rules.iter().position(|rule| rule.handle == Some(handle)) {
            Some(at) => at + 1,
            None => return false,
        },
        _ => rules.len(),
    };
    rules.insert(at, new.clone());
    true
}

/// The elements of a set but those.
fn without(set: &Set, gone: &Elements) -> Elements {
    let mut left = Elements::new(set.elements.layout());
    let points: Vec<_> = gone.points().map(|(key, _)| key).collect();
    set.elements.points().filter(|(key, _)| !points.contains(key)).for_each(|(key, data)| left.push_point(key, data));
    let ranges: Vec<_> = gone.ranges().map(|(low, high, _)| (low, high)).collect();
    let kept = set.elements.ranges().filter(|(low, high, _)| !ranges.contains(&(low, high)));
    kept.for_each(|(low, high, data)| left.push_range(low, high, data));
    let keys: Vec<_> = gone.others().iter().map(|element| &element.key).collect();
    let others = set.elements.others().iter().filter(|element| !keys.contains(&&element.key));
    others.for_each(|element| left.push(element.clone()));
    left
}
