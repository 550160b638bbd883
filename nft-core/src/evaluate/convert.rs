//! Values that are assigned: to a mark, an address, a field.

use super::operate::is_constant;
use super::selector::Typed;
use super::term::{Source, Term};
use super::{Evaluator, source};
use crate::error::Error;
use crate::model::{Expr, KeyField, Repr, Value};
use crate::schema::DataType;

impl<'r> Evaluator<'_, 'r> {
    /// A value for a target of that type, width and order.
    pub(super) fn assigned(&mut self, expr: &'r Expr, target: KeyField) -> Result<Term, Error> {
        self.assigned_typed(expr, target).map(|value| value.term)
    }

    pub(super) fn assigned_typed(&mut self, expr: &'r Expr, target: KeyField) -> Result<Typed, Error> {
        let expr = expr.single();
        match expr {
            Expr::Value(Value { repr: Repr::Wildcard(_), .. }) => {
                return Err(source("a wildcard cannot be assigned"));
            }
            Expr::Range(_) | Expr::Prefix(..) | Expr::Set(_) | Expr::Masked(_) => {
                return Err(source("value is not a singleton"));
            }
            _ => {}
        }
        if is_constant(expr) {
            if target.ty.is_string() || target.bits > 128 || matches!(expr, Expr::Value(_)) {
                return Ok(Typed::constant(self.fold_bytes(expr, target)?, target));
            }
            let number = self.fold(expr)?;
            super::constant::check_width(number, target.bits)?;
            let data = super::constant::number_bytes(number, target.bytes() as usize, target.order);
            return Ok(Typed::constant(data, target));
        }
        let mut value = self.selector(expr, Some(target))?;
        // What an anonymous map says is of the target's type.
        let made_for_it = matches!(expr, Expr::Map(map) if matches!(map.map, Expr::Set(_)));
        if !made_for_it {
            check(expr, &value, target)?;
        }
        if !matches!(value.term.source, Source::Map(_)) {
            value.widen(target);
            value.make(target.order);
        }
        Ok(value)
    }
}

/// Whether a value may be assigned to a target: nft lets numbers into marks, and else asks for the very type.
pub(super) fn check(expr: &Expr, value: &Typed, target: KeyField) -> Result<(), Error> {
    let (ty, wanted) = (value.field.ty, target.ty);
    let is_flags = ty.is_bitmask() && ty != DataType::BITMASK;
    let is_number = ty.id() == DataType::INTEGER.id() || ty.base() == Some(DataType::INTEGER) && !is_flags;
    if ty.id() == wanted.id() || wanted.id() == DataType::MARK.id() && is_number {
        let differs = value.field.bits != target.bits && value.place.is_none() && wanted.id() == DataType::INTEGER.id();
        let short = value.field.bits < target.bits && value.place.is_none();
        let raw = matches!(expr, Expr::Raw(_)) && value.field.bits != target.bits && value.place.is_none();
        if ((short || differs) && matches!(expr, Expr::Payload(_)) || raw) && ty.id() == DataType::INTEGER.id() {
            return Err(source(format!(
                "datatype mismatch: expected {}, expression has type integer with length {}",
                wanted.description(),
                value.field.bits
            )));
        }
        return Ok(());
    }
    let generated = matches!(expr, Expr::Numgen(_) | Expr::Hash(_)) && target.bits == value.field.bits;
    if generated && wanted.is_integer() {
        return Ok(());
    }
    Err(source(format!("datatype mismatch: expected {}, expression has type {}", wanted.description(), ty.description())))
}
