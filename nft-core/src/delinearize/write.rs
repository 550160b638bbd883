//! Statements that write: `meta mark set`, `ct mark set`, `ip ttl set`, `tcp option maxseg size set`.

use super::matches::{Mask, masked};
use super::payload::Selector;
use super::set::Key;
use super::term::{ExtensionLoad, Load, Term};
use super::value::{flags_list, flags_or, number, ones, run, value};
use super::walk::Walk;
use crate::bytecode;
use crate::model::{Expr, KeyField, Stmt, Value};
use crate::schema::ct::Direction;
use crate::schema::extension::Op;
use crate::schema::{Base, ByteOrder, CtKey, DataType, MetaKey, proto};

impl Walk<'_> {
    /// `meta KEY set`.
    pub(super) fn meta_set(&mut self, set: &bytecode::MetaSet) -> Option<Stmt> {
        let key = MetaKey::by_number(set.key.0)?;
        let term = self.take(set.sreg)?;
        let value = self.written(&term, KeyField::new(key.ty(), key.bits(), key.byte_order()))?;
        Some(Stmt::MetaSet(key, value))
    }

    /// `ct KEY set`.
    pub(super) fn ct_set(&mut self, set: &bytecode::CtSet) -> Option<Stmt> {
        let key = CtKey::by_number(set.key.0)?;
        let direction = match set.direction {
            Some(number) => Some(Direction::by_number(number)?),
            None => None,
        };
        let term = self.take(set.sreg)?;
        let value = self.written(&term, KeyField::new(key.ty(), key.bits(), key.byte_order()))?;
        Some(Stmt::CtSet(key, direction, value))
    }

    /// What is written: constants in the type of the target, flags as a list.
    fn written(&mut self, term: &Term, field: KeyField) -> Option<Expr> {
        let expr = self.operand_term(term, field)?;
        Some(match expr {
            Expr::Value(Value { ty, repr: crate::model::Repr::Int(number) }) if ty.is_bitmask() => flags_list(ty, number),
            expr => expr,
        })
    }

    /// `header field set`.
    pub(super) fn payload_set(&mut self, set: &bytecode::PayloadSet) -> Option<Stmt> {
        let load = Load::bytes(None, Base::by_number(set.base.0)?, set.offset, set.len)?;
        let term = self.take(set.sreg)?;
        let (target, value) = match &term {
            Term::Constant(data) => {
                let target = self.exact(load).unwrap_or_else(|| Self::raw(load));
                let constant = value(data, target.field);
                let value = match constant.as_int() {
                    Some(number) if target.field.ty.is_bitmask() => flags_or(target.field.ty, number),
                    _ => Expr::Value(constant),
                };
                (target.expr, value)
            }
            Term::Mask(inner, mask, xor) if matches!(&**inner, Term::Packet(source) if *source == load) => {
                self.rewritten(load, number(mask, ByteOrder::Big)?, number(xor, ByteOrder::Big)?)?
            }
            term => {
                let target = self.exact(load).unwrap_or_else(|| Self::raw(load));
                (target.expr, self.select(term)?.expr)
            }
        };
        Some(Stmt::PayloadSet(Box::new((target, value))))
    }

    /// Bytes of which only some bits are written: `bytes & mask ^ xor`.
    fn rewritten(&mut self, load: Load, mask: u128, xor: u128) -> Option<(Expr, Expr)> {
        if load.bits > 128 {
            return None;
        }
        let cleared = ones(load.bits) & !mask;
        // Bits of messages of ICMP and IGMP nft does not name where they are written.
        let nameless = load.base == Base::Transport
            && !self.is_field(load)
            && self
                .protocols
                .header_at(None, load.base, load.offset)
                .is_some_and(|(header, _)| [&proto::ICMP, &proto::ICMPV6, &proto::IGMP].contains(&header));
        if nameless {
            let target = Self::raw(load);
            let value = masked(target.expr.clone(), target.field, Mask { bits: mask, flipped: xor, width: load.bits });
            return Some((target.expr, value));
        }
        if let Some((low, length)) = run(cleared)
            && xor & !cleared == 0
        {
            let offset = (load.offset + load.bits).checked_sub(low + length)?;
            if let Some(target) = self.exact(Load { offset, bits: length, ..load }) {
                let ty = target.field.ty;
                let number = xor >> low;
                let value = if ty.is_bitmask() { flags_or(ty, number) } else { Expr::Value(Value::int(ty, number)) };
                return Some((target.expr, value));
            }
        }
        if let Some((payload, shift)) = self.field_around(load, cleared | xor)
            && combines(&payload, load)
        {
            let target = self.use_field(payload);
            let all = ones(target.field.bits);
            let mask = Mask { bits: (mask >> shift) & all, flipped: (xor >> shift) & all, width: target.field.bits };
            let value = masked(target.expr.clone(), target.field, mask);
            return Some((target.expr, value));
        }
        if xor & !cleared == 0
            && xor != cleared
            && let Some(target) = Self::masked_raw_bits(load, cleared)
        {
            let value = Expr::Value(Value::int(target.field.ty, xor >> target.shift));
            return Some((target.expr, value));
        }
        let target = Self::raw(load);
        let value = masked(target.expr.clone(), target.field, Mask { bits: mask, flipped: xor, width: load.bits });
        Some((target.expr, value))
    }

    /// Bytes of the packet that are written to an option: nft does not name them, but for ports.
    fn nameless(load: Load) -> Selector {
        match proto::TH.at(load.offset, load.bits) {
            Some(field) if load.base == Base::Transport => {
                let payload = crate::model::Payload { tunnel: load.tunnel, header: &proto::TH, field };
                Selector::new(Expr::Payload(payload), KeyField::of(field.ty))
            }
            _ => Self::raw(load),
        }
    }

    /// `tcp option … set`.
    pub(super) fn extension_set(&mut self, set: &bytecode::ExthdrSet) -> Option<Stmt> {
        if set.flags.unwrap_or(0) != 0 {
            return None;
        }
        let op = Op::by_number(set.op.map_or(0, |op| op.0))?;
        let load = ExtensionLoad::bytes(op, set.ty, set.offset, set.len)?;
        let target: Selector = self.extension(load);
        let term = self.take(set.sreg)?;
        let value = match &term {
            Term::Packet(load) => Self::nameless(*load).expr,
            Term::Map(map) if let [Term::Packet(load)] = &*map.key => {
                let key = Key { fields: vec![Self::nameless(*load)] };
                Expr::map(key.expr(), self.set_expr(&map.set, &key)?)
            }
            term => self.operand_term(term, target.field)?,
        };
        Some(Stmt::PayloadSet(Box::new((target.expr, value))))
    }
}

/// Whether nft names a field that is written with what it was, and bits set or cleared in it: whole bytes, or bits of headers with a
/// checksum, and the code point of IPv6.
fn combines(payload: &crate::model::Payload, load: Load) -> bool {
    if payload.field.bits == load.bits {
        return true;
    }
    let in_pairs = [&proto::IP, &proto::TCP].contains(&payload.header) && load.bits.is_multiple_of(16);
    in_pairs || payload.field.ty == DataType::DSCP && payload.header == &proto::IP6
}
