//! Bytes to constants.

use crate::model::{BinaryOp, Expr, KeyField, Repr, Value};
use crate::schema::{ByteOrder, DataType};
use crate::wire::text_from_bytes;

/// The number that the bytes are; nothing for more than 16.
pub(super) fn number(bytes: &[u8], order: ByteOrder) -> Option<u128> {
    let mut buffer = [0; 16];
    let start = buffer.len().checked_sub(bytes.len())?;
    buffer.get_mut(start..)?.copy_from_slice(bytes);
    if order == ByteOrder::Host && cfg!(target_endian = "little") {
        buffer.get_mut(start..)?.reverse();
    }
    Some(u128::from_be_bytes(buffer))
}

/// The constant that the bytes are at a place of that type and order.
pub(super) fn value(bytes: &[u8], field: KeyField) -> Value {
    if field.ty.is_string() {
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let open = text.len() == bytes.len() && field.bytes() > u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let text = text_from_bytes(text).into();
        return Value { ty: field.ty, repr: if open { Repr::Wildcard(text) } else { Repr::Str(text) } };
    }
    match number(bytes, field.order) {
        Some(number) => Value::int(field.ty, number),
        None => Value { ty: field.ty, repr: Repr::Bytes(bytes.into()) },
    }
}

/// All bits of that many bits set.
pub(super) const fn ones(bits: u32) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

/// If the set bits of `mask` are one run: how many bits lie below it, and how many it has.
pub(super) const fn run(mask: u128) -> Option<(u32, u32)> {
    if mask == 0 {
        return None;
    }
    let low = mask.trailing_zeros();
    let length = (mask >> low).trailing_ones();
    if low + length >= 128 || mask >> (low + length) == 0 { Some((low, length)) } else { None }
}

/// If `mask` is that of a prefix in a value so wide: its length.
pub(super) const fn prefix_length(mask: u128, bits: u32) -> Option<u32> {
    match run(mask) {
        _ if mask == 0 => Some(0),
        Some((low, length)) if low + length == bits => Some(length),
        _ => None,
    }
}

/// The flags of a number, lowest first, each a constant; what has no name is one at the end.
pub(super) fn flags(ty: DataType, number: u128) -> Vec<Value> {
    let mut flags = Vec::new();
    let mut rest = number;
    for bit in 0..128 {
        let flag = 1 << bit;
        if number & flag != 0 && (ty == DataType::CT_LABEL || ty.symbol_name(flag).is_some()) {
            flags.push(Value::int(ty, flag));
            rest &= !flag;
        }
    }
    if rest != 0 || flags.is_empty() {
        flags.push(Value::int(ty, rest));
    }
    flags
}

/// Flags as `a | b`.
pub(super) fn flags_or(ty: DataType, number: u128) -> Expr {
    let mut flags = flags(ty, number).into_iter().map(Expr::Value);
    let first = flags.next().unwrap_or(Expr::Value(Value::int(ty, number)));
    flags.fold(first, |left, right| Expr::binary(BinaryOp::Or, left, right))
}

/// Flags as `a,b`.
pub(super) fn flags_list(ty: DataType, number: u128) -> Expr {
    let mut flags = flags(ty, number);
    match flags.pop() {
        Some(last) if flags.is_empty() => Expr::Value(last),
        Some(last) => {
            flags.push(last);
            Expr::List(flags.into_iter().map(Expr::Value).collect())
        }
        None => Expr::Value(Value::int(ty, number)),
    }
}

/// A constant as it stands in a place for one value: flags in words if the type has them.
pub(super) fn constant(value: Value) -> Expr {
    match (value.ty, &value.repr) {
        (ty, Repr::Int(number)) if ty.is_bitmask() && !ty.symbols().is_empty() && number.count_ones() > 1 => {
            flags_or(ty, *number)
        }
        _ => Expr::Value(value),
    }
}
