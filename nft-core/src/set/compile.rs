//! Expressions of elements become bytes: numbers with their most significant byte first, as [`Elements`] are packed.

use super::shape::{places, width};
use super::{CompiledElement, DataShape, Shape, stateful};
use crate::bytecode::{self, ChainRef};
use crate::environment::Environment;
use crate::error::Error;
use crate::evaluate::constant;
use crate::model::{BinaryOp, Element, Expr, JumpTarget, KeyField, Repr, Verdict};
use crate::schema::ByteOrder;
use crate::wire::{Data, Text, bytes_of_text, push_tlv};

#[cfg(doc)]
use crate::model::Elements;

/// Userdata record of an element's comment.
pub(super) const COMMENT: u8 = 0;
/// Userdata record of an element's flags.
pub(super) const FLAGS: u8 = 1;
/// Flag: the range reaches to the last key, so that no element ends it.
pub(super) const OPEN: u32 = 1;

/// Names the chain that a verdict of an element jumps to; inline chains are the caller's to compile.
pub type Chains<'a> = &'a mut dyn FnMut(&JumpTarget) -> Result<ChainRef, Error>;

/// For sets without inline chains: all named ones.
pub(super) fn named_chain(target: &JumpTarget) -> Result<ChainRef, Error> {
    match target {
        JumpTarget::Chain(name) => Ok(ChainRef::Name(Text::new(name))),
        JumpTarget::Block(_) => Err(Error::source_text("an inline chain cannot stand in a named map")),
    }
}

/// What elements are compiled with.
pub(super) struct Cx<'a> {
    pub(super) environment: &'a dyn Environment,
    pub(super) chains: Chains<'a>,
}

/// All of an element but its key. Data are in wire order.
pub(super) fn element(element: &Element, shape: &Shape, cx: &mut Cx<'_>) -> Result<CompiledElement, Error> {
    let mut compiled = CompiledElement { timeout: element.timeout, expiration: element.expires, ..Default::default() };
    if let Some(comment) = &element.comment {
        push_tlv(&mut compiled.userdata, COMMENT, &[&*bytes_of_text(comment), &[0]].concat())?;
    }
    for stmt in &element.stmts {
        compiled.exprs.push(stateful::linearize(stmt)?);
    }
    if let Some(unknown) = &element.unknown {
        compiled.flags |= unknown.flags;
        compiled.userdata.extend_from_slice(&unknown.records);
        compiled.unknown.extend_from_slice(&unknown.attributes);
        for (place, instruction) in &unknown.instructions {
            compiled.exprs.insert((*place).min(compiled.exprs.len()), instruction.clone());
        }
    }
    if let Some(data) = &element.data {
        match &shape.data {
            DataShape::None => return Err(Error::source_text("set is not a map")),
            DataShape::Value { fields, interval } => {
                let mut bytes = data_bytes(data, fields, *interval, cx.environment)?;
                super::shape::reorder(&mut bytes, &shape.data.reversals());
                compiled.data = Some(bytecode::Operand::Value(bytes));
            }
            DataShape::Verdict => compiled.data = Some(bytecode::Operand::Verdict(verdict(data, cx.chains)?)),
            DataShape::Object(_) => match data {
                Expr::Value(crate::model::Value { repr: Repr::Str(name) | Repr::Name(name), .. }) => {
                    compiled.object = Some(Text::new(name));
                }
                _ => return Err(Error::source_text("expected the name of an object")),
            },
        }
    }
    Ok(compiled)
}

/// First and last key of an element.
pub(super) fn span(expr: &Expr, fields: &[KeyField], environment: &dyn Environment) -> Result<(Data, Data), Error> {
    match (fields, expr) {
        ([field], Expr::Concat(_)) => Err(Error::source_text(format!(
            "datatype mismatch, expected {}, expression has type concatenation",
            field.ty.description()
        ))),
        ([field], expr) => field_span(expr, *field, environment),
        (fields, Expr::Concat(parts)) if parts.len() == fields.len() => {
            let (mut low, mut high) = (Data::zeroed(width(fields)), Data::zeroed(width(fields)));
            for ((field, place), part) in places(fields).zip(parts) {
                let (first, last) = field_span(part, *field, environment)?;
                for (whole, part) in [(&mut low, first), (&mut high, last)] {
                    if let Some(place) = whole.get_mut(place.clone()).filter(|place| place.len() == part.len()) {
                        place.copy_from_slice(&part);
                    }
                }
            }
            Ok((low, high))
        }
        (fields, _) => {
            let names: Vec<_> = fields.iter().map(|field| field.ty.description()).collect();
            let expected = names.join(", ");
            Err(Error::source_text(format!("datatype mismatch, expected concatenation of ({expected})")))
        }
    }
}

