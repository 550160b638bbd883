//! Sets with `auto-merge`: what elements make of those that the set holds.
//!
//! The kernel cannot take back in a batch what the same batch has put into a set with ranges. So where several commands change one
//! such set, what they come to is sent once, before the next command that asks for it, or at the end.

use std::borrow::Cow;

use super::super::Transport;
use super::super::batch::Subject;
use super::super::command::{Builder, key, named};
use super::super::known::Held;
use crate::error::Error;
use crate::model::{Command, Elements, Item, Target as Named};
use crate::schema::Family;
use crate::set::{self, Change, DataShape, Edit, Operation, Purpose, Shape, Target, WriteContext};
use crate::uapi::netlink::{NLM_F_CREATE, NLM_F_EXCL};
use crate::uapi::nf_tables::{NFT_MSG_DELSETELEM, NFT_MSG_NEWSETELEM};
use crate::wire::Text;

/// Changes of a set that wait for others.
#[derive(Debug)]
pub(in super::super) struct Waiting {
    family: Family,
    table: Text,
    set: Text,
    id: Option<u32>,
    shape: Shape,
    subject: Subject,
    edits: Vec<Edit<'static>>,
}

/// Whether ranges of such a set become one with those that it holds.
pub(super) fn merges(auto_merge: bool, shape: &Shape) -> bool {
    auto_merge && shape.interval && !shape.is_concat() && shape.data == DataShape::None
}

impl<T: Transport> Builder<'_, T> {
    /// Counts for each set with ranges how many commands change its elements.
    pub(in super::super) fn count_changes(&mut self, command: &Command) {
        let (family, table, set) = match command {
            Command::Add(Item::Elements(scope, set, _))
            | Command::Create(Item::Elements(scope, set, _))
            | Command::Delete(Named::Elements(scope, set, _))
            | Command::Destroy(Named::Elements(scope, set, _)) => (scope.family, &*scope.table, &**set),
            Command::Add(Item::Set(scope, set)) | Command::Create(Item::Set(scope, set)) if set.is_interval() => {
                (scope.family, &*scope.table, &*set.name)
            }
            Command::Add(Item::Table(table)) | Command::Create(Item::Table(table)) => {
                for set in table.sets.iter().filter(|set| set.is_interval()) {
                    *self.changes.entry(key(table.family, &table.name, &set.name)).or_default() += 1;
                }
                return;
            }
            _ => return,
        };
        *self.changes.entry(key(family, table, set)).or_default() += 1;
    }

    /// Elements come to a set with `auto-merge`, or go.
    pub(super) fn merge(
        &mut self,
        family: Family,
        flags: u16,
        target: &Target<'_>,
        shape: Shape,
        edit: Edit<'_>,
        subject: Subject,
    ) -> Result<(), Error> {
        let name = key(family, target.table, target.set);
        let alone = self.changes.get(&name).is_none_or(|count| *count < 2) || flags & NLM_F_EXCL != 0;
        if alone {
            self.settle(Some(&name))?;
            return self.edit(family, flags, target, &shape, &[edit], subject);
        }
        let Edit { operation, elements, origin } = edit;
        let edit = Edit { operation, elements: Cow::Owned(elements.into_owned()), origin };
        if let Some(waiting) =
            self.waiting.iter_mut().find(|waiting| named(waiting.family, &waiting.table, &waiting.set, &name))
        {
            waiting.edits.push(edit);
            return Ok(());
        }
        let (_, table, set) = name;
        self.waiting.push(Waiting { family, table, set, id: target.id, shape, subject, edits: vec![edit] });
        Ok(())
    }

    /// Sends what waits: of one set, or of all.
    pub(in super::super) fn settle(&mut self, only: Option<&(Family, Text, Text)>) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| only.is_none_or(|name| named(waiting.family, &waiting.table, &waiting.set, name)));
        self.waiting = rest;
        for Waiting { family, table, set, id, shape, subject, edits } in due {
            let target = Target { table: &table, set: &set, id };
            self.batch.begin_command(subject.origin);
            self.edit(family, NLM_F_CREATE, &target, &shape, &edits, subject).map_err(|error| {
                error.with_origin(subject.origin).within(|path| {
                    path.table.get_or_insert_with(|| format!("{family} {table}"));
                    path.item.get_or_insert_with(|| format!("set {set}"));
                })
            })?;
        }
        Ok(())
    }

    /// Sends what these changes come to.
    fn edit(
        &mut self,
        family: Family,
        flags: u16,
        target: &Target<'_>,
        shape: &Shape,
        edits: &[Edit<'_>],
        subject: Subject,
    ) -> Result<(), Error> {
        let mut held = self.known.held(family, target.table, target.set, shape)?;
        let Self { batch, environment, .. } = self;
        batch.keys(shape);
        let context = WriteContext { shape, auto_merge: true, environment: *environment };
        if let ([Edit { operation: Operation::Add, elements, .. }], true) = (edits, held.elements.is_empty()) {
            batch.messages(NFT_MSG_NEWSETELEM, flags | NLM_F_CREATE, family, subject, |header, writer| {
                set::write_elements(elements, &context, Purpose::Fill, target, header, writer)
            })?;
            if self.changes.get(&key(family, target.table, target.set)).is_some_and(|count| *count > 1) {
                let held = Held { elements: Elements::clone(elements), merged: false };
                self.known.hold(family, target.table, target.set, held);
            }
            return Ok(());
        }
        if !held.merged {
            let all = [Edit { operation: Operation::Add, elements: Cow::Owned(held.elements), origin: subject.origin }];
            held.elements = set::change(&Elements::default(), &all, shape, *environment)?.after;
        }
        let held = held.elements;
        let Change { remove, add, after } = set::change(&held, edits, shape, *environment)?;
        if !remove.is_empty() {
            batch.messages(NFT_MSG_DELSETELEM, 0, family, subject, |header, writer| {
                set::write_elements(&remove, &context, Purpose::Change, target, header, writer)
            })?;
        }
        if !add.is_empty() {
            let purpose = if held.is_empty() { Purpose::Fill } else { Purpose::Change };
            batch.messages(NFT_MSG_NEWSETELEM, flags | NLM_F_CREATE, family, subject, |header, writer| {
                set::write_elements(&add, &context, purpose, target, header, writer)
            })?;
        }
        self.known.hold(family, target.table, target.set, Held { elements: after, merged: true });
        Ok(())
    }
}
