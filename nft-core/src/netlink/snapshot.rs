//! Tables of the kernel in kernel form, of one generation: what a reconciliation starts from.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::dump::{ATTEMPTS, Ended};
use super::link::Link;
use super::state::State;
use super::{Transport, pull};
use crate::error::{Error, ErrorKind};
use crate::message::rule::RuleMessage;
use crate::message::table;
use crate::model::{Set, SetFlags, Table};
use crate::name::TableName;
use crate::schema::Family;
use crate::set::{self, Collector};
use crate::uapi::nf_tables::{
    NFT_MSG_GETCHAIN, NFT_MSG_GETFLOWTABLE, NFT_MSG_GETOBJ, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETSETELEM,
    NFT_MSG_GETTABLE, NFTA_CHAIN_TABLE, NFTA_FLOWTABLE_TABLE, NFTA_OBJ_TABLE, NFTA_RULE_CHAIN, NFTA_RULE_TABLE,
    NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_TABLE,
};
use crate::wire::{Attribute, Attributes, Message, Text, Writer};

/// Name of a table.
pub(super) type Name = (Family, Text);

pub(super) fn name(family: Family, table: &TableName) -> Name {
    (family, Text::new(table))
}

/// Some of the kernel's tables.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) generation: u32,
    /// Those that were asked for and are there.
    pub(super) tables: HashMap<Name, State>,
    /// The heads of the others.
    pub(super) others: Vec<Table>,
}

/// Takes a snapshot of the tables whose names are among these.
pub(super) fn take<T: Transport>(link: &mut Link<T>, within: &dyn Fn(&Name) -> bool) -> Result<Snapshot, Error> {
    let ((tables, others), generation) = link.snapshot(|link, generation| {
        let [.., high, low] = generation.to_be_bytes();
        Attempt { link, generation: Some(u16::from_be_bytes([high, low])) }.take(within)
    })?;
    Ok(Snapshot { generation, tables, others })
}

/// Reads the elements of a set anew, as they are at the generation of the snapshot; whether it still is the current one.
pub(super) fn reread<T: Transport>(
    link: &mut Link<T>,
    generation: u32,
    state: &mut State,
    place: usize,
) -> Result<bool, Error> {
    let [.., high, low] = generation.to_be_bytes();
    let mut attempt = Attempt { link, generation: Some(u16::from_be_bytes([high, low])) };
    Ok(attempt.set(state, place)? == Ended::Complete)
}

/// Whether the kernel's ruleset is of the snapshot's generation, with the same tables of the same owners.
#[cfg(feature = "reconciler")]
pub(super) fn has_same_heads<T: Transport>(link: &mut Link<T>, snapshot: &Snapshot) -> Result<bool, Error> {
    if link.generation()? != snapshot.generation {
        return Ok(false);
    }
    let (mut same, mut count) = (true, 0_usize);
    let ended = link.dump(NFT_MSG_GETTABLE, 0, &mut None, |_| {}, &mut |message| {
        let Some(family) = Family::by_number(message.header.family) else { return Ok(()) };
        let table = table::decode(family, message.reader())?;
        let mut known = snapshot.tables.values().map(|state| &state.image.table).chain(&snapshot.others);
        let is_it = |known: &Table| {
            (known.family, &known.name, known.handle, known.owner) == (family, &table.name, table.handle, table.owner)
        };
        same &= known.any(is_it);
        count += 1;
        Ok(())
    })?;
    Ok(ended == Ended::Complete && same && count == snapshot.tables.len() + snapshot.others.len())
}

/// One attempt: nothing where a dump was torn.
struct Attempt<'a, T> {
    link: &'a mut Link<T>,
    generation: Option<u16>,
}

