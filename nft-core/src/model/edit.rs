//! The pipeline API: rulesets made and changed step by step, each step checked.
//!
//! The fields of the model are public, since every part may be any value; these methods add what the parts owe each other:
//! unique names, hooks that the family has, types that fit.

use std::collections::HashSet;

use super::check::{self, misuse};
use super::{
    Chain, Element, Expr, Flowtable, IntoRule, KeyField, KeyType, MapData, Object, ObjectType, Repr, Rule, Ruleset, Set, Table,
};
use crate::Error;
use crate::schema::Family;
use crate::wire::bytes_of_text;

impl Ruleset {
    /// Adds a table, after checking all that it holds.
    ///
    /// # Errors
    ///
    /// If there is one of that family and name, or something in it is not right.
    pub fn add_table(&mut self, table: Table) -> Result<&mut Table, Error> {
        let within = format!("{} {}", table.family.name(), table.name);
        if self.table(table.family, &table.name).is_some() {
            return Err(misuse(format!("table {within} exists already")));
        }
        table.check().map_err(|error| error.within(|path| path.table = Some(within)))?;
        Ok(push(&mut self.tables, table))
    }

    /// Takes a table out.
    pub fn remove_table(&mut self, family: Family, name: &str) -> Option<Table> {
        let at = self.tables.iter().position(|table| table.family == family && table.name == *name)?;
        Some(self.tables.remove(at))
    }

    /// Every rule with its table and chain, in order. Rules of anonymous chains belong to the rule that jumps to them.
    pub fn rules(&self) -> impl Iterator<Item = (&Table, &Chain, &Rule)> {
        self.tables.iter().flat_map(|table| {
            table.chains.iter().flat_map(move |chain| chain.rules.iter().map(move |rule| (table, chain, rule)))
        })
    }

    /// Whether it can be pushed as it is: no name stands twice, and no comment ends before its end. More the kernel checks.
    pub(crate) fn check_push(&self) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for table in &self.tables {
            let within = || format!("{} {}", table.family.name(), table.name);
            if !seen.insert((table.family, &table.name)) {
                return Err(misuse(format!("two tables are called {}", within())));
            }
            table.check_push().map_err(|error| error.within(|path| path.table = Some(within())))?;
        }
        Ok(())
    }

    /// Whether every table is right, jumps included.
    ///
    /// # Errors
    ///
    /// The first thing that is not.
    pub fn check(&self) -> Result<(), Error> {
        self.tables.iter().try_for_each(|table| {
            let within =
                |error: Error| error.within(|path| path.table = Some(format!("{} {}", table.family.name(), table.name)));
            table.check().and_then(|()| table.check_jumps()).map_err(within)
        })
    }
}

/// Adds to a list, and gives what was added.
fn push<T>(list: &mut Vec<T>, item: T) -> &mut T {
    list.push(item);
    list.last_mut().expect("it was just added")
}

/// The error with the name of the item that it is about.
fn within(item: &str, name: &str) -> impl Fn(Error) -> Error {
    let item = format!("{item} {name}");
    move |error| {
        error.within(|path| {
            if path.item.is_none() {
                path.item = Some(item.clone());
            }
        })
    }
}

impl Table {
    /// An empty table of that name.
    ///
    /// # Errors
    ///
    /// If it is no name.
    pub fn named(family: Family, name: &str) -> Result<Self, Error> {
        Ok(Self::new(family, name.try_into()?))
    }

    /// Adds a chain, after checking that it fits the family.
    ///
    /// # Errors
    ///
    /// If there is one of that name, the family has no such hook, the type cannot be there, the hook takes no devices, or a
    /// rule in it is not right.
    pub fn add_chain(&mut self, chain: Chain) -> Result<&mut Chain, Error> {
        if self.chain(&chain.name).is_some() {
            return Err(misuse(format!("chain {} exists already", chain.name)));
        }
        check::chain(&chain, self.family).map_err(within("chain", &chain.name))?;
        Ok(push(&mut self.chains, chain))
    }

    /// Adds a set.
    ///
    /// # Errors
    ///
    /// If there is a set or map of that name, its type has no width, its flags contradict each other, or it has data.
    pub fn add_set(&mut self, set: Set) -> Result<&mut Set, Error> {
        if set.is_map() {
            return Err(misuse(format!("{} is a map", set.name)));
        }
        self.add_set_or_map(set)
    }

