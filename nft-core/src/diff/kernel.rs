//! What the kernel gets of a thing, as bytes to compare: state left out, order where it has no meaning made one.

use crate::bytecode::{Counter, Instruction, Last, Quota};
use crate::environment::Environment;
use crate::error::Error;
use crate::evaluate::{self, Compiled, Context};
use crate::message;
use crate::model::{Chain, Element, Flowtable, Object, ObjectKind, Policy, Rule, Set, SetFlags, Table};
use crate::schema::Family;
use crate::set::{self, Collector, CompiledSet, Purpose, Shape, Target, WriteContext};
use crate::uapi::nf_tables::{NFT_MSG_NEWSETELEM, NFTA_LIST_ELEM};
use crate::wire::{Field, Header, Messages, Writer};

/// A table to compile for.
pub(super) struct Kernel<'a> {
    table: &'a Table,
    environment: &'a dyn Environment,
}

pub(super) fn object_name(object: &Object) -> String {
    match object.kind.ty().name() {
        Some(ty) => format!("{ty} {}", &*object.name),
        None => format!("object {} of type {}", &*object.name, object.kind.ty().0),
    }
}

pub(super) fn set_name(set: &Set) -> String {
    format!("{} {}", if set.is_map() { "map" } else { "set" }, &*set.name)
}

pub(super) fn object(object: &Object, family: Family) -> Result<Vec<u8>, Error> {
    let mut object = object.clone();
    let own = |l3proto: &mut u16| {
        if *l3proto == 0 {
            *l3proto = u16::from(family.number());
        }
    };
    match &mut object.kind {
        ObjectKind::Counter { packets, bytes } => (*packets, *bytes) = (0, 0),
        ObjectKind::Quota(quota) => quota.used = 0,
        ObjectKind::CtHelper(helper) => own(&mut helper.l3proto),
        ObjectKind::CtTimeout(timeout) => own(&mut timeout.l3proto),
        ObjectKind::CtExpectation(expectation) => own(&mut expectation.l3proto),
        ObjectKind::Limit(_)
        | ObjectKind::Secmark(_)
        | ObjectKind::Synproxy(_)
        | ObjectKind::Tunnel(_)
        | ObjectKind::Unknown(..) => {}
    }
    let mut writer = Writer::new();
    message::object::encode("", &object, &mut writer)?;
    Ok(writer.finish()?)
}

pub(super) fn flowtable(flowtable: &Flowtable) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::new();
    message::flowtable::encode("", flowtable, &mut writer);
    Ok(writer.finish()?)
}

pub(super) fn chain(chain: &Chain, family: Family) -> Result<Vec<u8>, Error> {
    let mut head = Chain::new(chain.name.clone());
    head.base.clone_from(&chain.base);
    head.comment.clone_from(&chain.comment);
    head.unknown.clone_from(&chain.unknown);
    if let Some(base) = &mut head.base {
        base.policy.get_or_insert(Policy::Accept);
    }
    let mut writer = Writer::new();
    message::chain::encode("", family, &head, &mut writer)?;
    Ok(writer.finish()?)
}

impl<'a> Kernel<'a> {
    pub(super) const fn new(table: &'a Table, environment: &'a dyn Environment) -> Self {
        Self { table, environment }
    }

    /// A set with its elements, except those that rules add.
    pub(super) fn set(&self, set: &Set) -> Result<Vec<u8>, Error> {
        let family = self.table.family;
        let mut head = set::head(set, family, 0)?;
        head.exprs.iter_mut().for_each(forget);
        let mut writer = Writer::new();
        head.encode("", &mut writer);
        if set.flags.contains(SetFlags::DYNAMIC) {
            return Ok(writer.finish()?);
        }
        // Through the kernel's form and back: sorted, without doubles, ranges merged.
        let shape = Shape::of(set, family);
        let mut elements = set.elements.clone();
        elements.others_mut().iter_mut().for_each(|element| element.expires = None);
        let header = Header::nftables(NFT_MSG_NEWSETELEM, 0, family.number());
        let context = WriteContext { shape: &shape, auto_merge: set.auto_merge, environment: self.environment };
        let target = Target { table: "", set: "", id: None };
        let mut messages = Writer::new();
        set::write_elements(&elements, &context, Purpose::Fill, &target, &header, &mut messages)?;
        let mut collector = Collector::new(shape.clone());
        for message in Messages::new(&messages.finish()?) {
            collector.add(message?.reader())?;
        }
        let mut elements = collector.finish();
        elements.others_mut().iter_mut().for_each(forget_element);
        set::write_elements(&elements, &context, Purpose::Fill, &target, &header, &mut writer)?;
        Ok(writer.finish()?)
    }

