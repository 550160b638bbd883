//! Sets and maps: keys, and anonymous ones written in place.

use std::cmp::Ordering;

use super::payload::Selector;
use super::term::{HashTerm, Load, MapTerm, Term};
use super::value::{constant, prefix_length};
use super::walk::Walk;
use crate::environment::NoEnvironment;
use crate::model::element::Entry;
use crate::model::{
    Element, Expr, ExthdrPart, Hash, KeyField, KeyType, MapData, Relation, Repr, Set, SetFlags, Stmt, Value, Vmap,
};
use crate::name::SetName;
use crate::schema::extension::Op;
use crate::schema::{ByteOrder, DataType, Family};
use crate::set::{Shape, pack_key, unpack_data, unpack_key, words};
use crate::wire::Data;

/// Largest number of a width.
const fn largest(bits: u32) -> u128 {
    super::value::ones(bits)
}

/// A key with all of its fields.
pub(super) struct Key {
    /// The fields.
    pub(super) fields: Vec<Selector>,
}

impl Key {
    /// The key as an expression.
    pub(super) fn expr(&self) -> Expr {
        match &*self.fields {
            [field] => field.expr.clone(),
            fields => Expr::Concat(fields.iter().map(|field| field.expr.clone()).collect()),
        }
    }
}

impl Walk<'_> {
    /// The terms of a key as selectors.
    pub(super) fn key(&mut self, set: &str, terms: &[Term]) -> Option<Key> {
        let mut fields = Vec::with_capacity(terms.len());
        for (index, term) in terms.iter().enumerate() {
            fields.push(match term {
                Term::Constant(data) => {
                    let mut field = *self.set_fields(set, false).get(index)?;
                    // The kernel compares the keys of ranges as bytes.
                    if self.context.names.set(set).is_some_and(Set::is_interval) {
                        field.order = ByteOrder::Big;
                    }
                    Selector::new(Expr::Value(super::value::value(data, field)), field)
                }
                term => match self.raw_bits(term).filter(|_| terms.len() > 1) {
                    Some(bits) => bits,
                    None => self.select(term)?,
                },
            });
        }
        if fields.len() > 1 {
            fields.iter_mut().for_each(count_presence);
        }
        Some(Key { fields })
    }

    /// Bits without a name that a mask leaves at the right end of bytes.
    fn raw_bits(&mut self, term: &Term) -> Option<Selector> {
        let Term::Mask(inner, mask, xor) = term else { return None };
        let Term::Packet(load) = **inner else { return None };
        let (low, length) = super::value::run(super::value::number(mask, ByteOrder::Big)?)?;
        if low != 0 || length >= load.bits || xor.iter().any(|byte| *byte != 0) {
            return None;
        }
        let part = Load { offset: load.offset + load.bits - length, bits: length, ..load };
        let named = self.is_field(part) || self.is_field(load);
        (!named).then(|| Self::raw(part))
    }

    /// The same of a map: nft writes numbers, where they are all of the key, as decimal ones there.
    fn map_key(&mut self, set: &str, terms: &[Term]) -> Option<Key> {
        let mut key = self.key(set, terms)?;
        if let [field] = &mut *key.fields
            && field.field.ty == DataType::XINTEGER
        {
            field.field.ty = DataType::INTEGER;
        }
        Some(key)
    }

    /// Bytes of the keys of a set.
    pub(super) fn key_bytes(&self, set: &str) -> Option<u32> {
        let set = self.context.names.set(set)?;
        let width = u32::from(set.elements.layout().key);
        (width > 0).then_some(width)
    }

    /// The expression that stands for a set: itself in place, or its name.
    pub(super) fn set_expr(&self, name: &str, key: &Key) -> Option<Expr> {
        match self.context.names.set(name) {
            Some(set) if set.flags.contains(SetFlags::ANONYMOUS) || name.starts_with("__") => {
                Some(Expr::Set(elements(set, &key.fields, self.context.family)))
            }
            _ => Some(Expr::SetRef(SetName::received(name))),
        }
    }

    /// A lookup that ends the rule or not.
    pub(super) fn lookup(&mut self, terms: &[Term], set: &str, inverted: bool) -> Option<()> {
        let held = self.protocols.hold_carrier(if let [Term::Packet(load)] = terms { load.tunnel } else { None });
        let key = self.key(set, terms);
        self.protocols.release(held);
        let key = key?;
        let right = self.set_expr(set, &key)?;
        if let ([Selector { expr: Expr::Payload(payload), .. }], Expr::Set(elements)) = (&*key.fields, &right)
            && let Some(Element { key: Some(Expr::Value(first)), .. }) = elements.first()
            && let Some(number) = first.as_int()
        {
            self.protocols.learn_icmp(payload, number);
        }
        let left = key.expr();
        let relation = match terms {
            _ if inverted => Relation::Ne,
            [term] if matches!(right, Expr::Set(_)) => super::matches::explicit(&left, term),
            _ => Relation::Implicit,
        };
        self.push_match(left, relation, right);
        Some(())
    }

    /// A lookup that gives a verdict.
    pub(super) fn vmap(&mut self, terms: &[Term], set: &str) -> Option<()> {
        let key = self.map_key(set, terms)?;
        let map = self.set_expr(set, &key)?;
        self.act(Stmt::Vmap(Box::new(Vmap { key: key.expr(), map })));
        Some(())
    }

    /// A lookup that gives a value.
    pub(super) fn map(&mut self, map: &MapTerm) -> Option<Selector> {
        let key = self.map_key(&map.set, &map.key)?;
        let expr = Expr::map(key.expr(), self.set_expr(&map.set, &key)?);
        let field = self.data_field(&map.set).unwrap_or(KeyField::new(DataType::INTEGER, 32, ByteOrder::Host));
        Some(Selector::new(expr, field))
    }

    /// Type of the data of a map.
    pub(super) fn data_field(&self, set: &str) -> Option<KeyField> {
        match &self.context.names.set(set)?.data {
            Some(MapData::Value { ty, .. }) => ty.fields_in(self.context.family).first().copied(),
            _ => None,
        }
    }

    /// `jhash …`, `symhash …`.
    pub(super) fn hash(&mut self, hash: &HashTerm) -> Option<Selector> {
        let expr = if hash.key.is_empty() { None } else { Some(self.key("", &hash.key)?.expr()) };
        let hash = Hash { expr, modulus: hash.modulus, seed: hash.seed, offset: hash.offset };
        Some(Selector::new(Expr::Hash(Box::new(hash)), KeyField::new(DataType::INTEGER, 32, ByteOrder::Host)))
    }
}

