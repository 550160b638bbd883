//! Userdata of sets: what the kernel does not ask for, but listings show.

use super::selector::{self, Selector, is_swapped};
use super::shape::{number_of_order, order_number};
use super::{DataShape, Shape};
use crate::model::{Expr, Exthdr, ExthdrPart, KeyType, MapData, Set};
use crate::schema::{ByteOrder, Family};
use crate::wire::{Error, Tlvs, bytes_of_text, push_tlv};

const KEY_ORDER: u8 = 0;
const DATA_ORDER: u8 = 1;
const MERGE: u8 = 2;
const KEY_TYPEOF: u8 = 3;
const DATA_TYPEOF: u8 = 4;
const DATA_INTERVAL: u8 = 6;
const COMMENT: u8 = 7;

/// The records of a named set.
pub(super) fn write(set: &Set, family: Family) -> Result<Vec<u8>, Error> {
    let mut records = Vec::with_capacity(64);
    number(&mut records, KEY_ORDER, order_number(&set.key, family))?;
    match &set.data {
        Some(MapData::Value { ty, .. }) => number(&mut records, DATA_ORDER, order_number(ty, family))?,
        Some(MapData::Verdict) => number(&mut records, DATA_ORDER, 0)?,
        Some(MapData::Queue) => number(&mut records, DATA_ORDER, number_of_order(ByteOrder::Host))?,
        Some(MapData::Object(_)) | None => {}
    }
    if set.auto_merge {
        number(&mut records, MERGE, 1)?;
    }
    write_type(&mut records, KEY_TYPEOF, &set.key);
    if let Some(data) = &set.data {
        match data {
            MapData::Value { ty, .. } => write_type(&mut records, DATA_TYPEOF, ty),
            MapData::Verdict if matches!(set.key, KeyType::Typeof(_)) => selector::write_verdict(&mut records, DATA_TYPEOF),
            MapData::Verdict | MapData::Object(_) => selector::write_type(&mut records, DATA_TYPEOF, 1),
            MapData::Queue => selector::write_queue(&mut records, DATA_TYPEOF),
        }
        let interval = matches!(data, MapData::Value { interval: true, .. });
        number(&mut records, DATA_INTERVAL, u32::from(interval))?;
    }
    if let Some(comment) = &set.comment {
        push_tlv(&mut records, COMMENT, &[&*bytes_of_text(comment), &[0]].concat())?;
    }
    Ok(records)
}

/// The records of an anonymous set with that shape and key.
pub(super) fn write_anonymous(shape: &Shape, key: Option<&Expr>) -> Result<Vec<u8>, Error> {
    let mut records = Vec::with_capacity(64);
    number(&mut records, KEY_ORDER, anonymous_order(shape, key))?;
    match &shape.data {
        DataShape::Value { fields, .. } => {
            let order = if let [field] = &**fields { number_of_order(field.order) } else { 0 };
            number(&mut records, DATA_ORDER, order)?;
        }
        DataShape::Verdict => number(&mut records, DATA_ORDER, 0)?,
        DataShape::None | DataShape::Object(_) => {}
    }
    let (is_map, is_concat) = (shape.data != DataShape::None, shape.is_concat());
    if !is_map && shape.interval && !is_concat {
        number(&mut records, MERGE, 1)?;
    }
    if is_map && !is_concat {
        selector::write_type(&mut records, KEY_TYPEOF, 1);
    } else if let Some(key) = key {
        // What is no plain selector any more when it is looked up, nft cannot tell. Of a concatenation it remembers the fields of bits.
        let swapped = shape.interval && is_concat;
        selector::write(&mut records, KEY_TYPEOF, key, |part| {
            (!is_concat && is_bit_field(part)) || (swapped && part.field_in(Family::Ip).is_some_and(is_swapped))
        });
    }
    match shape.data {
        DataShape::None => return Ok(records),
        DataShape::Verdict => selector::write_verdict(&mut records, DATA_TYPEOF),
        DataShape::Value { .. } | DataShape::Object(_) => selector::write_type(&mut records, DATA_TYPEOF, 1),
    }
    let interval = matches!(shape.data, DataShape::Value { interval: true, .. });
    number(&mut records, DATA_INTERVAL, u32::from(interval))?;
    Ok(records)
}

