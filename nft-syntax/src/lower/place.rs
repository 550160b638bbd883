//! What a place asks for: the fields that a value, concatenation or set of them must have.

use std::fmt::Write;

use nft_core::SetHead;
use nft_core::Span;
use nft_core::model::{Expr, KeyField, KeyType, MapData};
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

/// Whether keys of a set (`found`) can be looked up with an expression of the fields `wanted`. What has no type of its own (raw
/// payload) goes with any; generators with marks; and in maps, all numbers with marks.
pub(super) fn check_key(expr: &Expr, wanted: &[KeyField], found: &[KeyField], is_map: bool, span: Span) -> Lowered<()> {
    let parts = match expr {
        Expr::Concat(parts) => parts,
        single => std::slice::from_ref(single),
    };
    let fits = |(index, (have, key)): (usize, (&KeyField, &KeyField))| {
        have.ty.id() == key.ty.id()
            || match parts.get(index) {
                Some(Expr::Raw(_) | Expr::Value(_)) => true,
                Some(Expr::Numgen(_) | Expr::Hash(_)) => {
                    key.ty == DataType::MARK || wanted.len() == 1 && key.bits == have.bits && key.ty.is_integer()
                }
                Some(_) => is_map && key.ty == DataType::MARK && wanted.len() == 1 && have.ty.is_integer(),
                None => false,
            }
    };
    if wanted.len() == found.len() && wanted.iter().zip(found).enumerate().all(fits) {
        return Ok(());
    }
    Err(Fault::new(span, format!("datatype mismatch, expected {}, expression has type {}", describe(wanted), describe(found))))
}
