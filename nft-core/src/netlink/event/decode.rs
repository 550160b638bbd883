//! Messages to events.

use rustix::io::Errno;

use super::elements::Run;
use super::names::{Heads, Seen, Tables};
use super::{Deleted, Entity, Event, Grain, How, Place, UnknownEvent};
use crate::delinearize;
use crate::error::Error;
use crate::message::chain::ChainMessage;
use crate::message::element::ElementList;
use crate::message::flowtable::FlowtableMessage;
use crate::message::object::ObjectMessage;
use crate::message::rule::RuleMessage;
use crate::message::set::SetMessage;
use crate::message::table::TableMessage;
use crate::message::{chain, flowtable, object, read_devices, table};
use crate::model::{ObjectType, Rule, Scope, Set};
use crate::name::{ChainName, DeviceName, FlowtableName, ObjectName, SetName, TableName};
use crate::netlink::Transport;
use crate::netlink::ack::refused_with;
use crate::netlink::link::Link;
use crate::netlink::pull::received_rule;
use crate::schema::Family;
use crate::set;
use crate::uapi::netlink::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL};
use crate::uapi::nf_tables::{
    NFT_MSG_DELCHAIN, NFT_MSG_DELFLOWTABLE, NFT_MSG_DELOBJ, NFT_MSG_DELRULE, NFT_MSG_DELSET, NFT_MSG_DELSETELEM,
    NFT_MSG_DELTABLE, NFT_MSG_DESTROYCHAIN, NFT_MSG_DESTROYFLOWTABLE, NFT_MSG_DESTROYOBJ, NFT_MSG_DESTROYRULE,
    NFT_MSG_DESTROYSET, NFT_MSG_DESTROYSETELEM, NFT_MSG_DESTROYTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWGEN,
    NFT_MSG_NEWOBJ, NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFT_MSG_NEWTABLE,
};
use crate::wire::{Attributes, Message, Messages, Reader};

/// Makes events of messages, and remembers what later messages do not repeat.
#[derive(Debug)]
pub(in crate::netlink) struct Decoder {
    grain: Grain,
    tables: Tables,
}

impl Decoder {
    pub(in crate::netlink) fn new(grain: Grain) -> Self {
        Self { grain, tables: Tables::default() }
    }

    /// Forgets everything and asks what there is.
    pub(in crate::netlink) fn learn<T: Transport>(&mut self, link: &mut Link<T>) -> Result<(), Error> {
        self.tables.ask_all(link)
    }