/// Data of a map: a value, or of ranges the lowest and highest.
pub(super) fn data_bytes(
    expr: &Expr,
    fields: &[KeyField],
    interval: bool,
    environment: &dyn Environment,
) -> Result<Data, Error> {
    let (mut low, high) = span(expr, fields, environment)?;
    if interval {
        // Each end begins at a register of its own.
        low.resize(low.len().next_multiple_of(4));
        low.extend(&high);
        low.resize(low.len().next_multiple_of(4));
    } else if low != high {
        return Err(Error::source_text("a range is data of maps with `interval` only"));
    }
    Ok(low)
}

pub(super) fn verdict(expr: &Expr, chains: Chains<'_>) -> Result<bytecode::Verdict, Error> {
    let Expr::Verdict(verdict) = expr else {
        return Err(Error::source_text("expected a verdict"));
    };
    Ok(match &**verdict {
        Verdict::Accept => bytecode::Verdict::Accept,
        Verdict::Drop => bytecode::Verdict::Drop,
        Verdict::Continue => bytecode::Verdict::Continue,
        Verdict::Return => bytecode::Verdict::Return,
        Verdict::Jump(target) => bytecode::Verdict::Jump(chains(target)?),
        Verdict::Goto(target) => bytecode::Verdict::Goto(chains(target)?),
        Verdict::Other(code) => bytecode::Verdict::Other(*code),
    })
}

fn field_span(expr: &Expr, field: KeyField, environment: &dyn Environment) -> Result<(Data, Data), Error> {
    let width = field.bytes() as usize;
    match expr.single() {
        Expr::Value(value) => {
            let data = constant::bytes(value, field, ByteOrder::Big, environment)?;
            if let Repr::Wildcard(text) = &value.repr {
                return Ok(constant::wildcard_range(text, width));
            }
            Ok((data.clone(), data))
        }
        Expr::Prefix(inner, length) => {
            let host = field.bits.checked_sub(*length).ok_or_else(|| {
                Error::source_text(format!("prefix length {length} is larger than the {} bits of its type", field.bits))
            })?;
            let (mut low, mut high) = field_span(inner, field, environment)?;
            for (number, (low, high)) in (0_u32..).zip(low.iter_mut().rev().zip(high.iter_mut().rev())) {
                let bits = host.saturating_sub(number * 8).min(8);
                let mask = u8::try_from((1_u32 << bits) - 1).unwrap_or(u8::MAX);
                *low &= !mask;
                *high |= mask;
            }
            Ok((low, high))
        }
        Expr::Range(ends) => {
            let ((low, _), (_, high)) = (field_span(&ends.0, field, environment)?, field_span(&ends.1, field, environment)?);
            if low > high {
                return Err(Error::source_text("range has zero or negative size"));
            }
            Ok((low, high))
        }
        Expr::Binary(..) | Expr::List(_) => {
            let number = folded(expr, environment)?;
            constant::check_width(number, field.bits)?;
            let data = constant::number_bytes(number, width, ByteOrder::Big);
            Ok((data.clone(), data))
        }
        _ => Err(Error::source_text("set member is not constant")),
    }
}

/// The number that an expression of constants gives.
fn folded(expr: &Expr, environment: &dyn Environment) -> Result<u128, Error> {
    match expr {
        Expr::Value(value) => constant::number(value, environment),
        Expr::List(parts) => parts.iter().try_fold(0, |all, part| Ok(all | folded(part, environment)?)),
        Expr::Binary(op, sides) => {
            let (left, right) = (folded(&sides.0, environment)?, folded(&sides.1, environment)?);
            let shift = u32::try_from(right).ok();
            Ok(match op {
                BinaryOp::And => left & right,
                BinaryOp::Or => left | right,
                BinaryOp::Xor => left ^ right,
                BinaryOp::ShiftLeft => shift.and_then(|bits| left.checked_shl(bits)).unwrap_or(0),
                BinaryOp::ShiftRight => shift.and_then(|bits| left.checked_shr(bits)).unwrap_or(0),
            })
        }
        _ => Err(Error::source_text("set member is not constant")),
    }
}