    /// A rule with what stands in it.
    pub(super) fn rule(&self, rule: &Rule) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new();
        match rule.opaque.as_deref() {
            Some(opaque) if opaque.stmts == rule.stmts => {
                instructions(&opaque.program, &mut writer);
                writer.raw(opaque.compat.as_deref().unwrap_or_default());
            }
            _ => {
                let context = Context::new(self.table.family, &self.table.name, self.environment, self.table);
                compiled(&evaluate::compile(rule, &context)?, &mut writer)?;
            }
        }
        let mut userdata = Vec::new();
        message::rule::write_userdata(rule.comment.as_deref(), rule.tag.as_deref(), &mut userdata)?;
        writer.raw(&userdata);
        Ok(writer.finish()?)
    }
}

fn compiled(rule: &Compiled<'_>, writer: &mut Writer) -> Result<(), Error> {
    instructions(&rule.program, writer);
    for set in &rule.sets {
        anonymous(set, writer);
    }
    for block in &rule.blocks {
        for (source, rule) in &block.rules {
            compiled(rule, writer)?;
            let mut userdata = Vec::new();
            message::rule::write_userdata(source.comment.as_deref(), source.tag.as_deref(), &mut userdata)?;
            writer.raw(&userdata);
        }
    }
    Ok(())
}

/// The elements of a set have no order; its userdata only say how it is listed.
fn anonymous(set: &CompiledSet, writer: &mut Writer) {
    let mut set = set.clone();
    set.userdata.clear();
    set.elements.sort_by(|left, right| (&left.key, left.flags).cmp(&(&right.key, right.flags)));
    for element in &mut set.elements {
        element.expiration = None;
        element.exprs.iter_mut().for_each(forget);
    }
    set.encode("", writer);
    for element in &set.elements {
        element.encode(writer);
    }
}

fn instructions(program: &[Instruction], writer: &mut Writer) {
    for instruction in program {
        let has_state = matches!(
            instruction,
            Instruction::Counter(_) | Instruction::Quota(_) | Instruction::Last(_) | Instruction::Dynset(_)
        );
        if has_state {
            let mut instruction = instruction.clone();
            forget(&mut instruction);
            instruction.write(NFTA_LIST_ELEM, writer);
        } else {
            instruction.write(NFTA_LIST_ELEM, writer);
        }
    }
}

/// Sets state to what it is at first.
fn forget(instruction: &mut Instruction) {
    match instruction {
        Instruction::Counter(Counter { bytes, packets }) => (*bytes, *packets) = (None, None),
        Instruction::Quota(Quota { consumed, .. }) => *consumed = None,
        Instruction::Last(Last { msecs, set }) => (*msecs, *set) = (None, None),
        Instruction::Dynset(dynset) => {
            dynset.expr.iter_mut().for_each(|expr| forget(expr));
            dynset.expressions.iter_mut().for_each(forget);
        }
        _ => {}
    }
}

fn forget_element(element: &mut Element) {
    use crate::model::Stmt;
    element.expires = None;
    for stmt in &mut element.stmts {
        match stmt {
            Stmt::Counter { packets, bytes } => (*packets, *bytes) = (0, 0),
            Stmt::Quota(quota) => quota.used = 0,
            Stmt::Last(last) => last.used = None,
            _ => {}
        }
    }
}
