//! Literals: a word, number or string becomes a value of the type that its place asks for.

use nft_core::Span;
use nft_core::model::{Expr, KeyField, Repr, Value};
use nft_core::schema::DataType;
use nft_core::schema::datatype::Form;

use super::fault::{Fault, Lowered};
use super::number;
use crate::parse::HOLE;

/// Saturday; weeks begin on Sunday, with 0.
const LAST_DAY: u128 = 6;

/// The value of a literal in a place of that type and width. `text` is without quotes.
pub(super) fn value(text: &str, span: Span, field: &KeyField) -> Lowered<Value> {
    let ty = field.ty;
    // A hole of `nft!`: its number between two marks.
    if text.starts_with(HOLE) {
        return Ok(Value { ty, repr: Repr::Name(text.into()) });
    }
    let form = ty.row().form;
    // Most literals are numbers in places for numbers.
    if takes_numbers(form)
        && let Some(number) = plain_number(text).or_else(|| number::parse(text).map(u128::from))
    {
        return checked(number, text, span, field);
    }
    if ty.is_string() {
        return string(text, span, field);
    }
    // Before types look at it, a number is a number, however it is written: `010` is 8 for all of them.
    let decimal = number::parse(text).map(|number| number.to_string());
    let repr = ty.parse(decimal.as_deref().unwrap_or(text)).map_err(|error| {
        let mut error = error;
        let suggestion = error.suggestion.take();
        let fault = Fault::new(span, error.to_string());
        match suggestion {
            Some(name) => fault.help(format!("did you mean `{name}`?")),
            None => fault,
        }
    })?;
    match repr {
        Repr::Int(number) => checked(number, text, span, field),
        repr => Ok(Value { ty, repr }),
    }
}

/// As [`value`], for an expression.
pub(super) fn expr(text: &str, span: Span, field: &KeyField) -> Lowered<Expr> {
    value(text, span, field).map(Expr::Value)
}

/// Digits, without the zero that makes a number octal.
fn plain_number(text: &str) -> Option<u128> {
    let digits = text.as_bytes();
    if digits.is_empty() || digits.len() > 18 || (digits.len() > 1 && digits.starts_with(b"0")) {
        return None;
    }
    let mut number = 0u64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
    }
    Some(u128::from(number))
}

/// Whether a number means itself.
const fn takes_numbers(form: Form) -> bool {
    matches!(
        form,
        Form::Integer
            | Form::Hex(_)
            | Form::Bitmask
            | Form::Protocol
            | Form::Service
            | Form::Mark
            | Form::Interface
            | Form::Realm
            | Form::User
            | Form::Group
            | Form::RejectCode
            | Form::DeviceGroup
            | Form::Boolean
            | Form::Day
    )
}

/// A number that must fit its place.
fn checked(number: u128, text: &str, span: Span, field: &KeyField) -> Lowered<Value> {
    if field.ty == DataType::BOOLEAN {
        // Any number but 0 is "yes".
        return Ok(Value::int(field.ty, number.min(1)));
    }
    if field.ty == DataType::DAY && number > LAST_DAY {
        return Err(Fault::new(span, format!("value {text} exceeds valid range 0-{LAST_DAY}")));
    }
    // The place decides: `meta mark set ip dscp | 0x40` has 32 bits.
    let bits = if field.bits == 0 { field.ty.bits() } else { field.bits };
    if bits > 0 && bits < 128 && number >> bits != 0 {
        return Err(Fault::new(span, format!("value {text} exceeds valid range 0-{}", (1u128 << bits) - 1)));
    }
    Ok(Value::int(field.ty, number))
}

/// A string, as wide as its place at most.
fn string(text: &str, span: Span, field: &KeyField) -> Lowered<Value> {
    if text.is_empty() {
        return Err(Fault::new(span, "empty string is not allowed"));
    }
    let decimal = number::parse(text).map(|number| number.to_string());
    let text = decimal.as_deref().unwrap_or(text);
    let repr = field.ty.parse(text).map_err(|error| Fault::new(span, error.to_string()))?;
    let width = field.bits as usize / 8;
    let length = match &repr {
        Repr::Str(text) | Repr::Wildcard(text) => text.len(),
        _ => 0,
    };
    if width > 0 && length > width {
        return Err(Fault::new(span, format!("string exceeds maximum length of {width}")));
    }
    Ok(Value { ty: field.ty, repr })
}

/// A field of a type that has a width of its own.
pub(super) fn field(ty: DataType) -> KeyField {
    KeyField::of(ty)
}