fn anonymous_order(shape: &Shape, key: Option<&Expr>) -> u32 {
    let [field] = &*shape.key else { return 0 };
    number_of_order(match field.ty.byte_order() {
        Some(order) => order,
        // nft has given a single byte the order of ranges already, as there is nothing to do for it.
        None if shape.interval && field.bytes() == 1 => ByteOrder::Big,
        None => key.and_then(|key| key.field_in(Family::Ip)).map_or(field.order, |field| field.order),
    })
}

/// Whether it is masked or shifted before it is looked up.
const fn is_bit_field(expr: &Expr) -> bool {
    match expr {
        Expr::Payload(payload) => !payload.field.is_bytes(),
        Expr::Exthdr(Exthdr { part: ExthdrPart::Field(field), .. }) => !field.is_bytes(),
        Expr::Raw(raw) => !raw.offset.is_multiple_of(8) || !raw.bits.is_multiple_of(8),
        _ => false,
    }
}

/// The records that say something: versions of nft differ in whether they write that a type is no expression, or that a number is 0.
pub(crate) fn meaningful(userdata: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(userdata.len());
    for record in Tlvs::new(userdata).map_while(Result::ok) {
        let idle = match record.kind {
            KEY_ORDER | DATA_ORDER | MERGE | DATA_INTERVAL => record.number() == Some(0),
            KEY_TYPEOF | DATA_TYPEOF => selector::is_type(record),
            _ => false,
        };
        if !idle {
            kept.push(record.kind);
            kept.extend_from_slice(record.payload);
        }
    }
    kept
}

/// What a set's userdata says.
#[derive(Default)]
pub(super) struct Records {
    pub(super) key_order: Option<ByteOrder>,
    pub(super) data_order: Option<ByteOrder>,
    pub(super) auto_merge: bool,
    pub(super) key: Option<Selector>,
    pub(super) data: Option<Selector>,
    pub(super) data_interval: bool,
    pub(super) comment: Option<Box<str>>,
    /// Records that are not known here.
    pub(super) unknown: Vec<u8>,
}

/// Reads a set's userdata.
pub(super) fn read(userdata: &[u8]) -> Records {
    let mut found = Records::default();
    for record in Tlvs::new(userdata).map_while(Result::ok) {
        match record.kind {
            KEY_ORDER => found.key_order = record.number().and_then(order),
            DATA_ORDER => found.data_order = record.number().and_then(order),
            MERGE => found.auto_merge = record.number().is_some_and(|number| number != 0),
            KEY_TYPEOF => found.key = selector::read(record.nested()),
            DATA_TYPEOF => found.data = selector::read(record.nested()),
            DATA_INTERVAL => found.data_interval = record.number().is_some_and(|number| number != 0),
            COMMENT => found.comment = Some(record.text().into()),
            kind => {
                // It was a record before, so it fits into one.
                let _ = push_tlv(&mut found.unknown, kind, record.payload);
            }
        }
    }
    found
}

const fn order(number: u32) -> Option<ByteOrder> {
    match number {
        1 => Some(ByteOrder::Host),
        2 => Some(ByteOrder::Big),
        _ => None,
    }
}

fn write_type(records: &mut Vec<u8>, kind: u8, ty: &KeyType) {
    match ty {
        KeyType::Types(types) => selector::write_type(records, kind, types.len()),
        KeyType::Typeof(expr) => selector::write(records, kind, expr, |_| false),
        KeyType::Sized(..) => selector::write_type(records, kind, 1),
    }
}

fn number(records: &mut Vec<u8>, kind: u8, number: u32) -> Result<(), Error> {
    push_tlv(records, kind, &number.to_ne_bytes())
}