    /// The events of messages. The kernel is asked for sets that were not heard of.
    pub(in crate::netlink) fn events<T: Transport>(
        &mut self,
        messages: Messages<'_>,
        link: &mut Link<T>,
    ) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        let mut run: Option<Run> = None;
        for message in messages {
            let message = message?;
            let kind = message.header.message();
            if matches!(kind, NFT_MSG_NEWSETELEM | NFT_MSG_DELSETELEM | NFT_MSG_DESTROYSETELEM)
                && let Ok(list) = ElementList::decode(message.reader())
            {
                if run.as_ref().is_none_or(|run| !run.takes(&message, &list))
                    && let Some(run) = run.replace(Run::begin(&message, &list))
                {
                    self.finish(&run, link, &mut events)?;
                }
                if let Some(run) = &mut run {
                    run.messages.push_message(&message);
                }
                continue;
            }
            if let Some(run) = run.take() {
                self.finish(&run, link, &mut events)?;
            }
            match self.message(&message) {
                Ok(event) => events.extend(event),
                // What cannot be read is handed on as it is.
                Err(_) => events.push(unknown(&message)),
            }
        }
        if let Some(run) = run.take() {
            self.finish(&run, link, &mut events)?;
        }
        Ok(events)
    }

    /// The elements of a run.
    fn finish<T: Transport>(&mut self, run: &Run, link: &mut Link<T>, events: &mut Vec<Event>) -> Result<(), Error> {
        let all_unknown = |events: &mut Vec<Event>| {
            let messages = run.messages.iter().map_while(Result::ok);
            events.extend(messages.map(|message| unknown(&message)));
        };
        let Some(family) = Family::by_number(run.family) else {
            all_unknown(events);
            return Ok(());
        };
        if self.tables.table(family, &run.table).set_of(&run.set).is_none() {
            self.tables.ask_sets(link, Some((family, &run.table))).or_else(gone)?;
        }
        let grain = self.grain;
        let Some(head) = self.tables.table(family, &run.table).set_mut(&run.set) else {
            all_unknown(events);
            return Ok(());
        };
        if head.is_anonymous() {
            // They stand in the rule, which comes later.
            if run.message == NFT_MSG_NEWSETELEM && head.filled {
                for elements in run.elements(&head.shape, Grain::Value)? {
                    head.set.elements.append(elements);
                }
            }
            return Ok(());
        }
        let Ok(all) = run.elements(&head.shape, grain) else {
            all_unknown(events);
            return Ok(());
        };
        for elements in all.into_iter().filter(|elements| !elements.is_empty()) {
            let set = Box::new(Set { elements, ..head.set.clone() });
            let scope = Scope::new(family, TableName::received(&run.table));
            events.push(match run.message {
                NFT_MSG_NEWSETELEM => Event::Added(how(run.flags), Entity::Elements(scope, set)),
                _ => Event::Deleted(Deleted::Elements(scope, set)),
            });
        }
        Ok(())
    }

    /// What a message says, unless it is of something that stands in a rule.
    fn message(&mut self, message: &Message<'_>) -> Result<Option<Event>, Error> {
        let Some(family) = Family::by_number(message.header.family) else {
            let known = message.header.message() == NFT_MSG_NEWGEN;
            return Ok((!known).then(|| unknown(message)));
        };
        let (reader, flags) = (message.reader(), message.header.flags);
        let added = |entity| Some(Event::Added(how(flags), entity));
        Ok(match message.header.message() {
            NFT_MSG_NEWTABLE => added(Entity::Table(Box::new(table::decode(family, reader)?))),
            NFT_MSG_NEWCHAIN => {
                let received = chain::decode(family, reader)?;
                if received.anonymous && self.grain == Grain::Value {
                    self.tables.table(family, &received.table).insert_block(&received.chain.name);
                    return Ok(None);
                }
                added(Entity::Chain(scope(family, &received.table), Box::new(received.chain)))
            }
            NFT_MSG_NEWRULE => return self.rule(family, reader, flags),
            NFT_MSG_NEWSET => {
                let (table, set, shape) = set::decode(family, reader)?;
                let heads = self.tables.table(family, &table);
                heads.insert_set(set.clone(), shape);
                if heads.set_of(&set.name).is_some_and(super::names::Head::is_anonymous) {
                    return Ok(None);
                }
                added(Entity::Set(scope(family, &table), Box::new(set)))
            }
            NFT_MSG_NEWOBJ => {
                let (table, object) = object::decode(reader)?;
                added(Entity::Object(scope(family, &table), Box::new(object)))
            }
            NFT_MSG_NEWFLOWTABLE => {
                let (table, flowtable) = flowtable::decode(reader)?;
                added(Entity::Flowtable(scope(family, &table), Box::new(flowtable)))
            }
            NFT_MSG_DELTABLE | NFT_MSG_DESTROYTABLE => {
                let found = TableMessage::decode(reader)?;
                let name = found.name.unwrap_or_default();
                self.tables.remove(family, &name);
                Some(Event::Deleted(Deleted::Table(family, TableName::received(&name), found.handle)))
            }
            NFT_MSG_DELCHAIN | NFT_MSG_DESTROYCHAIN => self.deleted_chain(family, reader)?,
            NFT_MSG_DELRULE | NFT_MSG_DESTROYRULE => self.deleted_rule(family, reader)?,
            NFT_MSG_DELSET | NFT_MSG_DESTROYSET => {
                let found = SetMessage::decode(reader)?;
                let name = found.name.unwrap_or_default();
                let anonymous = self.tables.table(family, &found.table).remove_set(&name);
                (!anonymous || self.grain == Grain::Line)
                    .then(|| Event::Deleted(Deleted::Set(scope(family, &found.table), SetName::received(&name), found.handle)))
            }
            NFT_MSG_DELOBJ | NFT_MSG_DESTROYOBJ => {
                let found = ObjectMessage::decode(reader)?;
                let name = ObjectName::received(&found.name.unwrap_or_default());
                let ty = ObjectType(found.ty.unwrap_or_default());
                Some(Event::Deleted(Deleted::Object(scope(family, &found.table), ty, name, found.handle)))
            }
            NFT_MSG_DELFLOWTABLE | NFT_MSG_DESTROYFLOWTABLE => {
                let found = FlowtableMessage::decode(reader)?;
                let name = FlowtableName::received(&found.name.unwrap_or_default());
                let devices = devices(found.hook.and_then(|hook| hook.devices), None)?;
                let scope = scope(family, &found.table);
                Some(Event::Deleted(match devices {
                    devices if devices.is_empty() => Deleted::Flowtable(scope, name, found.handle),
                    devices => Deleted::FlowtableDevices(scope, name, devices),
                }))
            }
            NFT_MSG_NEWGEN => None,
            _ => Some(unknown(message)),
        })
    }

    fn rule(&mut self, family: Family, reader: Reader<'_>, flags: u16) -> Result<Option<Event>, Error> {
        let message = RuleMessage::decode(reader)?;
        let name = message.chain.as_deref().unwrap_or_default();
        let blocks = self.grain == Grain::Value;
        let heads = self.tables.table(family, &message.table);
        let rule = read_rule(&message, family, heads, blocks);
        let appended = flags & NLM_F_APPEND != 0;
        let place = match message.position {
            Some(handle) => Place::Behind(handle),
            // Without NLM_F_CREATE it takes the place of another.
            None if flags & NLM_F_CREATE == 0 => Place::Same,
            None if appended => Place::Last,
            None => Place::First,
        };
        if blocks && let Some(block) = heads.block_mut(name) {
            if let Some(rules) = block {
                place_in(rules, rule, place);
            }
            return Ok(None);
        }
        let how = if appended || place == Place::Same { how(flags) } else { How::Insert };
        let entity = Entity::Rule(scope(family, &message.table), ChainName::received(name), place, Box::new(rule));
        Ok(Some(Event::Added(how, entity)))
    }

    fn deleted_rule(&mut self, family: Family, reader: Reader<'_>) -> Result<Option<Event>, Error> {
        let message = RuleMessage::decode(reader)?;
        let name = message.chain.as_deref().unwrap_or_default();
        let blocks = self.grain == Grain::Value;
        let heads = self.tables.table(family, &message.table);
        // It stays where the rule that jumps to it may still have to be told.
        if blocks && heads.block_mut(name).is_some() {
            return Ok(None);
        }
        let rule = read_rule(&message, family, heads, blocks);
        Ok(Some(Event::Deleted(Deleted::Rule(scope(family, &message.table), ChainName::received(name), Box::new(rule)))))
    }

    fn deleted_chain(&mut self, family: Family, reader: Reader<'_>) -> Result<Option<Event>, Error> {
        let message = ChainMessage::decode(reader)?;
        let name = message.name.as_deref().unwrap_or_default();
        let anonymous = self.tables.table(family, &message.table).remove_block(name);
        if anonymous && self.grain == Grain::Value {
            return Ok(None);
        }
        let (scope, name) = (scope(family, &message.table), ChainName::received(name));
        // With a hook, only devices of it go.
        Ok(Some(Event::Deleted(match message.hook {
            Some(hook) => Deleted::ChainDevices(scope, name, devices(hook.devices, hook.device.as_deref())?),
            None => Deleted::Chain(scope, name, message.handle),
        })))
    }
}

