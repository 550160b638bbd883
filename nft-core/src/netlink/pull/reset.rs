//! State set to zero, and what it was.

use rustix::io::Errno;

use super::super::Transport;
use super::super::command::place;
use super::super::dump::{Ended, pause};
use super::super::get;
use super::super::link::Link;
use super::super::set::Incoming;
use super::{ATTEMPTS, Filter, Snapshot};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::message::object;
use crate::model::{ListTarget, ObjectType, Ruleset, Scope, Set, Table};
use crate::name::{ChainName, ObjectName, SetName, TableName};
use crate::schema::Family;
use crate::uapi::nf_tables::{
    NFT_MSG_GETOBJ_RESET, NFT_MSG_GETRULE_RESET, NFT_MSG_GETSETELEM_RESET, NFTA_OBJ_TABLE, NFTA_OBJ_TYPE, NFTA_RULE_CHAIN,
    NFTA_RULE_HANDLE, NFTA_RULE_TABLE, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE,
};

/// Sets to zero what is named, and gives it as it was.
pub(in crate::netlink) fn reset<T: Transport>(
    link: &mut Link<T>,
    environment: &dyn Environment,
    target: &ListTarget,
) -> Result<Ruleset, Error> {
    match target {
        ListTarget::Objects(ty, family, table) => objects(link, &filter(*family, table.as_ref()), *ty),
        ListTarget::Object(scope, ty, name) => {
            one_object(link, scope, *ty, name).map_err(|error| place(error, scope, "object", name))
        }
        ListTarget::Rules(family, table, chain) => rules(link, &filter(*family, table.as_ref()), chain.as_ref(), None),
        ListTarget::Rule(scope, chain, handle) => {
            let filter = Filter::table(scope.family, scope.table.clone());
            rules(link, &filter, Some(chain), Some(*handle)).map_err(|error| place(error, scope, "chain", chain))
        }
        ListTarget::Set(scope, name) => set(link, scope, name).map_err(|error| place(error, scope, "set", name)),
        ListTarget::Elements(scope, name, keys) => {
            let set = get::reset_elements(link, environment, scope, name, keys)?;
            Ok(ruleset_of(scope, |table| table.sets.push(set)))
        }
        _ => Err(Error::new(ErrorKind::Misuse, "this has no state that could be reset")),
    }
}

fn filter(family: Option<Family>, table: Option<&TableName>) -> Filter {
    Filter { family, table: table.cloned(), terse: true, declarations: true, ..Filter::default() }
}

/// What was reset cannot be asked for again.
fn whole(ended: Ended) -> Result<(), Error> {
    match ended {
        Ended::Complete => Ok(()),
        Ended::Torn => {
            Err(Error::new(ErrorKind::Reply, "the ruleset changed while it was reset: a part of what it was is lost"))
        }
    }
}

fn ruleset_of(scope: &Scope, fill: impl FnOnce(&mut Table)) -> Ruleset {
    let mut table = Table::new(scope.family, scope.table.clone());
    fill(&mut table);
    let mut ruleset = Ruleset::new();
    ruleset.tables.push(table);
    ruleset
}

fn missing(what: &str) -> Error {
    Error::new(ErrorKind::Source, format!("there is no {what}")).with_errno(Errno::NOENT.raw_os_error())
}

/// Whether something is missing that was named.
fn check<T: Transport>(snapshot: &Snapshot<'_, T>, filter: &Filter) -> Result<(), Error> {
    match &filter.table {
        Some(name) if snapshot.tables.is_empty() => Err(missing(&format!("table {name}"))),
        _ => Ok(()),
    }
}

/// What is needed to read an answer, until it is of one generation; the answer itself cannot be asked for twice.
fn prepared<'a, T: Transport, R>(
    link: &'a mut Link<T>,
    filter: &'a Filter,
    prepare: impl Fn(&mut Snapshot<'_, T>) -> Result<Ended, Error>,
    answer: impl FnOnce(&mut Snapshot<'_, T>) -> Result<R, Error>,
) -> Result<(Ruleset, R), Error> {
    for attempt in 0..ATTEMPTS {
        pause(attempt);
        let generation = link.generation()?;
        let mut snapshot = Snapshot::new(link, filter, generation);
        if snapshot.tables()? == Ended::Torn || prepare(&mut snapshot)? == Ended::Torn {
            continue;
        }
        if snapshot.link.generation()? != generation {
            continue;
        }
        check(&snapshot, filter)?;
        let answer = answer(&mut snapshot)?;
        let mut ruleset = Ruleset::new();
        ruleset.tables = snapshot.finish().tables;
        ruleset.generation = Some(generation);
        return Ok((ruleset, answer));
    }
    Err(Error::new(ErrorKind::Reply, format!("the ruleset changed during each of {ATTEMPTS} attempts to read it")))
}

fn objects<T: Transport>(link: &mut Link<T>, filter: &Filter, ty: ObjectType) -> Result<Ruleset, Error> {
    let reset = |snapshot: &mut Snapshot<'_, T>| {
        let more = |writer: &mut crate::wire::Writer| writer.u32(NFTA_OBJ_TYPE, ty.0);
        snapshot
            .list_some(NFT_MSG_GETOBJ_RESET, NFTA_OBJ_TABLE, more, |table, message| {
                let (_, object) = object::decode(message.reader())?;
                if object.kind.ty() == ty {
                    table.table.objects.push(object);
                }
                Ok(())
            })
            .and_then(whole)
    };
    let (mut ruleset, ()) = prepared(link, filter, |_| Ok(Ended::Complete), reset)?;
    ruleset.tables.retain(|table| !table.objects.is_empty());
    Ok(ruleset)
}