    /// Adds a map or verdict map.
    ///
    /// # Errors
    ///
    /// As [`add_set`](Self::add_set); and if it has no data.
    pub fn add_map(&mut self, map: Set) -> Result<&mut Set, Error> {
        if !map.is_map() {
            return Err(misuse(format!("{} is a set", map.name)));
        }
        self.add_set_or_map(map)
    }

    fn add_set_or_map(&mut self, set: Set) -> Result<&mut Set, Error> {
        if self.set(&set.name).is_some() {
            return Err(misuse(format!("set {} exists already", set.name)));
        }
        check::set(&set, self.family).map_err(within("set", &set.name))?;
        Ok(push(&mut self.sets, set))
    }

    /// Adds an object.
    ///
    /// # Errors
    ///
    /// If there is one of that type and name.
    pub fn add_object(&mut self, object: Object) -> Result<&mut Object, Error> {
        if self.object(object.kind.ty(), &object.name).is_some() {
            let ty = object.kind.ty().name().unwrap_or("object");
            return Err(misuse(format!("{ty} {} exists already", object.name)));
        }
        check::comment(object.comment.as_deref()).map_err(within("object", &object.name))?;
        Ok(push(&mut self.objects, object))
    }

    /// Adds a flowtable.
    ///
    /// # Errors
    ///
    /// If there is one of that name, or a device stands twice in it.
    pub fn add_flowtable(&mut self, flowtable: Flowtable) -> Result<&mut Flowtable, Error> {
        if self.flowtable(&flowtable.name).is_some() {
            return Err(misuse(format!("flowtable {} exists already", flowtable.name)));
        }
        if let Some(device) = check::duplicate(flowtable.devices.iter().map(|device| device.as_str())) {
            return Err(within("flowtable", &flowtable.name)(misuse(format!("device {device} stands twice"))));
        }
        Ok(push(&mut self.flowtables, flowtable))
    }

    /// Takes a chain out. Rules that jump to it stay: see [`check_jumps`](Self::check_jumps).
    pub fn remove_chain(&mut self, name: &str) -> Option<Chain> {
        let at = self.chains.iter().position(|chain| chain.name == *name)?;
        Some(self.chains.remove(at))
    }

    /// Takes a set, map or verdict map out.
    pub fn remove_set(&mut self, name: &str) -> Option<Set> {
        let at = self.sets.iter().position(|set| set.name == *name)?;
        Some(self.sets.remove(at))
    }

    /// Takes an object out.
    pub fn remove_object(&mut self, ty: ObjectType, name: &str) -> Option<Object> {
        let at = self.objects.iter().position(|object| object.name == *name && object.kind.ty() == ty)?;
        Some(self.objects.remove(at))
    }

    /// Takes a flowtable out.
    pub fn remove_flowtable(&mut self, name: &str) -> Option<Flowtable> {
        let at = self.flowtables.iter().position(|flowtable| flowtable.name == *name)?;
        Some(self.flowtables.remove(at))
    }

    /// Whether everything in the table is right and no name stands twice.
    ///
    /// # Errors
    ///
    /// The first thing that is not.
    pub fn check(&self) -> Result<(), Error> {
        check::comment(self.comment.as_deref())?;
        self.check_names()?;
        self.sets.iter().try_for_each(|set| check::set(set, self.family).map_err(within("set", &set.name)))?;
        self.chains.iter().try_for_each(|chain| check::chain(chain, self.family).map_err(within("chain", &chain.name)))
    }

    fn check_names(&self) -> Result<(), Error> {
        let twice = |what: &str, name: Option<&str>| match name {
            Some(name) => Err(misuse(format!("two {what} are called {name}"))),
            None => Ok(()),
        };
        twice("chains", check::duplicate(self.chains.iter().map(|chain| chain.name.as_str())))?;
        twice("sets", check::duplicate(self.sets.iter().map(|set| set.name.as_str())))?;
        twice("flowtables", check::duplicate(self.flowtables.iter().map(|flowtable| flowtable.name.as_str())))?;
        let mut objects = HashSet::new();
        let doubled = self.objects.iter().find(|object| !objects.insert((object.kind.ty(), &object.name)));
        twice("objects of one type", doubled.map(|object| object.name.as_str()))
    }

