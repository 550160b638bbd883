//! What a rule is, as one number: equal for two rules if the kernel runs the same, with the same comment and tag.
//!
//! Both sides of a comparison come through here: rules of the kernel with the bytes that it gave, rules of a program as they are compiled.
//! A key holds 128 bits of hashes with keys of this process, so a rule costs 16 bytes and nobody can make two rules collide.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

use super::canonical;
use crate::bytecode::{ChainRef, Immediate, Instruction, Lookup, ObjrefMap, Operand, Verdict};
use crate::evaluate::Compiled;
use crate::message;
use crate::model::{Rule, SetFlags};
use crate::schema::Family;
use crate::set::{CompiledElement, CompiledSet};
use crate::uapi::nf_tables::{NFT_SET_ELEM_INTERVAL_END, NFTA_LIST_ELEM, NFTA_RULE_COMPAT};
use crate::wire::{Data, Field, Text, Tlvs, Writer};

/// A digest.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key(u64, u64);

static SEEDS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

impl Key {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let [first, second] = SEEDS.each_ref().map(|seed| {
            let mut hasher = seed.build_hasher();
            hasher.write(bytes);
            hasher.finish()
        });
        Self(first, second)
    }

    /// Of what a rule says, to see whether it was changed after it was pulled.
    pub(crate) fn of_statements(rule: &Rule, family: Family) -> u64 {
        SEEDS[0].hash_one((rule, family))
    }

    fn write(self, writer: &mut Writer) {
        writer.raw(&self.0.to_ne_bytes());
        writer.raw(&self.1.to_ne_bytes());
    }
}

/// What stands inside a rule but has a name in the kernel: sets and chains that belong to it.
pub(crate) trait Inline {
    /// The content of such a set; nothing for sets with a name of their own.
    fn set(&self, name: &str, id: Option<u32>) -> Option<Key>;

    /// The content of such a chain.
    fn chain(&self, chain: &ChainRef) -> Option<Key>;
}

/// The key of a rule from its instructions, its userdata and what it has [`besides`].
pub(crate) fn rule(program: &[Instruction], userdata: &[u8], besides: &[u8], inline: &dyn Inline, writer: &mut Writer) -> Key {
    writer.truncate(0);
    program.iter().for_each(|step| instruction(step, inline, writer));
    writer.bytes(0, userdata);
    writer.raw(besides);
    Key::of(writer.as_bytes())
}

/// What few rules have: what the xtables need, and attributes that are not known.
pub(crate) fn besides(compat: Option<&[u8]>, unknown: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    if let Some(compat) = compat {
        writer.bytes(NFTA_RULE_COMPAT, compat);
    }
    writer.raw(unknown);
    writer.as_bytes().to_vec()
}

/// The key of a chain that belongs to a rule, from those of its rules.
pub(crate) fn chain(rules: impl IntoIterator<Item = Key>) -> Key {
    let mut writer = Writer::new();
    rules.into_iter().for_each(|key| key.write(&mut writer));
    Key::of(writer.as_bytes())
}

/// The key of a compiled rule.
pub(crate) fn compiled(source: &Rule, rule: &Compiled<'_>, writer: &mut Writer) -> Result<Key, crate::wire::Error> {
    struct Parts {
        sets: Vec<(u32, Key)>,
        chains: Vec<(u32, Key)>,
    }
    impl Inline for Parts {
        fn set(&self, _: &str, id: Option<u32>) -> Option<Key> {
            let id = id?;
            self.sets.iter().find(|(number, _)| *number == id).map(|(_, key)| *key)
        }

        fn chain(&self, chain: &ChainRef) -> Option<Key> {
            let ChainRef::Id(id) = chain else { return None };
            self.chains.iter().find(|(number, _)| number == id).map(|(_, key)| *key)
        }
    }
    let mut parts = Parts { sets: Vec::new(), chains: Vec::new() };
    for block in &rule.blocks {
        let keys = block.rules.iter().map(|(source, rule)| compiled(source, rule, writer)).collect::<Result<Vec<_>, _>>()?;
        parts.chains.push((block.id, chain(keys)));
    }
    for set in rule.sets.iter().filter(|set| set.flags.contains(SetFlags::ANONYMOUS)) {
        let key = anonymous(set, &set.elements, &parts);
        parts.sets.push((set.id, key));
    }
    let mut userdata = Vec::new();
    message::rule::userdata_of(source, &mut userdata)?;
    // Who edits the statements of a rule of the xtables does not keep what it needed.
    let unknown = source.opaque.as_deref().map_or(&[][..], |received| &received.attributes);
    Ok(self::rule(&rule.program, &userdata, unknown, &parts, writer))
}

