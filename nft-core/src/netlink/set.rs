//! Sets and elements between batches, dumps and the model.

mod merge;

pub(super) use merge::Waiting;

use std::borrow::Cow;

use rustix::io::Errno;

use super::Transport;
use super::batch::Subject;
use super::command::{Builder, Mode, at, key, place};
use crate::declarations::Declarations;
use crate::error::{Error, ErrorKind};
use crate::model::{Command, Elements, Item, JumpTarget, Rule, Scope, Set, SetFlags, Stmt, Table, Verdict};
use crate::name::SetName;
use crate::schema::Family;
use crate::set::{self, Collector, CompiledSet, DataShape, Edit, Operation, Purpose, Shape, Target, WriteContext};
use crate::uapi::netlink::NLM_F_CREATE;
use crate::uapi::nf_tables::{NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM};
use crate::wire::Message;
use merge::merges;

impl<T: Transport> Builder<'_, T> {
    /// A named set with its elements.
    pub(super) fn set(&mut self, family: Family, table: &str, set: &Set, mode: Mode) -> Result<(), Error> {
        let subject = at(set.origin);
        let placed = |error: Error| {
            error.with_origin(set.origin).within(|path| {
                path.table.get_or_insert_with(|| format!("{family} {table}"));
                path.item.get_or_insert_with(|| format!("set {}", &*set.name));
            })
        };
        self.known.declare(family, table, set);
        let mut head = set::head(set, family, self.next_set).map_err(placed)?;
        // nft makes sets that rules change dynamic, but not maps.
        if !set.is_map() && self.changed.contains(&key(family, table, &set.name)) {
            head.flags |= SetFlags::DYNAMIC;
        }
        self.next_set = self.next_set.wrapping_add(1);
        self.set_head(family, table, &head, mode.flags(), subject)?;
        if set.elements.is_empty() {
            return Ok(());
        }
        let shape = Shape::of(set, family);
        let target = Target { table, set: &set.name, id: Some(head.id) };
        if merges(set.auto_merge, &shape) {
            let edit = Edit { operation: Operation::Add, elements: Cow::Borrowed(&set.elements), origin: set.origin };
            return self.merge(family, NLM_F_CREATE, &target, shape, edit, subject).map_err(placed);
        }
        // Who pushes a whole table makes the set anew.
        let commands = self.changes.get(&key(family, table, &set.name)).copied().filter(|_| shape.interval);
        if commands.is_some_and(|count| count > 1)
            || commands.is_some() && !self.known.held(family, table, &set.name, &shape).map_err(placed)?.elements.is_empty()
        {
            self.change_ranges(NFT_MSG_NEWSETELEM, family, (table, &set.name), &shape, &set.elements).map_err(placed)?;
        }
        let Self { batch, environment, .. } = self;
        let context = WriteContext { shape: &shape, auto_merge: set.auto_merge, environment: *environment };
        batch
            .messages(NFT_MSG_NEWSETELEM, NLM_F_CREATE, family, subject, |header, writer| {
                set::write_elements(&set.elements, &context, Purpose::Fill, &target, header, writer)
            })
            .map_err(placed)
    }

    /// Elements come to a set whose ranges don't merge, or go: they are held against what it holds.
    fn change_ranges(
        &mut self,
        message: u8,
        family: Family,
        (table, name): (&str, &str),
        shape: &Shape,
        elements: &Elements,
    ) -> Result<(), Error> {
        if !shape.interval || shape.is_concat() {
            return Ok(());
        }
        let environment = self.environment;
        let mut ranges = self.known.ranges(family, table, name, shape, environment)?;
        if message == NFT_MSG_NEWSETELEM {
            ranges.add(elements, shape, environment)?;
        } else {
            ranges.delete(elements, shape, environment)?;
        }
        self.known.keep_ranges(family, table, name, ranges);
        Ok(())
    }

    /// Notes the sets that the rules of a command change.
    pub(super) fn note_changes(&mut self, command: &Command) {
        let item = match command {
            Command::Add(item) | Command::Create(item) | Command::Insert(item) => item,
            Command::Replace(scope, _, _, rule) => return self.note_rule(scope.family, &scope.table, rule),
            _ => return,
        };
        match item {
            Item::Table(table) => self.note_table(table),
            Item::Chain(scope, chain) => {
                chain.rules.iter().for_each(|rule| self.note_rule(scope.family, &scope.table, rule));
            }
            Item::Rule(scope, _, _, rule) => self.note_rule(scope.family, &scope.table, rule),
            Item::Set(..) | Item::Elements(..) | Item::Flowtable(..) | Item::Object(..) => {}
        }
    }

    /// Notes the sets that the rules of a table change.
    pub(super) fn note_table(&mut self, table: &Table) {
        for rule in table.chains.iter().flat_map(|chain| &chain.rules) {
            self.note_rule(table.family, &table.name, rule);
        }
    }

    fn note_rule(&mut self, family: Family, table: &str, rule: &Rule) {
        for stmt in &rule.stmts {
            match stmt {
                Stmt::Set(stmt) if stmt.meter.is_none() => {
                    self.changed.insert(key(family, table, &stmt.set));
                }
                Stmt::Verdict(Verdict::Jump(JumpTarget::Block(rules)) | Verdict::Goto(JumpTarget::Block(rules))) => {
                    rules.iter().for_each(|rule| self.note_rule(family, table, rule));
                }
                _ => {}
            }
        }
    }

    /// A set that stands in a rule, or belongs to its meter.
    pub(super) fn anonymous_set(
        &mut self,
        family: Family,
        table: &str,
        set: &CompiledSet,
        subject: Subject,
    ) -> Result<(), Error> {
        self.set_head(family, table, set, NLM_F_CREATE, subject)?;
        self.batch.messages(NFT_MSG_NEWSETELEM, NLM_F_CREATE, family, subject, |header, writer| {
            set.encode_elements(table, header, writer)
        })
    }

    /// Elements of a set that another command or the kernel declares.
    pub(super) fn elements(
        &mut self,
        message: u8,
        flags: u16,
        scope: &Scope,
        name: &SetName,
        elements: &Elements,
    ) -> Result<(), Error> {
        let head = self.known.set(scope.family, &scope.table, name).ok_or_else(|| {
            place(
                Error::new(ErrorKind::Source, format!("there is no set {}", &**name)).with_errno(Errno::NOENT.raw_os_error()),
                scope,
                "set",
                name,
            )
        })?;
        let shape = Shape {
            key: head.key.fields_in(scope.family),
            interval: head.flags.contains(SetFlags::INTERVAL),
            data: head.data.as_ref().map_or(DataShape::None, |data| DataShape::of(data, scope.family)),
        };
        let target = Target { table: &scope.table, set: name, id: None };
        if merges(head.auto_merge, &shape) {
            let operation = if message == NFT_MSG_NEWSETELEM { Operation::Add } else { Operation::Delete };
            let edit = Edit { operation, elements: Cow::Borrowed(elements), origin: scope.origin };
            return self
                .merge(scope.family, flags, &target, shape, edit, at(scope.origin))
                .map_err(|error| place(error, scope, "set", name));
        }
        self.change_ranges(message, scope.family, (&scope.table, name), &shape, elements)
            .map_err(|error| place(error, scope, "set", name))?;
        let Self { batch, environment, .. } = self;
        let context = WriteContext { shape: &shape, auto_merge: head.auto_merge, environment: *environment };
        batch.keys(&shape);
        batch
            .messages(message, flags, scope.family, at(scope.origin), |header, writer| {
                set::write_elements(elements, &context, Purpose::Change, &target, header, writer)
            })
            .map_err(|error| place(error, scope, "set", name))
    }

    fn set_head(&mut self, family: Family, table: &str, head: &CompiledSet, flags: u16, subject: Subject) -> Result<(), Error> {
        self.batch.message(NFT_MSG_NEWSET, flags, family, subject, |writer| {
            head.encode(table, writer);
            Ok(())
        })
    }
}

/// Elements on their way into a set.
pub(super) struct Incoming<'a> {
    set: &'a mut Set,
    shape: &'a Shape,
    collector: Collector,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(set: &'a mut Set, shape: &'a Shape) -> Self {
        Self { set, shape, collector: Collector::new(shape.clone()) }
    }

    /// The set's name.
    pub(super) fn name(&self) -> &str {
        &self.set.name
    }

    /// Begins anew.
    pub(super) fn start(&mut self) {
        self.collector = Collector::new(self.shape.clone());
    }

    pub(super) fn message(&mut self, message: &Message<'_>) -> Result<(), Error> {
        Ok(self.collector.add(message.reader())?)
    }

    /// Takes what has come, and says whether that is as much as the kernel counts. Only hash sets are doubtful, and not those whose
    /// elements come and go by themselves.
    pub(super) fn finish(&mut self) -> bool {
        let collector = std::mem::replace(&mut self.collector, Collector::new(self.shape.clone()));
        self.set.elements = collector.finish();
        if self.shape.interval || self.set.flags.intersects(SetFlags::TIMEOUT | SetFlags::DYNAMIC) {
            return true;
        }
        set::is_complete(self.set)
    }
}
