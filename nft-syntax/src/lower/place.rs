//! What a place asks for: the fields that a value, concatenation or set of them must have.

use std::fmt::Write;

use nft_core::SetHead;
use nft_core::Span;
use nft_core::model::{KeyField, KeyType, MapData};
use nft_core::schema::{DataType, Family};
use smallvec::{SmallVec, smallvec};

use super::fault::{Fault, Lowered};

/// The fields of a place, one for each part of a concatenation.
pub(super) type Fields = SmallVec<[KeyField; 2]>;

/// One field.
pub(super) fn one(field: KeyField) -> Fields {
    smallvec![field]
}

/// One field of a type with a width of its own.
pub(super) fn of(ty: DataType) -> Fields {
    one(KeyField::of(ty))
}

/// The fields of a set's keys, in a table of that family.
pub(super) fn of_key(key: &KeyType, family: Family) -> Fields {
    SmallVec::from_vec(key.fields_in(family))
}

/// What a map says of a key.
#[derive(Clone, Debug)]
pub(super) enum DataPlace {
    /// Values.
    Values(Fields),
    /// Verdicts.
    Verdict,
    /// Names of objects.
    Object,
}

/// What the data of a declared map are.
pub(super) fn of_data(head: &SetHead, family: Family) -> Option<DataPlace> {
    head.data.as_ref().map(|data| self::data(data, family))
}

/// What data of that type are.
pub(super) fn data(data: &MapData, family: Family) -> DataPlace {
    match data {
        MapData::Value { ty, .. } => DataPlace::Values(of_key(ty, family)),
        MapData::Verdict => DataPlace::Verdict,
        MapData::Object(_) => DataPlace::Object,
        // The number of a queue, in the order of the machine.
        _ => DataPlace::Values(queue()),
    }
}

/// The number of a queue.
pub(super) fn queue() -> Fields {
    one(KeyField::new(DataType::INTEGER, 16, nft_core::schema::ByteOrder::Host))
}

/// In words: `ipv4_addr . inet_service`.
pub(super) fn describe(fields: &[KeyField]) -> String {
    let mut text = String::new();
    for (number, field) in fields.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = write!(text, "{}{}", if number > 0 { " . " } else { "" }, field.ty.description());
    }
    text
}

/// Whether keys of a set can be looked up with an expression of these fields.
pub(super) fn check_same(wanted: &[KeyField], found: &[KeyField], span: Span) -> Lowered<()> {
    let same = wanted.len() == found.len() && wanted.iter().zip(found).all(|(a, b)| a.ty.id() == b.ty.id());
    if same {
        return Ok(());
    }
    Err(Fault::new(span, format!("datatype mismatch, expected {}, expression has type {}", describe(wanted), describe(found))))
}
