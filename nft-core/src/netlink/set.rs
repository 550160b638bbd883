//! Sets and elements between batches, dumps and the model.

use super::Transport;
use super::batch::Subject;
use super::command::{Builder, Mode, at, place};
use crate::declarations::Declarations;
use crate::error::{Error, ErrorKind};
use crate::model::{Elements, Scope, Set, SetFlags};
use crate::name::SetName;
use crate::schema::Family;
use crate::set::{self, Collector, CompiledSet, DataShape, Purpose, Shape, Target, WriteContext};
use crate::uapi::netlink::NLM_F_CREATE;
use crate::uapi::nf_tables::{NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM};
use crate::wire::Message;

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
        let head = set::head(set, family, self.next_set).map_err(placed)?;
        self.next_set = self.next_set.wrapping_add(1);
        self.set_head(family, table, &head, mode.flags(), subject)?;
        if set.elements.is_empty() {
            return Ok(());
        }
        let Self { batch, environment, .. } = self;
        let target = Target { table, set: &set.name, id: Some(head.id) };
        let shape = Shape::of(set, family);
        let context = WriteContext { shape: &shape, auto_merge: set.auto_merge, environment: *environment };
        batch
            .messages(NFT_MSG_NEWSETELEM, NLM_F_CREATE, family, subject, |header, writer| {
                set::write_elements(&set.elements, &context, Purpose::Fill, &target, header, writer)
            })
            .map_err(placed)
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
            place(Error::new(ErrorKind::Source, format!("there is no set {}", &**name)).with_errno(ENOENT), scope, "set", name)
        })?;
        let shape = Shape {
            key: head.key.fields_in(scope.family),
            interval: head.flags.contains(SetFlags::INTERVAL),
            data: head.data.as_ref().map_or(DataShape::None, |data| DataShape::of(data, scope.family)),
        };
        let Self { batch, environment, .. } = self;
        let target = Target { table: &scope.table, set: name, id: None };
        let context = WriteContext { shape: &shape, auto_merge: head.auto_merge, environment: *environment };
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

/// `ENOENT`.
const ENOENT: i32 = 2;

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