/// The key of a set that belongs to a rule. Its name and number are free, its userdata only say how it is listed, its elements have no
/// order.
pub(crate) fn anonymous(head: &CompiledSet, elements: &[CompiledElement], inline: &dyn Inline) -> Key {
    let mut writer = Writer::new();
    for number in [head.flags.bits(), head.key_type, head.key_len] {
        writer.u32(0, number);
    }
    if let Some((ty, length)) = head.data.map(canonical::data) {
        writer.u32(1, ty);
        writer.u32(2, length);
    }
    if let Some(ty) = head.object_type {
        writer.u32(3, ty);
    }
    head.fields.iter().for_each(|field| writer.u32(4, *field));
    let mut sorted: Vec<&CompiledElement> = elements.iter().collect();
    // Where a range ends and another begins, the end comes first.
    sorted.sort_by(|left, right| {
        let end = |element: &CompiledElement| element.flags & NFT_SET_ELEM_INTERVAL_END == 0;
        (&left.key, end(left), &left.key_end).cmp(&(&right.key, end(right), &right.key_end))
    });
    if head.flags.contains(SetFlags::INTERVAL) && head.fields.len() < 2 {
        ranges(&sorted, inline, &mut writer);
    } else {
        sorted.iter().for_each(|item| element(item, None, inline, &mut writer));
    }
    Key::of(writer.as_bytes())
}

/// Ranges as beginning and end, whether they end in an element of their own or where the next begins.
fn ranges(sorted: &[&CompiledElement], inline: &dyn Inline, writer: &mut Writer) {
    let mut open: Option<&CompiledElement> = None;
    for &next in sorted {
        if next.key.is_none() {
            element(next, None, inline, writer);
            continue;
        }
        if let Some(start) = open.take() {
            element(start, next.key.as_ref(), inline, writer);
        }
        open = (next.flags & NFT_SET_ELEM_INTERVAL_END == 0).then_some(next);
    }
    if let Some(start) = open {
        element(start, None, inline, writer);
    }
}

fn element(item: &CompiledElement, end: Option<&Data>, inline: &dyn Inline, writer: &mut Writer) {
    /// Userdata record of an element's flags, which say no more than the ends of ranges do.
    const FLAGS: u8 = 1;
    let mut bare = item.clone();
    bare.flags &= !NFT_SET_ELEM_INTERVAL_END;
    bare.expiration = None;
    bare.timeout = bare.timeout.map(canonical::time);
    bare.exprs.iter_mut().for_each(canonical::instruction);
    bare.userdata.clear();
    for record in Tlvs::new(&item.userdata).map_while(Result::ok).filter(|record| record.kind != FLAGS) {
        bare.userdata.extend_from_slice(&[record.kind]);
        bare.userdata.extend_from_slice(record.payload);
    }
    let key = match &bare.data {
        Some(Operand::Verdict(verdict)) => verdict.chain().and_then(|chain| inline.chain(chain)),
        _ => None,
    };
    if let Some(key) = key {
        bare.data = None;
        key.write(writer);
    }
    bare.encode(writer);
    if let Some(end) = end {
        writer.bytes(0, end);
    }
}

fn instruction(step: &Instruction, inline: &dyn Inline, writer: &mut Writer) {
    let mut step = step.clone();
    canonical::instruction(&mut step);
    match &step {
        Instruction::Lookup(lookup) => {
            let key = inline.set(&lookup.set, lookup.set_id);
            let set = if key.is_some() { Text::default() } else { lookup.set.clone() };
            Instruction::from(Lookup { set, set_id: None, ..lookup.clone() }).write(NFTA_LIST_ELEM, writer);
            key.into_iter().for_each(|key| key.write(writer));
        }
        Instruction::ObjrefMap(objref) => {
            let key = inline.set(&objref.set, objref.set_id);
            let set = if key.is_some() { Text::default() } else { objref.set.clone() };
            Instruction::from(ObjrefMap { set, set_id: None, ..objref.clone() }).write(NFTA_LIST_ELEM, writer);
            key.into_iter().for_each(|key| key.write(writer));
        }
        Instruction::Immediate(Immediate { dreg, data: Operand::Verdict(verdict) }) => {
            match verdict.chain().and_then(|chain| inline.chain(chain)) {
                Some(key) => {
                    let code = if matches!(verdict, Verdict::Jump(_)) { Verdict::Continue } else { Verdict::Break };
                    Instruction::from(Immediate { dreg: *dreg, data: Operand::Verdict(code) }).write(NFTA_LIST_ELEM, writer);
                    key.write(writer);
                }
                None => step.write(NFTA_LIST_ELEM, writer),
            }
        }
        _ => step.write(NFTA_LIST_ELEM, writer),
    }
}
