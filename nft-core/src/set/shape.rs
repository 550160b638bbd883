//! The type of a set's elements, field by field.

use std::ops::Range;

use crate::evaluate::constant::is_reversed;
use crate::model::{Expr, KeyField, KeyType, MapData, ObjectType, Set};
use crate::schema::proto::TH;
use crate::schema::{Base, ByteOrder, DataType, Family};

/// The type of a set's elements.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "all that decides how elements are encoded")]
pub struct Shape {
    /// The fields of a key: one, or those of a concatenation.
    pub key: Vec<KeyField>,
    /// Whether keys may be ranges.
    pub interval: bool,
    /// What a map says of a key.
    pub data: DataShape,
}

/// The type of a map's data.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the kernel has these")]
pub enum DataShape {
    /// No data: a set.
    None,
    /// Values.
    Value {
        /// The fields.
        fields: Vec<KeyField>,
        /// Whether they are ranges: lowest and highest value.
        interval: bool,
    },
    /// Verdicts.
    Verdict,
    /// Names of objects.
    Object(ObjectType),
}

impl Shape {
    /// The shape of a named set, in a table of that family.
    #[must_use]
    pub fn of(set: &Set, family: Family) -> Self {
        Self {
            key: set.key.fields_in(family),
            interval: set.is_interval(),
            data: set.data.as_ref().map_or(DataShape::None, |data| DataShape::of(data, family)),
        }
    }

    /// Whether keys are concatenations.
    #[must_use]
    pub const fn is_concat(&self) -> bool {
        self.key.len() > 1
    }

    /// Whether keys are ranges over concatenations: elements have two keys.
    #[must_use]
    pub const fn is_concat_interval(&self) -> bool {
        self.interval && self.is_concat()
    }

    /// Bytes of a key.
    #[must_use]
    pub fn key_width(&self) -> usize {
        width(&self.key)
    }

    /// Bits of a key that is one field; of a concatenation, those of its bytes.
    pub(super) fn key_bits(&self) -> u32 {
        match &*self.key {
            [field] => field.bits,
            _ => u32::try_from(self.key_width() * 8).unwrap_or(0),
        }
    }

    /// What of a key's bytes stands on the wire in reverse.
    pub(super) fn key_reversals(&self) -> Vec<Range<usize>> {
        // The kernel compares the keys of ranges as bytes, so they go big-endian there.
        if self.interval { Vec::new() } else { reversals(&self.key) }
    }
}

impl DataShape {
    /// The shape of a named map's data.
    #[must_use]
    pub fn of(data: &MapData, family: Family) -> Self {
        match data {
            MapData::Value { ty, interval } => Self::Value { fields: ty.fields_in(family), interval: *interval },
            MapData::Verdict => Self::Verdict,
            MapData::Object(ty) => Self::Object(*ty),
            MapData::Queue => Self::Value { fields: vec![QUEUE], interval: false },
        }
    }

    /// Bytes of the data, both ends of ranges included.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Value { fields, interval } => width(fields) * if *interval { 2 } else { 1 },
            Self::None | Self::Verdict | Self::Object(_) => 0,
        }
    }

    /// What of the data's bytes stands on the wire in reverse.
    pub(super) fn reversals(&self) -> Vec<Range<usize>> {
        match self {
            Self::Value { fields, interval } => {
                let mut found = reversals(fields);
                if *interval {
                    let width = width(fields);
                    let high: Vec<_> = found.iter().map(|range| range.start + width..range.end + width).collect();
                    found.extend(high);
                }
                found
            }
            Self::None | Self::Verdict | Self::Object(_) => Vec::new(),
        }
    }
}

/// The number of a queue.
const QUEUE: KeyField = KeyField::new(DataType::INTEGER, 16, ByteOrder::Host);

/// Bytes of a value of these fields.
pub(super) fn width(fields: &[KeyField]) -> usize {
    match fields {
        [field] => field.bytes() as usize,
        fields => fields.iter().map(|field| field.bytes().next_multiple_of(4) as usize).sum(),
    }
}

/// Where each field begins, and how many bytes it has.
pub(super) fn places(fields: &[KeyField]) -> impl Iterator<Item = (&KeyField, Range<usize>)> {
    let mut at = 0;
    fields.iter().map(move |field| {
        let (start, bytes) = (at, field.bytes() as usize);
        at += bytes.next_multiple_of(4);
        (field, start..start + bytes)
    })
}

fn reversals(fields: &[KeyField]) -> Vec<Range<usize>> {
    places(fields)
        .filter(|(field, place)| is_reversed(field.order) && !field.ty.is_string() && place.len() > 1)
        .map(|(_, place)| place)
        .collect()
}

/// Turns the bytes of a key from the wire's order to that of packed elements, or back.
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub(crate) fn turn_key(shape: &Shape, key: &mut [u8]) {
    reorder(key, &shape.key_reversals());
}

/// Turns numbers with their most significant byte first into those of the wire, and back.
pub(super) fn reorder(bytes: &mut [u8], reversals: &[Range<usize>]) {
    for range in reversals {
        if let Some(place) = bytes.get_mut(range.clone()) {
            place.reverse();
        }
    }
}

/// nft's number of a type: six bits for each field.
pub(super) fn type_number(fields: &[KeyField]) -> u32 {
    fields.iter().fold(0, |number, field| number << 6 | field.ty.id())
}

/// nft's number of the type of keys that this selector gives: bits that are ports for the header `th` have their type.
pub(super) fn selected_type(fields: &[KeyField], selector: Option<&Expr>) -> u32 {
    let parts = match selector {
        Some(Expr::Concat(parts)) => parts,
        Some(expr) => std::slice::from_ref(expr),
        None => &[],
    };
    let id = |(number, field): (usize, &KeyField)| match parts.get(number) {
        Some(Expr::Raw(raw)) if raw.base == Base::Transport => {
            TH.at(raw.offset, raw.bits).map_or(field.ty.id(), |field| field.ty.id())
        }
        _ => field.ty.id(),
    };
    fields.iter().enumerate().map(id).fold(0, |number, id| number << 6 | id)
}

/// The byte order that userdata tells: 0 for concatenations and types without their own, 1 host, 2 big.
pub(super) fn order_number(ty: &KeyType, family: Family) -> u32 {
    let order = match ty {
        KeyType::Types(types) => match &**types {
            [ty] => ty.byte_order(),
            _ => None,
        },
        KeyType::Typeof(_) | KeyType::Sized(..) => match &*ty.fields_in(family) {
            [field] => Some(field.order),
            _ => None,
        },
    };
    order.map_or(0, number_of_order)
}

/// nft's number of a byte order.
pub(super) const fn number_of_order(order: ByteOrder) -> u32 {
    match order {
        ByteOrder::Host => 1,
        ByteOrder::Big => 2,
    }
}