    fn check_push(&self) -> Result<(), Error> {
        self.check_names()?;
        check::quotes(self.comment.as_deref())?;
        for chain in &self.chains {
            check::quotes(chain.comment.as_deref()).map_err(within("chain", &chain.name))?;
        }
        for set in &self.sets {
            let comments = set.elements.others().iter().map(|element| &element.comment).chain([&set.comment]);
            for comment in comments {
                check::quotes(comment.as_deref()).map_err(within("set", &set.name))?;
            }
        }
        for object in &self.objects {
            check::quotes(object.comment.as_deref()).map_err(within("object", &object.name))?;
        }
        Ok(())
    }

    /// Whether every chain that rules and verdict maps jump to is there and is no base chain.
    ///
    /// # Errors
    ///
    /// The first jump that leads nowhere.
    pub fn check_jumps(&self) -> Result<(), Error> {
        check::jumps(self)
    }
}

impl Chain {
    /// An empty regular chain of that name.
    ///
    /// # Errors
    ///
    /// If it is no name.
    pub fn named(name: &str) -> Result<Self, Error> {
        Ok(Self::new(name.try_into()?))
    }

    /// An empty base chain of that name.
    ///
    /// # Errors
    ///
    /// If it is no name. Whether the chain fits its table is checked when it is added.
    pub fn base(name: &str, base: super::BaseChain) -> Result<Self, Error> {
        Ok(Self::attached(name.try_into()?, base))
    }

    /// Adds a rule behind the others.
    ///
    /// # Errors
    ///
    /// If it has no statement, one behind a terminal one, or the tag of another rule.
    pub fn add_rule(&mut self, rule: impl IntoRule) -> Result<&mut Rule, Error> {
        self.insert_rule(self.rules.len(), rule)
    }

    /// Inserts a rule before the one of that number; 0 puts it first.
    ///
    /// # Errors
    ///
    /// As [`add_rule`](Self::add_rule); and if there are not that many rules.
    pub fn insert_rule(&mut self, index: usize, rule: impl IntoRule) -> Result<&mut Rule, Error> {
        let rule = rule.into_rule()?;
        self.check_rule(&rule, None)?;
        if index > self.rules.len() {
            return Err(self.no_rule(index));
        }
        self.rules.insert(index, rule);
        self.rules.get_mut(index).ok_or_else(|| misuse("the rule was not inserted"))
    }

    /// Replaces the rule of that number, and gives the old one.
    ///
    /// # Errors
    ///
    /// As [`insert_rule`](Self::insert_rule).
    pub fn replace_rule(&mut self, index: usize, rule: impl IntoRule) -> Result<Rule, Error> {
        let rule = rule.into_rule()?;
        self.check_rule(&rule, Some(index))?;
        let missing = self.no_rule(index);
        self.rules.get_mut(index).map(|old| std::mem::replace(old, rule)).ok_or(missing)
    }

    /// Takes out the rule of that number.
    ///
    /// # Errors
    ///
    /// If there are not that many rules.
    pub fn remove_rule(&mut self, index: usize) -> Result<Rule, Error> {
        if index < self.rules.len() { Ok(self.rules.remove(index)) } else { Err(self.no_rule(index)) }
    }

    /// Number and rule of that tag.
    #[must_use]
    pub fn tagged(&self, tag: &str) -> Option<(usize, &Rule)> {
        self.rules.iter().enumerate().find(|(_, rule)| rule.tag.as_deref() == Some(tag))
    }

    fn check_rule(&self, rule: &Rule, replaced: Option<usize>) -> Result<(), Error> {
        let taken = rule.tag.as_deref().and_then(|tag| self.tagged(tag)).filter(|(index, _)| Some(*index) != replaced);
        match taken {
            Some((index, _)) => {
                let tag = rule.tag.as_deref().unwrap_or_default();
                let error = misuse(format!("rule {} has the tag `{tag}` already", index + 1));
                Err(within("chain", &self.name)(error))
            }
            None => check::rule(rule).map_err(within("chain", &self.name)),
        }
    }

    fn no_rule(&self, index: usize) -> Error {
        within("chain", &self.name)(misuse(format!("there is no rule {} among {}", index + 1, self.rules.len())))
    }
}

impl Set {
    /// An empty set of that name and type: one data type for each field of a key.
    ///
    /// # Errors
    ///
    /// If it is no name.
    pub fn named(name: &str, types: impl Into<Box<[crate::schema::DataType]>>) -> Result<Self, Error> {
        Ok(Self::new(name.try_into()?, KeyType::Types(types.into())))
    }

