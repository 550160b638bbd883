//! A commit's messages, taken into a mirror.

use std::collections::HashSet;

use crate::error::{Error, ErrorKind};
use crate::message::rule::RuleMessage;
use crate::message::table;
use crate::netlink::commits::RawCommit;
use crate::netlink::snapshot::{self, Name, Snapshot};
use crate::netlink::state::State;
use crate::schema::Family;
use crate::uapi::netlink::NLM_F_APPEND;
use crate::uapi::nf_tables::{
    NFT_MSG_DELCHAIN, NFT_MSG_DELFLOWTABLE, NFT_MSG_DELOBJ, NFT_MSG_DELRULE, NFT_MSG_DELSET, NFT_MSG_DELSETELEM,
    NFT_MSG_DELTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWOBJ, NFT_MSG_NEWRULE, NFT_MSG_NEWSET,
    NFT_MSG_NEWSETELEM, NFT_MSG_NEWTABLE, NFTA_SET_ELEM_LIST_SET, NFTA_TABLE_NAME,
};
use crate::wire::{Attribute, Attributes, Message, Text};

/// What commits changed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::netlink) struct News {
    /// Something of a mirrored table.
    pub(in crate::netlink) mirrored: bool,
    /// The head of another table: it came, or is another's now.
    pub(in crate::netlink) others: bool,
}

impl News {
    /// Everything may be another.
    pub(super) const ALL: Self = Self { mirrored: true, others: true };

    pub(super) const fn add(&mut self, news: Self) {
        self.mirrored |= news.mirrored;
        self.others |= news.others;
    }
}

/// Where more rules and chains go in one commit, their tables are read anew, which costs less than to take them out one by one.
const REMOVALS: usize = 500;

/// Takes a commit in; says what it changed. The elements of the sets in `known` are not looked at.
pub(super) fn commit(
    snapshot: &mut Snapshot,
    commit: &RawCommit,
    within: &dyn Fn(&Name) -> bool,
    known: &HashSet<(Name, Text)>,
) -> Result<News, Error> {
    let mut news = News::default();
    let removals = |message: &Message<'_>| matches!(message.header.message(), NFT_MSG_DELRULE | NFT_MSG_DELCHAIN);
    let many = commit.messages.iter().filter_map(Result::ok).filter(removals).count() > REMOVALS;
    for message in &commit.messages {
        let message = message?;
        let Some(family) = Family::by_number(message.header.family) else {
            // Tables of other families are not mirrored.
            continue;
        };
        // In every kind of message the table has the same number.
        let table = message.reader().find(NFTA_TABLE_NAME)?.map(Attribute::text).unwrap_or_default();
        let name: Name = (family, Text::new(&table));
        match message.header.message() {
            NFT_MSG_NEWTABLE => {
                let table = table::decode(family, message.reader())?;
                *(if within(&name) { &mut news.mirrored } else { &mut news.others }) = true;
                new_table(snapshot, name, table, within);
            }
            NFT_MSG_DELTABLE => {
                news.mirrored |= snapshot.tables.remove(&name).is_some();
                snapshot.others.retain(|other| snapshot::name(other.family, &other.name) != name);
            }
            kind => {
                let Some(state) = snapshot.tables.get_mut(&name) else { continue };
                news.mirrored = true;
                if many && removals(&message) {
                    state.doubt();
                }
                if state.is_doubtful() {
                    continue;
                }
                item(state, kind, &message, &|set| known.contains(&(name.clone(), set.clone())))?;
            }
        }
    }
    snapshot.tables.values_mut().for_each(State::settle);
    snapshot.generation = commit.generation;
    Ok(news)
}

fn new_table(snapshot: &mut Snapshot, name: Name, table: crate::model::Table, within: &dyn Fn(&Name) -> bool) {
    let same = |state: &&mut State| state.image.table.handle == table.handle;
    if let Some(state) = snapshot.tables.get_mut(&name).filter(same) {
        let old = &mut state.image.table;
        (old.flags, old.owner, old.handle) = (table.flags, table.owner, table.handle);
        (old.comment, old.unknown) = (table.comment, table.unknown);
    } else if within(&name) {
        // Also if one of that name was there: it went unheard, as an owner's does.
        snapshot.tables.insert(name, State::new(table));
    } else {
        snapshot.others.retain(|other| snapshot::name(other.family, &other.name) != name);
        snapshot.others.push(table);
    }
}

fn item(state: &mut State, kind: u8, message: &Message<'_>, known: &dyn Fn(&Text) -> bool) -> Result<(), Error> {
    let reader = message.reader();
    match kind {
        NFT_MSG_NEWCHAIN => state.chain(reader),
        NFT_MSG_DELCHAIN => state.remove_chain(reader),
        NFT_MSG_NEWOBJ => state.object(reader),
        NFT_MSG_DELOBJ => state.remove_object(reader),
        NFT_MSG_NEWFLOWTABLE => state.flowtable(reader),
        NFT_MSG_DELFLOWTABLE => state.remove_flowtable(reader),
        NFT_MSG_NEWSET => state.set(reader),
        NFT_MSG_DELSET => state.remove_set(reader),
        NFT_MSG_NEWSETELEM | NFT_MSG_DELSETELEM => {
            let set = reader.find(NFTA_SET_ELEM_LIST_SET)?.map(Attribute::text).unwrap_or_default();
            let set = Text::new(&set);
            if known(&set) { Ok(()) } else { state.changed_elements(&set, message, kind == NFT_MSG_NEWSETELEM) }
        }
        NFT_MSG_NEWRULE => {
            let rule = RuleMessage::decode(reader.clone())?;
            state.new_rule(&rule, reader, message.header.flags & NLM_F_APPEND != 0)
        }
        NFT_MSG_DELRULE => {
            state.remove_rule(&RuleMessage::decode(reader)?);
            Ok(())
        }
        _ => Err(unknown(message)),
    }
}

fn unknown(message: &Message<'_>) -> Error {
    Error::new(ErrorKind::Unsupported, format!("an event of the unknown kind {}", message.header.kind))
}