fn one_object<T: Transport>(link: &mut Link<T>, scope: &Scope, ty: ObjectType, name: &ObjectName) -> Result<Ruleset, Error> {
    let mut found = None;
    let attributes = |writer: &mut crate::wire::Writer| object::encode_name(&scope.table, ty, name, writer);
    link.get(NFT_MSG_GETOBJ_RESET, scope.family.number(), attributes, &mut |message| {
        found = Some(object::decode(message.reader())?.1);
        Ok(())
    })?;
    let object = found.ok_or_else(|| Error::new(ErrorKind::Reply, "the kernel gave no object"))?;
    Ok(ruleset_of(scope, |table| table.objects.push(object)))
}

fn rules<T: Transport>(
    link: &mut Link<T>,
    filter: &Filter,
    chain: Option<&ChainName>,
    handle: Option<u64>,
) -> Result<Ruleset, Error> {
    let filter = &Filter { declarations: false, terse: false, ..filter.clone() };
    let reset = |snapshot: &mut Snapshot<'_, T>| {
        if let Some(chain) = chain {
            let known = snapshot.tables.iter().any(|table| table.table.chain(chain).is_some());
            known.then_some(()).ok_or_else(|| missing(&format!("chain {chain}")))?;
        }
        match (handle, &filter.table, filter.family) {
            (Some(handle), Some(name), Some(family)) => {
                let Snapshot { link, tables, .. } = snapshot;
                let attributes = |writer: &mut crate::wire::Writer| {
                    writer.text(NFTA_RULE_TABLE, name);
                    writer.text(NFTA_RULE_CHAIN, chain.map_or("", |chain| &**chain));
                    writer.u64(NFTA_RULE_HANDLE, handle);
                };
                link.get(NFT_MSG_GETRULE_RESET, family.number(), attributes, &mut |message| {
                    tables.iter_mut().try_for_each(|table| Snapshot::<'_, T>::rule(table, message))
                })
            }
            _ => {
                let more = |writer: &mut crate::wire::Writer| {
                    if let Some(chain) = chain {
                        writer.text(NFTA_RULE_CHAIN, chain);
                    }
                };
                snapshot.list_some(NFT_MSG_GETRULE_RESET, NFTA_RULE_TABLE, more, Snapshot::<'_, T>::rule).and_then(whole)
            }
        }
    };
    let (mut ruleset, ()) = prepared(link, filter, |snapshot| snapshot.all_but_rules(), reset)?;
    for table in &mut ruleset.tables {
        table.chains.retain(|found| chain.is_none_or(|chain| found.name == *chain));
        if chain.is_some() && handle.is_none() {
            // A chain alone is listed alone.
            let alone = std::mem::take(&mut table.chains);
            let mut only = Table::new(table.family, table.name.clone());
            only.chains = alone;
            *table = only;
        }
    }
    Ok(ruleset)
}

fn set<T: Transport>(link: &mut Link<T>, scope: &Scope, name: &SetName) -> Result<Ruleset, Error> {
    let filter = filter(Some(scope.family), Some(&scope.table));
    let reset = |snapshot: &mut Snapshot<'_, T>| -> Result<Set, Error> {
        let Snapshot { link, tables, .. } = snapshot;
        let table = tables.first_mut().ok_or_else(|| missing("table"))?;
        let at = table.table.sets.iter().position(|set| set.name == *name);
        let at = at.ok_or_else(|| missing(&format!("set {name}")))?;
        let attributes = |writer: &mut crate::wire::Writer| {
            writer.text(NFTA_SET_ELEM_LIST_TABLE, &scope.table);
            writer.text(NFTA_SET_ELEM_LIST_SET, name);
        };
        let mut incoming: Incoming<'_> = table.incoming((true, at)).ok_or_else(|| missing(&format!("set {name}")))?;
        let sequence = link.ask(NFT_MSG_GETSETELEM_RESET, scope.family.number(), attributes)?;
        whole(link.answers(sequence, &mut None, &mut |message| incoming.message(message))?)?;
        incoming.finish();
        table.table.sets.get(at).cloned().ok_or_else(|| missing(&format!("set {name}")))
    };
    let (_, set) = prepared(link, &filter, |snapshot| snapshot.sets(), reset)?;
    Ok(ruleset_of(scope, |table| table.sets.push(set)))
}