/// A table that is gone has no sets.
fn gone(error: Error) -> Result<(), Error> {
    if refused_with(&error, Errno::NOENT) { Ok(()) } else { Err(error) }
}

const fn how(flags: u16) -> How {
    if flags & NLM_F_EXCL != 0 { How::Create } else { How::Add }
}

fn scope(family: Family, table: &str) -> Scope {
    Scope::new(family, TableName::received(table))
}

fn unknown(message: &Message<'_>) -> Event {
    Event::Unknown(UnknownEvent {
        message: message.header.message(),
        flags: message.header.flags,
        family: message.header.family,
        attributes: message.body.into(),
    })
}

fn devices(several: Option<&[u8]>, one: Option<&str>) -> Result<Vec<DeviceName>, Error> {
    Ok(match several {
        Some(devices) => read_devices(Reader::new(devices))?,
        None => one.map(DeviceName::received).into_iter().collect(),
    })
}

fn read_rule(message: &RuleMessage<'_>, family: Family, heads: &Heads, blocks: bool) -> Rule {
    received_rule(message, &delinearize::Context { family, names: &Seen { heads, blocks } })
}

fn place_in(rules: &mut Vec<Rule>, rule: Rule, place: Place) {
    let found = |handle: u64| rules.iter().position(|rule| rule.handle == Some(handle));
    match place {
        Place::First => rules.insert(0, rule),
        Place::Behind(handle) => rules.insert(found(handle).map_or(rules.len(), |at| at + 1), rule),
        Place::Last | Place::Same => rules.push(rule),
    }
}