/// The elements of an anonymous set, typed by the key that is looked up in it, in the order in which nft lists them.
fn elements(set: &Set, fields: &[Selector], family: Family) -> Box<[Element]> {
    // The expression knows widths that types alone do not have.
    let widths: Vec<usize> = match fields {
        [_] | [] => vec![usize::from(set.elements.layout().key)],
        fields => fields.iter().map(|field| field.field.bytes() as usize).collect(),
    };
    // The names of numbers of the machine nft does not find in sets of ranges, where their bytes are turned.
    let nameless = set.is_interval() && set.data.is_none();
    // Where the set does not tell the widths of its fields, its keys are kept as they are on the wire.
    let unsized_types = matches!(&set.key, KeyType::Types(types) if types.iter().any(|ty| ty.bits() == 0));
    let unturned = unsized_types && !set.is_interval();
    let key_of = |low: &[u8], high: &[u8]| -> Expr {
        if let [field] = fields {
            let key = retype_field(unpack_key(&[field.field], low, high), field);
            return if nameless { without_name(key, field.field) } else { key };
        }
        let mut parts = Vec::with_capacity(widths.len());
        let mut at = 0;
        for (index, width) in widths.iter().enumerate() {
            let turn = unturned
                && fields.get(index).is_some_and(|field| field.field.order == ByteOrder::Host && !field.field.ty.is_string());
            let part = |bytes: &[u8]| {
                let mut part = Data::new(bytes.get(at..at + width).unwrap_or_default());
                if turn && cfg!(target_endian = "little") {
                    part.reverse();
                }
                part
            };
            let (low, high) = (part(low), part(high));
            parts.push(match fields.get(index) {
                Some(field) => retype_field(unpack_key(&[field.field], &low, &high), field),
                None => Expr::Value(Value { ty: DataType::INTEGER, repr: Repr::Bytes((&*low).into()) }),
            });
            at += width.next_multiple_of(4);
        }
        join(parts)
    };
    let shape = Shape::of(set, family);
    // Keys of fields whose width the types do not say were decoded register by register.
    let by_words = fields.len() > 1 && shape.key_width() != usize::from(set.elements.layout().key);
    let packed = |key: &Expr| pack_key(key, &words(set.elements.layout().key), &NoEnvironment).ok();
    let data_of = |bytes: &[u8]| if bytes.is_empty() { None } else { unpack_data(&shape, bytes) };
    let mut elements = Vec::with_capacity(set.elements.len());
    for (key, data) in set.elements.points() {
        elements.push(Element { data: data_of(data), ..Element::new(key_of(key, key)) });
    }
    for entry in set.elements.in_order() {
        elements.push(match entry {
            Entry::Range(low, high, data) => Element { data: data_of(data), ..Element::new(key_of(low, high)) },
            Entry::Other(other) => {
                let mut element = other.clone();
                element.key = element.key.map(|key| match if by_words { packed(&key) } else { None } {
                    Some((low, high)) => key_of(&low, &high),
                    None => match fields {
                        [field] if nameless => without_name(retype(key, fields), field.field),
                        _ => retype(key, fields),
                    },
                });
                element
            }
        });
    }
    // Concatenations of ranges stay as the kernel has them.
    if !(set.flags.contains(SetFlags::INTERVAL) && fields.len() > 1) {
        // What catches all others has no key, and stands before names, but behind numbers.
        let strings = !set.is_interval() && fields.len() == 1 && fields.iter().all(|field| field.field.ty.is_string());
        elements.sort_by(|a, b| match (&a.key, &b.key) {
            (None, Some(_)) if strings => Ordering::Less,
            (Some(_), None) if strings => Ordering::Greater,
            (a, b) => compare_keys(a.as_ref(), b.as_ref()),
        });
    }
    elements.into()
}