    /// The same with these flags.
    #[must_use]
    pub fn with_flags(self, flags: super::SetFlags) -> Self {
        Self { flags: self.flags | flags, ..self }
    }

    /// The same with a default time-out, in milliseconds.
    #[must_use]
    pub fn with_timeout(self, milliseconds: u64) -> Self {
        Self { timeout: Some(milliseconds), ..self }
    }

    /// Adds an element; plain ones are packed.
    ///
    /// # Errors
    ///
    /// If its types are not those of the set, it has data and the set none or the other way round, or it is a range and the
    /// set has no `interval` flag.
    pub fn add_element(&mut self, element: Element) -> Result<&mut Self, Error> {
        check::element(self, &element, Family::Ip).map_err(within("set", &self.name))?;
        if self.pack(&element).is_none() {
            self.elements.push(element);
        }
        Ok(self)
    }

    fn pack(&mut self, element: &Element) -> Option<()> {
        if !element.is_plain() {
            return None;
        }
        let layout = self.elements.layout();
        let (mut low, mut high, mut data) = (Vec::new(), Vec::new(), Vec::new());
        let is_range = pack(element.key.as_ref()?, &self.key.fields(), &mut low, &mut high)?;
        match (&self.data, &element.data) {
            (None, None) => {}
            (Some(MapData::Value { ty, interval: false }), Some(expr)) => {
                if pack(expr, &ty.fields(), &mut data, &mut Vec::new())? {
                    return None;
                }
            }
            _ => return None,
        }
        if low.len() != usize::from(layout.key) || data.len() != usize::from(layout.data) || low.is_empty() {
            return None;
        }
        if is_range {
            self.elements.push_range(&low, &high, &data);
        } else {
            self.elements.push_point(&low, &data);
        }
        Some(())
    }
}

/// Appends the bytes of a constant as packed elements have them, and says whether it is a range.
fn pack(expr: &Expr, fields: &[KeyField], low: &mut Vec<u8>, high: &mut Vec<u8>) -> Option<bool> {
    let parts = match expr {
        Expr::Concat(parts) => parts,
        single => std::slice::from_ref(single),
    };
    let mut is_range = false;
    for (part, field) in parts.iter().zip(fields) {
        match part {
            Expr::Range(ends) => {
                let (from, to) = (number(&ends.0)?, number(&ends.1)?);
                // Who pushes it hears what is wrong with it.
                if from > to {
                    return None;
                }
                is_range |= from < to;
                put(from, *field, low)?;
                put(to, *field, high)?;
            }
            Expr::Prefix(inner, length) => {
                let (number, host) = (number(inner)?, field.bits.checked_sub(*length)?);
                let mask = if host >= 128 { u128::MAX } else { (1 << host) - 1 };
                is_range = true;
                put(number & !mask, *field, low)?;
                put(number | mask, *field, high)?;
            }
            Expr::Value(value) if field.ty.is_string() => {
                let Repr::Str(text) = &value.repr else { return None };
                let width = usize::try_from(field.bytes()).ok()?;
                let encoded = bytes_of_text(text);
                if encoded.is_empty() || encoded.len() >= width || encoded.contains(&0) || encoded.contains(&b'"') {
                    return None;
                }
                for bytes in [&mut *low, &mut *high] {
                    let end = bytes.len() + width;
                    bytes.extend_from_slice(&encoded);
                    bytes.resize(end, 0);
                }
            }
            part => {
                let number = number(part)?;
                put(number, *field, low)?;
                put(number, *field, high)?;
            }
        }
        if fields.len() > 1 {
            low.resize(low.len().next_multiple_of(4), 0);
            high.resize(high.len().next_multiple_of(4), 0);
        }
    }
    Some(is_range)
}

fn number(expr: &Expr) -> Option<u128> {
    expr.as_value()?.as_int()
}

fn put(number: u128, field: KeyField, bytes: &mut Vec<u8>) -> Option<()> {
    let all = number.to_be_bytes();
    let skip = all.len().checked_sub(usize::try_from(field.bytes()).ok()?)?;
    bytes.extend_from_slice(all.get(skip..)?);
    Some(())
}

#[cfg(test)]
mod tests;