impl<T: Transport> Attempt<'_, T> {
    #[expect(clippy::type_complexity, reason = "said once")]
    fn take(&mut self, within: &dyn Fn(&Name) -> bool) -> Result<Option<(HashMap<Name, State>, Vec<Table>)>, Error> {
        let (mut tables, mut others, mut doubled) = (HashMap::new(), Vec::new(), false);
        let Self { link, generation } = self;
        let ended = link.dump(NFT_MSG_GETTABLE, 0, generation, |_| {}, &mut |message| {
            let Some(family) = Family::by_number(message.header.family) else { return Ok(()) };
            let table = table::decode(family, message.reader())?;
            let name = name(family, &table.name);
            if within(&name) {
                doubled |= tables.insert(name, State::new(table)).is_some();
            } else {
                others.push(table);
            }
            Ok(())
        })?;
        if doubled || ended == Ended::Torn || self.chains(&mut tables)? == Ended::Torn {
            return Ok(None);
        }
        for state in tables.values_mut() {
            if self.table(state)? == Ended::Torn {
                return Ok(None);
            }
        }
        Ok(Some((tables, others)))
    }

    /// Chains, which the kernel lists by family only.
    fn chains(&mut self, tables: &mut HashMap<Name, State>) -> Result<Ended, Error> {
        let mut families: Vec<Family> = tables.keys().map(|(family, _)| *family).collect();
        families.sort_unstable_by_key(|family| family.number());
        families.dedup();
        for family in families {
            let Self { link, generation } = self;
            let ended = link.dump(NFT_MSG_GETCHAIN, family.number(), generation, |_| {}, &mut |message| {
                let table = message.reader().find(NFTA_CHAIN_TABLE)?.map(Attribute::text);
                match tables.get_mut(&(family, Text::new(&table.unwrap_or_default()))) {
                    Some(state) => state.chain(message.reader()),
                    None => Ok(()),
                }
            })?;
            if ended == Ended::Torn {
                return Ok(ended);
            }
        }
        Ok(Ended::Complete)
    }

    fn table(&mut self, state: &mut State) -> Result<Ended, Error> {
        #[expect(clippy::type_complexity, reason = "said once")]
        let kinds: [(u8, u16, fn(&mut State, &Message<'_>) -> Result<(), Error>); 3] = [
            (NFT_MSG_GETOBJ, NFTA_OBJ_TABLE, |state, message| state.object(message.reader())),
            (NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE, |state, message| state.flowtable(message.reader())),
            (NFT_MSG_GETSET, NFTA_SET_TABLE, |state, message| state.set(message.reader())),
        ];
        for (request, attribute, each) in kinds {
            if self.list(request, attribute, state, each)? == Ended::Torn {
                return Ok(Ended::Torn);
            }
        }
        for place in 0..state.image.table.sets.len() {
            if self.set(state, place)? == Ended::Torn {
                return Ok(Ended::Torn);
            }
        }
        for name in state.anonymous.keys().cloned().collect::<Vec<_>>() {
            if self.anonymous(state, &name)? == Ended::Torn {
                return Ok(Ended::Torn);
            }
        }
        // What stands in a rule is read before the rule.
        let blocks: Vec<Text> = state.blocks.keys().cloned().collect();
        for chain in &blocks {
            if self.rules(state, Some(chain))? == Ended::Torn {
                return Ok(Ended::Torn);
            }
        }
        self.rules(state, None)
    }

    /// Asks for all of a kind in a table.
    fn list(
        &mut self,
        request: u8,
        attribute: u16,
        state: &mut State,
        each: fn(&mut State, &Message<'_>) -> Result<(), Error>,
    ) -> Result<Ended, Error> {
        let Self { link, generation } = self;
        let (family, table) = (state.family(), state.image.table.name.clone());
        link.dump(request, family.number(), generation, |writer| writer.text(attribute, &table), &mut |message| {
            let found = message.reader().find(attribute)?.map(Attribute::text);
            if Family::by_number(message.header.family) == Some(family) && found.as_deref() == Some(&*table) {
                each(state, message)?;
            }
            Ok(())
        })
    }

    fn rules(&mut self, state: &mut State, chain: Option<&Text>) -> Result<Ended, Error> {
        let Self { link, generation } = self;
        let (family, table) = (state.family(), state.image.table.name.clone());
        let attributes = |writer: &mut Writer| {
            writer.text(NFTA_RULE_TABLE, &table);
            if let Some(chain) = chain {
                writer.text(NFTA_RULE_CHAIN, chain);
            }
        };
        let (mut misplaced, mut named, mut last) = (false, false, None::<(Text, u64)>);
        let ended = link.dump(NFT_MSG_GETRULE, family.number(), generation, attributes, &mut |message| {
            let reader = message.reader();
            let rule = RuleMessage::decode(reader.clone())?;
            let name = Text::new(rule.chain.as_deref().unwrap_or_default());
            let asked = match chain {
                Some(chain) => name == *chain,
                None => !state.blocks.contains_key(&name),
            };
            if asked && rule.table == *table {
                let before = last.take().filter(|(chain, _)| *chain == name).map(|(_, handle)| handle);
                misplaced |= pull::misplaced(&rule, before, &mut named);
                last = rule.handle.map(|handle| (name, handle));
                state.rule(&rule, reader, None)?;
            }
            Ok(())
        })?;
        // One that is missing, or is told twice.
        Ok(if misplaced { Ended::Torn } else { ended })
    }

    /// The elements of a named set, asked for again until there are as many as the kernel counts.
    fn set(&mut self, state: &mut State, place: usize) -> Result<Ended, Error> {
        let Some((set, shape)) = state.image.table.sets.get(place).zip(state.shapes.get(place)) else {
            return Ok(Ended::Complete);
        };
        let comes_and_goes = set.is_interval() || set.flags.intersects(SetFlags::TIMEOUT | SetFlags::DYNAMIC);
        let (name, count, shape) = (set.name.clone(), set.count, shape.clone());
        for attempt in 0..ATTEMPTS {
            let mut collector = Collector::new(shape.clone());
            let ended = self.elements(state, &name, attempt, &mut |_, message| Ok(collector.add(message.reader())?))?;
            if ended == Ended::Torn {
                return Ok(ended);
            }
            let mut set = Set::new(name.clone(), crate::model::KeyType::Types(Box::default()));
            (set.elements, set.count) = (collector.finish(), count);
            if comes_and_goes || set::is_complete(&set) {
                state.elements(place, set.elements)?;
                return Ok(Ended::Complete);
            }
        }
        Err(incomplete(&name))
    }

    fn anonymous(&mut self, state: &mut State, name: &Text) -> Result<Ended, Error> {
        for attempt in 0..ATTEMPTS {
            if let Some(set) = state.anonymous.get_mut(name) {
                set.start();
            }
            let ended = self.elements(state, name, attempt, &mut |state, message| {
                state.anonymous.get_mut(name).map_or(Ok(()), |set| set.message(message))
            })?;
            if ended == Ended::Torn {
                return Ok(ended);
            }
            if state.anonymous.get_mut(name).is_none_or(super::state::Anonymous::finish) {
                return Ok(Ended::Complete);
            }
        }
        Err(incomplete(name))
    }

    fn elements(
        &mut self,
        state: &mut State,
        set: &str,
        attempt: u32,
        each: &mut dyn FnMut(&mut State, &Message<'_>) -> Result<(), Error>,
    ) -> Result<Ended, Error> {
        if attempt > 0 {
            std::thread::sleep(Duration::from_millis(u64::from(attempt * attempt)));
        }
        let Self { link, generation } = self;
        let (family, table) = (state.family(), state.image.table.name.clone());
        let attributes = |writer: &mut Writer| {
            writer.text(NFTA_SET_ELEM_LIST_TABLE, &table);
            writer.text(NFTA_SET_ELEM_LIST_SET, set);
        };
        // No two messages hold the same elements.
        let (mut told, hasher, mut twice) = (HashSet::new(), RandomState::new(), false);
        let ended = link.dump(NFT_MSG_GETSETELEM, family.number(), generation, attributes, &mut |message| {
            twice |= !told.insert(hasher.hash_one(message.body));
            each(state, message)
        })?;
        Ok(if twice { Ended::Torn } else { ended })
    }
}

fn incomplete(name: &str) -> Error {
    let text = format!("the kernel gave fewer elements of set {name} than it counts, {ATTEMPTS} times");
    Error::new(ErrorKind::Reply, text)
}