/// Whether an option is there is a number in a concatenation, as nft lists it.
fn count_presence(field: &mut Selector) {
    if let Expr::Exthdr(exthdr) = &field.expr
        && matches!(exthdr.part, ExthdrPart::Present)
        && exthdr.op != Op::Ip6
    {
        field.field.ty = DataType::INTEGER;
    }
}

/// A single key as a number, if it is one of the machine that has a name.
fn without_name(key: Expr, field: KeyField) -> Expr {
    let turned = field.ty.byte_order() == Some(ByteOrder::Host) && field.bytes() > 1 && !field.ty.symbols().is_empty();
    let number = |expr: &Expr| match expr {
        Expr::Value(value) => value.as_int(),
        expr => flags_number(expr),
    };
    match number(&key) {
        Some(number) if turned => {
            let ty = if field.ty.is_bitmask() { DataType::XINTEGER } else { DataType::INTEGER };
            Expr::Value(Value::int(ty, number))
        }
        _ => key,
    }
}

/// The number that flags joined with `|` are.
fn flags_number(expr: &Expr) -> Option<u128> {
    match expr {
        Expr::Value(value) => value.as_int(),
        Expr::Binary(crate::model::BinaryOp::Or, sides) => Some(flags_number(&sides.0)? | flags_number(&sides.1)?),
        _ => None,
    }
}

/// The parts of a concatenation, or the only one.
fn join(mut parts: Vec<Expr>) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Expr::Concat(parts.into())
        }
        None => Expr::Value(Value::int(DataType::INTEGER, 0)),
    }
}

