//! Operators on bits: constants fold, constant operands become masks, others a register.

use super::selector::{Settle, Typed, ones};
use super::set::generated_limit;
use super::term::{Op, Source};
use super::{Evaluator, constant, source};
use crate::bytecode::{BitwiseOp, ByteorderOp, Data};
use crate::error::Error;
use crate::model::{BinaryOp, Expr, KeyField, Repr, Value};
use crate::schema::{ByteOrder, DataType};

/// Whether an expression is a number that is known now.
pub(super) fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) => true,
        Expr::Binary(_, sides) => is_constant(&sides.0) && is_constant(&sides.1),
        Expr::List(parts) => parts.iter().all(is_constant),
        _ => false,
    }
}

impl<'r> Evaluator<'_, 'r> {
    /// The number that a constant expression is.
    pub(super) fn fold(&self, expr: &Expr) -> Result<u128, Error> {
        match expr {
            Expr::Value(value) => constant::number(value, self.cx.environment),
            Expr::List(parts) => {
                if let Some(Expr::Value(Value { ty, .. })) = parts.first()
                    && (!ty.is_bitmask() || *ty == DataType::BITMASK)
                {
                    return Err(source(format!("basetype of type {} is not bitmask", ty.description())));
                }
                parts.iter().try_fold(0, |all, part| Ok(all | self.fold(part)?))
            }
            Expr::Binary(op, sides) => {
                let (left, right) = (self.fold(&sides.0)?, self.fold(&sides.1)?);
                Ok(match op {
                    BinaryOp::And => left & right,
                    BinaryOp::Or => left | right,
                    BinaryOp::Xor => left ^ right,
                    BinaryOp::ShiftLeft => u32::try_from(right).ok().and_then(|by| left.checked_shl(by)).unwrap_or(0),
                    BinaryOp::ShiftRight => u32::try_from(right).ok().and_then(|by| left.checked_shr(by)).unwrap_or(0),
                })
            }
            _ => Err(source("value is not constant")),
        }
    }

    /// The bytes that a constant expression is in a field.
    pub(super) fn fold_bytes(&self, expr: &Expr, field: KeyField) -> Result<Data, Error> {
        match expr {
            Expr::Value(value) => {
                check_type(value, field)?;
                if matches!(&value.repr, Repr::Str(text) if text.is_empty()) {
                    return Err(source("empty string is not allowed"));
                }
                constant::bytes(value, field, field.order, self.cx.environment)
            }
            _ => {
                let number = self.fold(expr)?;
                constant::check_width(number, field.bits)?;
                Ok(constant::number_bytes(number, field.bytes() as usize, field.order))
            }
        }
    }

    /// `left op right`, where not both are constant.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &'r Expr,
        right: &'r Expr,
        target: Option<KeyField>,
    ) -> Result<Typed, Error> {
        if is_constant(left) && is_constant(right) {
            let Some(field) = target else {
                return Err(source("left-hand side of relational expression must not be constant"));
            };
            let number = self.fold(left).and_then(|_| {
                let all = Expr::binary(op, left.clone(), right.clone());
                self.fold(&all)
            })?;
            let number = number & ones(field.bits);
            return Ok(Typed::constant(constant::number_bytes(number, field.bytes() as usize, field.order), field));
        }
        if is_constant(left) {
            if matches!(op, BinaryOp::ShiftLeft | BinaryOp::ShiftRight) {
                return Err(source("a constant cannot be shifted by something that is none"));
            }
            return self.binary(op, right, left, target);
        }
        let mut value = self.operand(left, target)?;
        if is_constant(right) {
            let number = self.fold(right)?;
            let is_shift = matches!(op, BinaryOp::ShiftLeft | BinaryOp::ShiftRight);
            if let Some(limit) = generated_limit(left).filter(|_| !is_shift) {
                self.check_limit(right, limit)?;
            }
            value.apply(op, number)?;
            return Ok(value);
        }
        let op = match op {
            BinaryOp::And => BitwiseOp::AND,
            BinaryOp::Or => BitwiseOp::OR,
            BinaryOp::Xor => BitwiseOp::XOR,
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => {
                return Err(source("right-hand side of a shift must be constant"));
            }
        };
        let mut other = self.operand(right, target)?;
        other.make(value.field.order);
        let len = value.width;
        value.term.ops.push(Op::Binary { op, right: Box::new(other.term), len });
        Ok(value)
    }

    /// An operand, brought to the width of the target.
    fn operand(&mut self, expr: &'r Expr, target: Option<KeyField>) -> Result<Typed, Error> {
        let mut value = self.selector(expr, target)?;
        if value.field.ty.is_string() {
            return Err(source(format!("binary operation is undefined for {} types", value.field.ty.description())));
        }
        if matches!(value.term.source, Source::Concat(_)) {
            return Err(source("binary operation is undefined for concatenations"));
        }
        match target {
            None => value.settle(Settle::Number),
            Some(target) => value.widen(target),
        }
        Ok(value)
    }
}

