//! Writes into the packet: header fields and TCP options.

use smallvec::smallvec;

use super::operate::is_constant;
use super::selector::{Typed, ones};
use super::term::{Load, Op, PayloadLoad, Source, Term};
use super::{Evaluator, constant, in_operand, source};
use crate::bytecode::{self, Register};
use crate::error::{Error, Operand};
use crate::model::{BinaryOp, Expr};
use crate::schema::extension::Op as ExthdrOp;
use crate::schema::header::Checksum;
use crate::schema::proto::UDP;
use crate::schema::{Base, ByteOrder, Field, Header};

/// `NFT_PAYLOAD_L4CSUM_PSEUDOHDR`.
const PSEUDO_HEADER: u32 = 1;
/// The most bytes that are read and written at once.
const MAX: u32 = 16;

impl<'r> Evaluator<'_, 'r> {
    pub(super) fn write(&mut self, left: &'r Expr, right: &'r Expr) -> Result<(), Error> {
        let target = self.selector(left, None).map_err(in_operand(Operand::Left))?;
        let Source::Load(load) = target.term.source else {
            return Err(source("only header fields and options can be set"));
        };
        match load {
            Load::Payload(load) => {
                let header = match left {
                    Expr::Payload(payload) => Some((payload.header, payload.field)),
                    _ => None,
                };
                self.write_payload(left, &target, load, header, right).map_err(in_operand(Operand::Right))
            }
            Load::Exthdr { op: ExthdrOp::Tcp, number, offset, len, present: false } if target.place.is_none() => {
                let value = self.assigned(right, target.field).map_err(in_operand(Operand::Right))?;
                self.with(
                    smallvec![value],
                    bytecode::ExthdrSet {
                        sreg: Register::R1,
                        ty: number,
                        offset,
                        len,
                        op: Some(bytecode::ExthdrOp(ExthdrOp::Tcp.number())),
                        flags: None,
                    },
                );
                Ok(())
            }
            _ => Err(source("only header fields and options can be set")),
        }
    }

    fn write_payload(
        &mut self,
        left: &'r Expr,
        target: &Typed,
        load: PayloadLoad,
        field: Option<(&'static Header, &'static Field)>,
        right: &'r Expr,
    ) -> Result<(), Error> {
        let checksum = field.and_then(|(header, _)| header.checksum);
        let pseudo = load.base == Base::Inner || field.is_some_and(|(header, field)| field.pseudo || *header == UDP);
        let in_pairs = load.base == Base::Inner || field.is_some_and(|(header, _)| header.in_pairs);
        let odd = in_pairs && !load.len.is_multiple_of(2);
        if target.place.is_none() && !odd {
            let value = self.assigned(right, target.field)?;
            self.with(smallvec![value], store(load, checksum, pseudo));
            return Ok(());
        }
        if right == left {
            return Err(source("payload statement for this expression is not supported"));
        }
        let (and, xor) = self.write_bits(left, target, right)?;
        let mut wide = load;
        if odd {
            wide.len += 1;
            if !load.offset.is_multiple_of(2) {
                wide.offset -= 1;
            }
        }
        if wide.len > MAX {
            return Err(source("payload statement for this expression is not supported"));
        }
        let behind = (wide.offset + wide.len) - (load.offset + load.len);
        let shift = target.place.map_or(0, |place| place.shift) + behind * 8;
        let field = ones(target.field.bits) << shift;
        let mask = ones(wide.len * 8) & !field | and << shift;
        let bytes = |number| constant::number_bytes(number, wide.len as usize, ByteOrder::Big);
        let mut value = Term::load(Load::Payload(wide));
        value.ops.push(Op::Mask { mask: bytes(mask), xor: bytes(xor << shift), explicit: true });
        self.with(smallvec![value], store(wide, checksum, pseudo));
        Ok(())
    }

    /// The bits that a value of a bit field keeps, and those that it flips.
    fn write_bits(&mut self, left: &'r Expr, target: &Typed, right: &'r Expr) -> Result<(u128, u128), Error> {
        let all = ones(target.field.bits);
        if is_constant(right) {
            // Checks type and width.
            self.fold_bytes(right, target.field)?;
            return Ok((0, self.fold(right)?));
        }
        if right == left {
            return Ok((all, 0));
        }
        let Expr::Binary(op, sides) = right else {
            return Err(source("payload statement for this expression is not supported"));
        };
        let (inner, operand) = if is_constant(&sides.0) { (&sides.1, &sides.0) } else { (&sides.0, &sides.1) };
        if !is_constant(operand) {
            return Err(source("payload statement for this expression is not supported"));
        }
        let (and, xor) = self.write_bits(left, target, inner)?;
        let number = self.fold(operand)?;
        constant::check_width(number, target.field.bits)?;
        Ok(match op {
            BinaryOp::And => (and & number, xor & number),
            BinaryOp::Or => (and & !number, xor & !number | number),
            BinaryOp::Xor => (and, xor ^ number),
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => {
                return Err(source("payload statement for this expression is not supported"));
            }
        })
    }
}

fn store(load: PayloadLoad, checksum: Option<Checksum>, pseudo: bool) -> bytecode::PayloadSet {
    bytecode::PayloadSet {
        sreg: Register::R1,
        base: bytecode::PayloadBase(load.base.number()),
        offset: load.offset,
        len: load.len,
        csum_type: checksum.map(|checksum| checksum.kind.number()),
        csum_offset: checksum.map(|checksum| checksum.offset / 8),
        csum_flags: pseudo.then_some(PSEUDO_HEADER),
    }
}