/// A range as nft writes it: one value, a prefix of addresses, or both ends.
pub(super) fn range(low: Value, high: Value, bits: u32) -> Expr {
    if low == high {
        return constant(low);
    }
    if let (Some(first), Some(last), DataType::IPV4_ADDR | DataType::IPV6_ADDR) = (low.as_int(), high.as_int(), low.ty) {
        let differ = first ^ last;
        if first & differ == 0
            && let Some(length) = prefix_length(largest(bits) & !differ, bits)
            && (first | differ) == last
        {
            return Expr::prefix(Expr::Value(low), length);
        }
    }
    Expr::range(Expr::Value(low), Expr::Value(high))
}

/// A key that was decoded by the type of its set, in the type of the expression that is looked up.
fn retype(expr: Expr, fields: &[Selector]) -> Expr {
    match expr {
        Expr::Concat(parts) => {
            let parts = Vec::from(parts);
            Expr::Concat(
                parts
                    .into_iter()
                    .enumerate()
                    .map(|(index, part)| match fields.get(index) {
                        Some(field) => retype_field(part, field),
                        None => part,
                    })
                    .collect(),
            )
        }
        expr => match fields.first() {
            Some(field) => retype_field(expr, field),
            None => expr,
        },
    }
}

fn retype_field(expr: Expr, field: &Selector) -> Expr {
    match expr {
        Expr::Value(value) => match value.repr {
            Repr::Int(number) => constant(Value::int(field.field.ty, number >> field.shift)),
            repr => Expr::Value(Value { ty: field.field.ty, repr }),
        },
        Expr::Range(sides) => {
            let (low, high) = *sides;
            // The ends of a range of flags are numbers.
            let end = |end| match retype_field(end, field) {
                flags @ Expr::Binary(..) => match flags_number(&flags) {
                    Some(number) => Expr::Value(Value::int(field.field.ty, number)),
                    None => flags,
                },
                end => end,
            };
            match (end(low), end(high)) {
                (Expr::Value(low), Expr::Value(high)) => range(low, high, field.field.bits),
                (low, high) => Expr::range(low, high),
            }
        }
        Expr::Prefix(inner, length) => Expr::prefix(retype_field(*inner, field), length),
        Expr::List(parts) => Expr::List(Vec::from(parts).into_iter().map(|part| retype_field(part, field)).collect()),
        Expr::Binary(op, sides) => {
            let (left, right) = *sides;
            Expr::binary(op, retype_field(left, field), retype_field(right, field))
        }
        expr => expr,
    }
}

/// The order in which nft lists keys: by their lowest value; the one that catches all others last.
fn compare_keys(a: Option<&Expr>, b: Option<&Expr>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => compare_exprs(a, b),
    }
}

fn compare_exprs(a: &Expr, b: &Expr) -> Ordering {
    match (a, b) {
        (Expr::Concat(a), Expr::Concat(b)) => {
            a.iter().zip(b.iter()).map(|(a, b)| compare_exprs(a, b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }
        _ => match (lowest(a), lowest(b)) {
            (Some(Repr::Int(a)), Some(Repr::Int(b))) => a.cmp(b),
            (Some(Repr::Str(a) | Repr::Wildcard(a)), Some(Repr::Str(b) | Repr::Wildcard(b))) => a.cmp(b),
            (Some(Repr::Bytes(a)), Some(Repr::Bytes(b))) => a.cmp(b),
            _ => Ordering::Equal,
        },
    }
}

/// The lowest value of a key.
fn lowest(expr: &Expr) -> Option<&Repr> {
    match expr {
        Expr::Value(value) => Some(&value.repr),
        Expr::Range(sides) => lowest(&sides.0),
        Expr::Prefix(inner, _) => lowest(inner),
        Expr::List(parts) => lowest(parts.first()?),
        // Of flags, the first decides.
        Expr::Binary(_, sides) => lowest(&sides.0),
        _ => None,
    }
}

/// Whether data of a map are several values: an address and a port, or a range.
pub(super) fn is_compound(data: &MapData) -> bool {
    match data {
        MapData::Value { ty, interval } => {
            *interval || matches!(ty, KeyType::Types(types) if types.len() > 1) || ty.fields().len() > 1
        }
        MapData::Verdict | MapData::Object(_) | MapData::Queue => false,
    }
}