impl Typed {
    /// Brings a value to the width of what it is assigned to.
    pub(super) fn widen(&mut self, target: KeyField) {
        self.settle(Settle::Host);
        if self.field.bits >= target.bits {
            return;
        }
        if self.field.order == ByteOrder::Big && self.width > 1 && target.order == ByteOrder::Host {
            self.swap(ByteorderOp::NTOH, self.width);
        }
        self.field = KeyField::new(self.field.ty, target.bits, target.order);
        self.width = target.bytes();
    }

    /// Applies an operator with a constant.
    fn apply(&mut self, op: BinaryOp, number: u128) -> Result<(), Error> {
        let (width, order) = (self.width as usize, self.field.order);
        let bytes = |number| constant::number_bytes(number, width, order);
        let all = ones(self.width * 8);
        let (mask, xor) = match op {
            BinaryOp::And => (number, 0),
            BinaryOp::Or => (!number & all, number),
            BinaryOp::Xor => (all, number),
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => {
                // Of a field of single bits nft counts the whole bytes.
                let bits = self.field.bits.next_multiple_of(8);
                let by = u32::try_from(number).ok().filter(|by| *by < bits);
                let by = by.ok_or_else(|| {
                    let side = if op == BinaryOp::ShiftLeft { "left" } else { "right" };
                    source(format!("{side} shift of {number} bits is undefined for type of {} bits width", self.field.bits))
                })?;
                if by == 0 {
                    return Ok(());
                }
                // The kernel shifts numbers of the machine.
                if self.field.order == ByteOrder::Big && self.width > 1 {
                    self.swap(ByteorderOp::NTOH, self.width);
                }
                let op = if op == BinaryOp::ShiftLeft { BitwiseOp::LSHIFT } else { BitwiseOp::RSHIFT };
                self.term.ops.push(Op::Shift { op, by, len: self.width });
                return Ok(());
            }
        };
        constant::check_width(number, self.field.bits)?;
        let (mask, xor) = (bytes(mask), bytes(xor));
        if op == BinaryOp::Xor {
            // By itself, since a comparison may undo it; else it joins the mask before it when instructions are made.
            self.term.ops.push(Op::Mask { mask, xor, explicit: true });
            return Ok(());
        }
        // A chain of constant operands is one mask.
        self.term.join_flips();
        if let Some(Op::Mask { mask: before, xor: flipped, explicit: true }) = self.term.ops.last_mut()
            && before.len() == width
        {
            join_masks((before, flipped), (&mask, &xor));
            return Ok(());
        }
        self.term.ops.push(Op::Mask { mask, xor, explicit: true });
        Ok(())
    }
}

/// One mask for two that follow each other.
pub(crate) fn join_masks((mask, xor): (&mut Data, &mut Data), next: (&Data, &Data)) {
    for (index, (mask, xor)) in mask.iter_mut().zip(xor.iter_mut()).enumerate() {
        let (and, flip) = (next.0.get(index).copied().unwrap_or(0), next.1.get(index).copied().unwrap_or(0));
        *mask &= and;
        *xor = *xor & and ^ flip;
    }
}

/// Refuses an address of the wrong family.
pub(super) fn check_type(value: &Value, field: KeyField) -> Result<(), Error> {
    let wrong = match value.ty {
        DataType::IPV4_ADDR => field.ty == DataType::IPV6_ADDR,
        DataType::IPV6_ADDR => field.ty == DataType::IPV4_ADDR,
        _ => false,
    };
    if wrong || (matches!(value.repr, Repr::Str(_) | Repr::Wildcard(_)) && !field.ty.is_string()) {
        return Err(source(format!(
            "datatype mismatch, expected {}, expression has type {}",
            field.ty.description(),
            value.ty.description()
        )));
    }
    Ok(())
}
