//! Packed bytes become expressions again, and expressions packed bytes.

use super::compile;
use super::shape::{places, width};
use super::{DataShape, Shape};
use crate::environment::Environment;
use crate::error::Error;
use crate::model::{Expr, KeyField, Repr, Value};
use crate::schema::DataType;
use crate::wire::{Data, text_from_bytes};

/// First and last key, packed, of an element's expression.
///
/// # Errors
///
/// The expression is not constant, does not fit the type, or has a name that is not known.
pub fn pack_key(expr: &Expr, fields: &[KeyField], environment: &dyn Environment) -> Result<(Data, Data), Error> {
    compile::span(expr, fields, environment)
}

/// The expression of a packed range of keys: a value, prefix, wildcard or range, or a concatenation of them.
#[must_use]
pub fn unpack_key(fields: &[KeyField], low: &[u8], high: &[u8]) -> Expr {
    if let [field] = fields {
        return unpack_field(*field, low, high);
    }
    let parts = places(fields).map(|(field, place)| {
        let part = |bytes: &[u8]| Data::new(bytes.get(place.clone()).unwrap_or_default());
        unpack_field(*field, &part(low), &part(high))
    });
    Expr::Concat(parts.collect())
}

/// The expression of a map's packed value; of ranges, the lowest and highest behind each other.
#[must_use]
pub fn unpack_data(shape: &Shape, bytes: &[u8]) -> Option<Expr> {
    match &shape.data {
        DataShape::Value { fields, interval: false } => Some(unpack_key(fields, bytes, bytes)),
        DataShape::Value { fields, interval: true } => {
            let (low, high) = bytes.split_at_checked(width(fields))?;
            if let ([field], true) = (&**fields, low == high)
                && matches!(field.ty, DataType::IPV4_ADDR | DataType::IPV6_ADDR)
            {
                // A range of one address shows as the prefix that it is.
                return Some(Expr::prefix(value(*field, low), field.bits));
            }
            Some(unpack_key(fields, low, high))
        }
        DataShape::None | DataShape::Verdict | DataShape::Object(_) => None,
    }
}

fn unpack_field(field: KeyField, low: &[u8], high: &[u8]) -> Expr {
    if low == high {
        return value(field, low);
    }
    if field.ty.is_string() {
        let length = low.iter().position(|&byte| byte == 0).unwrap_or(low.len());
        let (prefix, rest) = low.split_at(length);
        let is_wildcard = high.get(..length) == Some(prefix)
            && rest.iter().all(|&byte| byte == 0)
            && high.iter().skip(length).all(|&byte| byte == 0xff);
        if is_wildcard {
            return Expr::Value(Value { ty: field.ty, repr: Repr::Wildcard(text_from_bytes(prefix).into()) });
        }
    }
    if matches!(field.ty, DataType::IPV4_ADDR | DataType::IPV6_ADDR)
        && let Some(host) = host_bits(low, high)
    {
        return Expr::prefix(value(field, low), field.bits.saturating_sub(host));
    }
    Expr::range(value(field, low), value(field, high))
}

/// How many bits are free, if the range is a prefix.
fn host_bits(low: &[u8], high: &[u8]) -> Option<u32> {
    let (low, high) = (big_endian(low)?, big_endian(high)?);
    let host = low ^ high;
    (host & host.wrapping_add(1) == 0 && low & host == 0).then(|| 128 - host.leading_zeros())
}

fn value(field: KeyField, bytes: &[u8]) -> Expr {
    let repr = if field.ty.is_string() {
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Repr::Str(text_from_bytes(text).into())
    } else {
        big_endian(bytes).map_or_else(|| Repr::Bytes(bytes.into()), Repr::Int)
    };
    Expr::Value(Value { ty: field.ty, repr })
}

fn big_endian(bytes: &[u8]) -> Option<u128> {
    (bytes.len() <= 16).then(|| bytes.iter().fold(0, |number, &byte| number << 8 | u128::from(byte)))
}
