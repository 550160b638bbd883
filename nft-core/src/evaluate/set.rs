//! Sets and maps: keys that are looked up, and the sets that stand in a rule.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::relation::unfold;
use super::selector::{Settle, Typed, concat, ones};
use super::term::{SetUse, Source, Term};
use super::{Evaluator, constant, in_operand, source};
use crate::bytecode::Text;
use crate::declarations::SetHead;
use crate::error::{Error, Operand};
use crate::model::{Element, Expr, KeyField, MapData, ObjectType, Repr, SetFlags, Value, Vmap};
use crate::name::SetName;
use crate::schema::nearest;

/// A set or map that stands in a rule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AnonymousSet<'r> {
    /// Its number in the batch.
    pub id: u32,
    /// What is looked up in it.
    pub key: Cow<'r, Expr>,
    /// The fields of its keys, as they are in the register: byte order and width are those of the lookup.
    pub fields: Vec<KeyField>,
    /// What it says of a key.
    pub data: AnonymousData<'r>,
    /// Whether it has ranges, prefixes or wildcards as keys.
    pub interval: bool,
    /// Its elements. Values of bit fields are shifted to where the bits are in the register.
    pub elements: Cow<'r, [Element]>,
}

/// What an anonymous map says of a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnonymousData<'r> {
    /// Nothing: it is a set.
    None,
    /// A value.
    Value {
        /// Its fields.
        fields: Vec<KeyField>,
        /// Whether it may be a range.
        interval: bool,
        /// What it is assigned to, where that says more than its fields.
        target: Option<Cow<'r, Expr>>,
    },
    /// A verdict.
    Verdict,
    /// The name of an object.
    Object(ObjectType),
}

impl<'r> AnonymousSet<'r> {
    pub(super) fn new(
        key: OwnedOrBorrowed<'r>,
        fields: Vec<KeyField>,
        data: AnonymousData<'r>,
        elements: Cow<'r, [Element]>,
    ) -> Self {
        let interval = elements.iter().filter_map(|element| element.key.as_ref()).any(is_interval);
        Self { id: 0, key: key.0, fields, data, interval, elements }
    }

    /// The name that the kernel makes one of its own from.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.data {
            AnonymousData::None => "__set%d",
            AnonymousData::Value { .. } | AnonymousData::Verdict => "__map%d",
            AnonymousData::Object(_) => "__objmap%d",
        }
    }
}

/// The fields of a key.
pub(super) type Parts = SmallVec<[Typed; 1]>;

/// An expression of the rule, or one that nft adds.
pub(super) struct OwnedOrBorrowed<'r>(Cow<'r, Expr>);

impl From<Expr> for OwnedOrBorrowed<'_> {
    fn from(expr: Expr) -> Self {
        Self(Cow::Owned(expr))
    }
}

impl<'r> From<&'r Expr> for OwnedOrBorrowed<'r> {
    fn from(expr: &'r Expr) -> Self {
        Self(Cow::Borrowed(expr))
    }
}

