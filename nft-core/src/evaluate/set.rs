//! Sets and maps: keys that are looked up, and the sets that stand in a rule.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::relation::unfold;
use super::selector::{Settle, Typed, concat, ones};
use super::term::{SetUse, Source, Term};
use super::{Evaluator, constant, in_field, in_operand, source};
use crate::bytecode::{ChainRef, Text};
use crate::declarations::SetHead;
use crate::error::{Error, Operand};
use crate::model::{Element, Expr, JumpTarget, KeyField, MapData, ObjectType, Repr, SetFlags, Value, Vmap};
use crate::name::SetName;
use crate::schema::{CtKey, nearest};
use crate::set::{Anonymous, DataShape, Placement, Shape, anonymous};

/// The fields of a key.
pub(super) type Parts = SmallVec<[Typed; 1]>;

impl<'r> Evaluator<'_, 'r> {
    /// Takes up a set and numbers it.
    pub(super) fn add_set(
        &mut self,
        elements: &[Element],
        shape: &Shape,
        selector: Option<&Expr>,
        placement: Option<Placement>,
    ) -> Result<SetUse, Error> {
        let id = self.next_set();
        let set = Anonymous { id, shape, selector, placement };
        let set = anonymous(elements, &set, self.cx.environment, &mut |target| match target {
            JumpTarget::Chain(name) => Ok(ChainRef::Name(Text::new(name.as_str()))),
            JumpTarget::Block(_) => Err(source("a block cannot stand in a verdict map")),
        })?;
        let name = set.name.clone();
        self.sets.push(set);
        Ok(SetUse { name, id })
    }

    pub(super) fn next_set(&self) -> u32 {
        let id = self.numbers.set.get();
        self.numbers.set.set(id.wrapping_add(1));
        id
    }

    /// A verdict by key.
    pub(super) fn vmap(&mut self, vmap: &'r Vmap) -> Result<(Term, SetUse), Error> {
        let known = if has_constant(&vmap.key) { self.fields_of(&vmap.map) } else { Vec::new() };
        let parts = self.parts_of(&vmap.key, &known).map_err(in_operand(Operand::Left))?;
        match &vmap.map {
            Expr::Set(elements) => {
                if elements.iter().any(|element| !matches!(element.data, Some(Expr::Verdict(_)))) {
                    return Err(source("a verdict map needs a verdict for every key"));
                }
                self.anonymous_key(&vmap.key, parts, elements, DataShape::Verdict)
            }
            Expr::SetRef(name) => {
                let head = self.head(name)?;
                if head.data != Some(MapData::Verdict) {
                    return Err(source(if head.data.is_none() {
                        "expression is not a map"
                    } else {
                        "expression is not a verdict map"
                    }));
                }
                self.named_key(&vmap.key, parts, name)
            }
            _ => Err(source("expression is not a map")),
        }
        .map_err(in_operand(Operand::Right))
    }

    /// A value by key.
    pub(super) fn map(&mut self, key: &'r Expr, map: &'r Expr, target: Option<KeyField>) -> Result<Typed, Error> {
        match map {
            Expr::Set(_) => {
                let Some(field) = target else { return Err(source("implicit map expression without known datatype")) };
                self.map_to(key, map, vec![field], false)
            }
            _ => self.map_to(key, map, Vec::new(), false),
        }
    }

    /// A value by key, where that of an anonymous map has these fields.
    pub(super) fn map_to(
        &mut self,
        key: &'r Expr,
        map: &'r Expr,
        fields: Vec<KeyField>,
        interval: bool,
    ) -> Result<Typed, Error> {
        let parts = self.parts(key)?;
        let (term, set, fields, interval) = match map {
            Expr::Set(elements) => {
                if elements.iter().any(|element| element.data.is_none()) {
                    return Err(source("a map needs a value for every key"));
                }
                let data = DataShape::Value { fields: fields.clone(), interval };
                let (term, set) = self.anonymous_key(key, parts, elements, data)?;
                (term, set, fields, interval)
            }
            Expr::SetRef(name) => {
                let head = self.head(name)?;
                let (fields, interval) = match &head.data {
                    Some(MapData::Value { ty, interval }) => (ty.fields_in(self.cx.family), *interval),
                    Some(MapData::Queue) => {
                        let field = KeyField::new(crate::schema::DataType::INTEGER, 16, crate::schema::ByteOrder::Host);
                        (vec![field], false)
                    }
                    Some(MapData::Verdict | MapData::Object(_)) | None => return Err(source("expression is not a map")),
                };
                let (term, set) = self.named_key(key, parts, name)?;
                (term, set, fields, interval)
            }
            _ => return Err(source("expression is not a map")),
        };
        let term = Term { source: Source::Map(Box::new((term, set))), ops: SmallVec::new() };
        let field = match &*fields {
            [field] => *field,
            fields => {
                let bytes: u32 = fields.iter().map(|field| field.bytes().next_multiple_of(4)).sum();
                KeyField::new(crate::schema::DataType::INVALID, bytes * 8, crate::schema::ByteOrder::Big)
            }
        };
        let width = field.bytes() * if interval { 2 } else { 1 };
        Ok(Typed { term, field, place: None, width })
    }

    /// An object by key.
    pub(super) fn object_map(&mut self, key: &'r Expr, map: &'r Expr, ty: ObjectType) -> Result<(Term, SetUse), Error> {
        let parts = self.parts(key)?;
        match map {
            Expr::Set(elements) => self.anonymous_key(key, parts, elements, DataShape::Object(ty)),
            Expr::SetRef(name) => {
                let head = self.head(name)?;
                if head.data != Some(MapData::Object(ty)) {
                    return Err(source("expression is not a map of such objects"));
                }
                self.named_key(key, parts, name)
            }
            _ => Err(source("expression is not a map")),
        }
    }

    /// Head of a named set.
    pub(super) fn head(&self, name: &SetName) -> Result<std::rc::Rc<SetHead>, Error> {
        let (family, table) = (self.cx.family, self.cx.table);
        self.cx.declarations.set(family, table, name.as_str()).ok_or_else(|| {
            let error = source(format!("set `{name}` does not exist in table {family} {table}"));
            let names = self.cx.declarations.set_names(family, table);
            match nearest(name.as_str(), names.iter().map(String::as_str)) {
                Some(other) => error.with_help(format!("did you mean set `{other}`?")),
                None => error,
            }
        })
    }

    /// The key of a lookup in a named set.
    pub(super) fn named_key(&mut self, key: &Expr, parts: Parts, name: &SetName) -> Result<(Term, SetUse), Error> {
        if is_address_of_any_family(key) {
            return Err(source("specify either ip or ip6 for address matching"));
        }
        let head = self.head(name)?;
        let fields = head.key.fields_in(self.cx.family);
        // What a generator gives is looked up among all numbers of its width.
        let free = matches!(key, Expr::Numgen(_) | Expr::Hash(_));
        let fields = match &*fields {
            [field] if free && field.bits == 32 && field.ty.is_integer() => Vec::new(),
            _ => fields,
        };
        let term = self.key_for(parts, &fields, head.flags.contains(SetFlags::INTERVAL))?;
        Ok((term, SetUse { name: Text::new(name.as_str()), id: 0 }))
    }

    /// A key that is looked up in, or put into, a named set.
    pub(super) fn key_for(&self, mut parts: Parts, fields: &[KeyField], interval: bool) -> Result<Term, Error> {
        let wrong =
            parts.len() != fields.len() || parts.iter().zip(fields).any(|(part, field)| !is_compatible(part.field, *field));
        if wrong && !fields.is_empty() {
            return Err(mismatch(&parts, fields));
        }
        for part in &mut parts {
            part.settle(Settle::Host);
            if interval {
                part.make_big();
            }
        }
        Ok(join(parts).term)
    }

    /// The key of a lookup in a set of the rule, and that set.
    pub(super) fn anonymous_key(
        &mut self,
        key: &'r Expr,
        mut parts: Parts,
        elements: &'r [Element],
        data: DataShape,
    ) -> Result<(Term, SetUse), Error> {
        if elements.is_empty() {
            return Err(source("set is empty"));
        }
        let is_map = data != DataShape::None;
        if let Some(limit) = generated_limit(key).filter(|_| !is_map) {
            for value in elements.iter().filter_map(|element| element.key.as_ref()) {
                self.check_limit(value, limit)?;
            }
        }
        if is_address_of_any_family(key) {
            return Err(source("specify either ip or ip6 for address matching"));
        }
        let mut elements = Cow::Borrowed(elements);
        let interval = Anonymous::needs_interval(&elements);
        // nft keeps the field's place only where every element is a single value.
        let settled = interval || elements.iter().any(|element| element.key.is_none());
        let mut placement = None;
        let mut shape = Shape { key: Vec::with_capacity(parts.len()), interval, data };
        if let [part] = &mut *parts {
            self.unfold_elements(part, &mut elements)?;
            let bits = part.field.bits;
            if settled {
                part.settle(Settle::Keep);
            }
            placement = part.place.map(|place| Placement { shift: place.shift, bytes: part.width });
            // Of a map nft remembers how many bits the key has; of a set, how many it loads.
            shape.key.push(if settled && is_map { KeyField { bits, ..part.field } } else { part.key_field() });
            part.mask();
            part.place = None;
            if interval {
                part.make_big();
            }
        } else {
            for part in &mut parts {
                part.settle(Settle::Host);
                shape.key.push(part.key_field());
                if interval {
                    part.make_big();
                }
            }
            let count = parts.len();
            let wrong = |element: &Element| match &element.key {
                Some(Expr::Concat(values)) => values.len() != count,
                Some(_) => true,
                None => false,
            };
            if elements.iter().any(wrong) {
                return Err(source("datatype mismatch, expected a concatenation of as many values as the key has"));
            }
        }
        let used = self.add_set(&elements, &shape, Some(key), placement)?;
        Ok((join(parts).term, used))
    }

    /// Refuses numbers that a generator never gives.
    pub(super) fn check_limit(&self, value: &Expr, limit: u128) -> Result<(), Error> {
        match value {
            Expr::Range(ends) => {
                self.check_limit(&ends.0, limit)?;
                self.check_limit(&ends.1, limit)
            }
            Expr::Prefix(value, _) => self.check_limit(value, limit),
            Expr::Value(_) | Expr::Binary(..) => match self.fold(value)? {
                number if number > limit => Err(source(format!("value {number} exceeds valid range 0-{limit}"))),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Moves what can be undone from the key to the elements.
    fn unfold_elements(&self, part: &mut Typed, elements: &mut Cow<'r, [Element]>) -> Result<(), Error> {
        let original = part.clone();
        unfold(part, 0);
        if part.term.ops.len() == original.term.ops.len() {
            return Ok(());
        }
        let moved = |number: u128| unfold(&mut original.clone(), number);
        let changed = elements.iter().map(|element| {
            let mut element = element.clone();
            if let Some(key) = &mut element.key {
                self.move_key(key, original.field.bits, &moved)?;
            }
            Ok(element)
        });
        *elements = Cow::Owned(changed.collect::<Result<_, Error>>()?);
        Ok(())
    }

    fn move_key(&self, key: &mut Expr, bits: u32, moved: &impl Fn(u128) -> u128) -> Result<(), Error> {
        match key {
            Expr::Range(ends) => {
                self.move_key(&mut ends.0, bits, moved)?;
                self.move_key(&mut ends.1, bits, moved)
            }
            Expr::Prefix(value, _) => self.move_key(value, bits, moved),
            Expr::Value(Value { repr: Repr::Str(_) | Repr::Wildcard(_) | Repr::Bytes(_), .. }) => Ok(()),
            Expr::Value(_) | Expr::Binary(..) | Expr::List(_) => {
                let number = self.fold(key)?;
                constant::check_width(number, bits)?;
                let ty = match key {
                    Expr::Value(value) => value.ty,
                    _ => crate::schema::DataType::INTEGER,
                };
                *key = Expr::Value(Value::int(ty, moved(number) & ones(128)));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The fields of a key, evaluated.
    pub(super) fn parts(&mut self, key: &'r Expr) -> Result<Parts, Error> {
        self.parts_of(key, &[])
    }

    /// The parts of a key of these fields. Where they are known, constants may stand among selectors: `ip saddr . "lo" @s`.
    pub(super) fn parts_of(&mut self, key: &'r Expr, fields: &[KeyField]) -> Result<Parts, Error> {
        let target = |part: &Expr, at: usize| part.as_value().and(fields.get(at).copied());
        match key {
            Expr::Concat(parts) => {
                parts.iter().enumerate().map(|(at, part)| self.part(part, target(part, at)).map_err(in_field(at))).collect()
            }
            key => Ok(smallvec![self.selector(key, target(key, 0))?]),
        }
    }

    /// The fields of the keys of a named set; none of any other.
    pub(super) fn fields_of(&self, set: &Expr) -> Vec<KeyField> {
        match set {
            Expr::SetRef(name) => self.head(name).map_or_else(|_| Vec::new(), |head| head.key.fields_in(self.cx.family)),
            _ => Vec::new(),
        }
    }
}

/// Whether it is an address of connection tracking whose family only the rule's table tells: nft has no type for keys of it.
fn is_address_of_any_family(key: &Expr) -> bool {
    match key {
        Expr::Ct(ct) => matches!(ct.key, CtKey::Saddr | CtKey::Daddr),
        Expr::Concat(parts) => parts.iter().any(is_address_of_any_family),
        _ => false,
    }
}

/// The largest number that a generator or hash gives, operators on it left out.
pub(super) fn generated_limit(key: &Expr) -> Option<u128> {
    let (modulus, offset) = match key {
        Expr::Numgen(numgen) => (numgen.modulus, numgen.offset),
        Expr::Hash(hash) => (hash.modulus, hash.offset),
        Expr::Binary(_, sides) => return generated_limit(&sides.0),
        _ => return None,
    };
    Some((u128::from(modulus) + u128::from(offset)).saturating_sub(1))
}

/// Whether constants stand in a key, whose types only its set knows.
pub(super) fn has_constant(key: &Expr) -> bool {
    match key {
        Expr::Concat(parts) => parts.iter().any(|part| part.as_value().is_some()),
        key => key.as_value().is_some(),
    }
}

fn join(mut parts: Parts) -> Typed {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    concat(parts, Settle::Host)
}

/// Whether data of that kind need a map with ranges as data.
pub(super) fn is_interval(data: &Expr) -> bool {
    match data.single() {
        Expr::Range(_) | Expr::Prefix(..) => true,
        Expr::Concat(parts) => parts.iter().any(is_interval),
        _ => false,
    }
}

const fn is_compatible(key: KeyField, field: KeyField) -> bool {
    key.ty.id() == field.ty.id()
}

fn mismatch(parts: &[Typed], fields: &[KeyField]) -> Error {
    let names = |types: &mut dyn Iterator<Item = crate::schema::DataType>| {
        let names: Vec<&str> = types.map(crate::schema::DataType::description).collect();
        match &*names {
            [only] => (*only).to_owned(),
            names => format!("concatenation of ({})", names.join(", ")),
        }
    };
    source(format!(
        "datatype mismatch, expected {}, expression has type {}",
        names(&mut parts.iter().map(|part| part.field.ty)),
        names(&mut fields.iter().map(|field| field.ty))
    ))
}