impl<'r> Evaluator<'_, 'r> {
    /// Takes up a set and numbers it.
    pub(super) fn add_set(&mut self, mut set: AnonymousSet<'r>) -> SetUse {
        let id = self.numbers.set.get();
        self.numbers.set.set(id.wrapping_add(1));
        set.id = id;
        let name = Text::new(set.name());
        self.sets.push(set);
        SetUse { name, id }
    }

    /// A verdict by key.
    pub(super) fn vmap(&mut self, vmap: &'r Vmap) -> Result<(Term, SetUse), Error> {
        let parts = self.parts(&vmap.key).map_err(in_operand(Operand::Left))?;
        match &vmap.map {
            Expr::Set(elements) => {
                if elements.iter().any(|element| !matches!(element.data, Some(Expr::Verdict(_)))) {
                    return Err(source("a verdict map needs a verdict for every key"));
                }
                self.anonymous_key(&vmap.key, parts, elements, AnonymousData::Verdict)
            }
            Expr::SetRef(name) => {
                let head = self.head(name)?;
                if head.data != Some(MapData::Verdict) {
                    return Err(source(if head.data.is_none() {
                        "Expression is not a map"
                    } else {
                        "Expression is not a verdict map"
                    }));
                }
                self.named_key(parts, name)
            }
            _ => Err(source("Expression is not a map")),
        }
        .map_err(in_operand(Operand::Right))
    }

    /// A value by key.
    pub(super) fn map(&mut self, key: &'r Expr, map: &'r Expr, target: Option<KeyField>) -> Result<Typed, Error> {
        match map {
            Expr::Set(_) => {
                let Some(field) = target else { return Err(source("Implicit map expression without known datatype")) };
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
                let data = AnonymousData::Value { fields: fields.clone(), interval, target: None };
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
                    Some(MapData::Verdict | MapData::Object(_)) | None => return Err(source("Expression is not a map")),
                };
                let (term, set) = self.named_key(parts, name)?;
                (term, set, fields, interval)
            }
            _ => return Err(source("Expression is not a map")),
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
            Expr::Set(elements) => self.anonymous_key(key, parts, elements, AnonymousData::Object(ty)),
            Expr::SetRef(name) => {
                let head = self.head(name)?;
                if head.data != Some(MapData::Object(ty)) {
                    return Err(source("Expression is not a map of such objects"));
                }
                self.named_key(parts, name)
            }
            _ => Err(source("Expression is not a map")),
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
    pub(super) fn named_key(&mut self, parts: Parts, name: &SetName) -> Result<(Term, SetUse), Error> {
        let head = self.head(name)?;
        let fields = head.key.fields_in(self.cx.family);
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
        data: AnonymousData<'r>,
    ) -> Result<(Term, SetUse), Error> {
        if elements.is_empty() {
            return Err(source("set is empty"));
        }
        let mut set = AnonymousSet::new(key.into(), Vec::new(), data, Cow::Borrowed(elements));
        if let [part] = &mut *parts {
            self.single_key(part, &mut set)?;
        } else {
            for part in &mut parts {
                part.settle(Settle::Host);
                if set.interval {
                    part.make_big();
                }
            }
        }
        set.fields = parts
            .iter()
            .map(|part| {
                let bits =
                    if part.field.bits.is_multiple_of(8) || part.field.bits == 1 { part.field.bits } else { part.width * 8 };
                KeyField::new(part.field.ty, bits, part.field.order)
            })
            .collect();
        if matches!(key, Expr::Concat(_)) {
            let count = set.fields.len();
            let wrong = |element: &&Element| match &element.key {
                Some(Expr::Concat(parts)) => parts.len() != count,
                Some(_) => true,
                None => false,
            };
            if set.elements.iter().find(wrong).is_some() {
                return Err(source("datatype mismatch, expected a concatenation of as many values as the key has"));
            }
        }
        let used = self.add_set(set);
        Ok((join(parts).term, used))
    }

    /// Prepares the key of a set with one field; the elements of bit fields are moved to where the bits are.
    fn single_key(&self, part: &mut Typed, set: &mut AnonymousSet<'r>) -> Result<(), Error> {
        if set.interval {
            part.settle(Settle::Keep);
        }
        let shift = part.place.map_or(0, |place| place.shift);
        let bits = part.field.bits;
        let mut probe = part.clone();
        let folds = unfold(&mut probe, 0) != 0 || probe.term.ops.len() != part.term.ops.len();
        if shift != 0 || folds {
            let original = part.clone();
            let moved = |number: u128| {
                let mut copy = original.clone();
                unfold(&mut copy, number) << shift
            };
            let elements = set.elements.iter().map(|element| {
                let mut element = element.clone();
                if let Some(key) = &mut element.key {
                    self.move_key(key, bits, &moved)?;
                }
                Ok(element)
            });
            set.elements = Cow::Owned(elements.collect::<Result<_, Error>>()?);
            unfold(part, 0);
        } else if part.place.is_some() {
            for element in set.elements.iter() {
                if let Some(key @ Expr::Value(_)) = &element.key {
                    constant::check_width(self.fold(key)?, bits)?;
                }
            }
        }
        part.mask();
        if part.place.take().is_some() {
            part.field.bits = part.width * 8;
        }
        if set.interval {
            part.make_big();
        }
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
        match key {
            Expr::Concat(parts) => parts.iter().map(|part| self.selector(part, None)).collect(),
            key => Ok(smallvec![self.selector(key, None)?]),
        }
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

/// Whether keys of that kind need an interval set.
pub(super) fn is_interval(key: &Expr) -> bool {
    match key {
        Expr::Range(_) | Expr::Prefix(..) | Expr::Value(Value { repr: Repr::Wildcard(_), .. }) => true,
        Expr::Concat(parts) => parts.iter().any(is_interval),
        _ => false,
    }
}

fn is_compatible(key: KeyField, field: KeyField) -> bool {
    let (a, b) = (key.ty, field.ty);
    let same = a.id() == b.id() || (a.is_integer() && b.is_integer() && (a.base().is_none() || b.base().is_none()));
    same || (a.is_string() && b.is_string())
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
