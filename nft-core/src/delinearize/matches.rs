//! Comparisons: what stands on either side of a match.

use super::payload::Selector;
use super::term::Term;
use super::value::{constant, flags, flags_list, flags_or, number, ones, prefix_length, run, value};
use super::walk::Walk;
use crate::bytecode::{CmpOp, RangeOp};
use crate::model::{BinaryOp, Expr, KeyField, Match, Relation, Repr, Stmt, Value};
use crate::schema::{ByteOrder, DataType, MetaKey};

/// What stands on the left of a match, taken apart.
#[derive(Debug)]
pub(super) struct Left {
    /// The selector.
    pub(super) selector: Selector,
    /// Its bits that count, where the selector does not say it already.
    pub(super) mask: Option<Mask>,
}

/// `& bits ^ flipped`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask {
    pub(super) bits: u128,
    pub(super) flipped: u128,
    /// How many bits it is about.
    pub(super) width: u32,
}

impl Walk<'_> {
    /// Takes a mask off a term. With `trim`, what it leaves of bits without a name may be named by their place.
    pub(super) fn left(&mut self, term: &Term, trim: bool) -> Option<Left> {
        let Term::Mask(inner, mask, xor) = term else {
            return Some(Left { selector: self.select(term)?, mask: None });
        };
        let plain = xor.iter().all(|byte| *byte == 0);
        match &**inner {
            Term::Packet(load) if plain => {
                if let Some(selector) = self.masked_field(*load, mask) {
                    return Some(Left { selector, mask: None });
                }
                if trim
                    && !self.is_field(*load)
                    && let Some(selector) = Self::masked_raw(*load, mask)
                {
                    return Some(Left { selector, mask: None });
                }
            }
            Term::Extension(load) if plain => {
                if let Some(selector) = self.masked_extension(*load, mask) {
                    return Some(Left { selector, mask: None });
                }
            }
            _ => {}
        }
        let selector = self.select(inner)?;
        // A single byte has no order; as part of something wider it is a number of the host.
        let order = if selector.field.bytes() == 1 && mask.len() > 1 { ByteOrder::Host } else { selector.field.order };
        let bits = (number(mask, order)?, number(xor, order)?);
        Some(Left { selector, mask: Some(Mask { bits: bits.0, flipped: bits.1, width: 8 * u32::try_from(mask.len()).ok()? }) })
    }

    /// The same of a term that stands alone where more than one value matches: a range or a set.
    pub(super) fn select_for_many(&mut self, term: &Term) -> Option<Selector> {
        let tunnel = if let Term::Packet(load) = term { load.tunnel } else { None };
        let held = self.protocols.hold_carrier(tunnel);
        let selector = self.select(term);
        self.protocols.release(held);
        selector
    }

    /// A term as what a statement takes. Bits that a mask leaves at the right end of bytes nft does not name there.
    pub(super) fn select_bits(&mut self, term: &Term) -> Option<Selector> {
        match term {
            Term::Mask(inner, mask, xor) => match &**inner {
                Term::Packet(load) if load.tunnel.is_none() => {
                    let bits = number(mask, ByteOrder::Big)?;
                    let at_end = run(bits).is_some_and(|(low, length)| low == 0 && length < load.bits);
                    if !at_end || self.is_field(*load) || xor.iter().any(|byte| *byte != 0) {
                        return self.select(term);
                    }
                    let selector = Self::raw(*load);
                    let mask = Mask { bits, flipped: 0, width: 8 * u32::try_from(mask.len()).ok()? };
                    Some(Selector { expr: masked(selector.expr, selector.field, mask), ..selector })
                }
                _ => self.select(term),
            },
            Term::Order(inner, op) => {
                let selector = self.select_bits(inner)?;
                let order = if *op == crate::bytecode::ByteorderOp::HTON { ByteOrder::Big } else { ByteOrder::Host };
                Some(Selector { field: KeyField { order, ..selector.field }, ..selector })
            }
            Term::Shift(inner, op, bits) if *op == BinaryOp::ShiftLeft => {
                let selector = self.select_bits(inner)?;
                let by = Expr::Value(Value::int(DataType::INTEGER, u128::from(*bits)));
                let field = KeyField { ty: DataType::XINTEGER, ..selector.field };
                Some(Selector { expr: Expr::binary(*op, selector.expr, by), field, ..selector })
            }
            term => self.select(term),
        }
    }

    /// A term as an expression.
    pub(super) fn select(&mut self, term: &Term) -> Option<Selector> {
        Some(match term {
            Term::Packet(load) => self.exact(*load).unwrap_or_else(|| Self::raw(*load)),
            Term::Extension(load) => self.extension(*load),
            Term::Selector(expr, field) => {
                self.use_selector(expr);
                Selector::new(expr.clone(), *field)
            }
            Term::InnerMeta(..) => return None,
            Term::Constant(data) => {
                let field = KeyField::new(DataType::INTEGER, u32::try_from(data.len() * 8).ok()?, ByteOrder::Big);
                Selector::new(Expr::Value(value(data, field)), field)
            }
            Term::Mask(..) => {
                let Left { selector, mask } = self.left(term, false)?;
                match mask {
                    None => selector,
                    Some(mask) => {
                        let expr = masked(selector.expr, selector.field, mask);
                        Selector { expr, ..selector }
                    }
                }
            }
            Term::Shift(inner, op, bits) => {
                // Bits of one byte nft names by their place.
                if let Term::Mask(packet, mask, xor) = &**inner
                    && let Term::Packet(load) = **packet
                    && (*op, load.bits) == (BinaryOp::ShiftRight, 8)
                    && xor.iter().all(|byte| *byte == 0)
                    && self.masked_field(load, mask).is_none()
                    && let Some(selector) = Self::masked_raw(load, mask)
                    && selector.shift == *bits
                {
                    return Some(Selector { shift: 0, ..selector });
                }
                let selector = self.select(inner)?;
                if *op == BinaryOp::ShiftRight && selector.shift == *bits {
                    return Some(Selector { shift: 0, ..selector });
                }
                let by = Expr::Value(Value::int(DataType::INTEGER, u128::from(*bits)));
                // What is shifted is no longer of the type that it was.
                let field = KeyField { ty: DataType::XINTEGER, ..selector.field };
                Selector { expr: Expr::binary(*op, selector.expr, by), field, ..selector }
            }
            Term::Join(op, sides) => {
                let left = self.select(&sides.0)?;
                let right = self.select(&sides.1)?;
                Selector { expr: Expr::binary(*op, left.expr, right.expr), ..left }
            }
            Term::Order(inner, op) => {
                let selector = self.select(inner)?;
                let order = if *op == crate::bytecode::ByteorderOp::HTON { ByteOrder::Big } else { ByteOrder::Host };
                Selector { field: KeyField { order, ..selector.field }, ..selector }
            }
            Term::Hash(hash) => self.hash(hash)?,
            Term::Map(map) => self.map(map)?,
        })
    }

    /// `cmp`; behind a lower bound of the same value, an upper one ends a range.
    pub(super) fn compare(&mut self, term: &Term, op: CmpOp, bytes: &[u8]) -> Option<()> {
        self.compare_alone(term, op, bytes)?;
        if op == CmpOp::LTE {
            self.join_bounds(term);
        }
        Some(())
    }

    /// `x >= a x <= b` is `x a-b`.
    fn join_bounds(&mut self, term: &Term) {
        let mut said = self.stmts.iter().rev().flatten();
        let (Some(Stmt::Match(upper)), Some(Stmt::Match(lower))) = (said.next(), said.next()) else { return };
        let (Expr::Value(low), Expr::Value(high)) = (&lower.right, &upper.right) else { return };
        // A range that ends before it begins cannot be written.
        let in_order = low.as_int().zip(high.as_int()).is_some_and(|(low, high)| low <= high);
        if (lower.relation, upper.relation) != (Relation::Ge, Relation::Le) || lower.left != upper.left || !in_order {
            return;
        }
        let (left, range) = (upper.left.clone(), Expr::range(lower.right.clone(), upper.right.clone()));
        let relation = explicit(&left, term);
        for _ in 0..2 {
            while matches!(self.stmts.pop(), Some(None)) {}
        }
        self.push_match(left, relation, range);
    }

    fn compare_alone(&mut self, term: &Term, op: CmpOp, bytes: &[u8]) -> Option<()> {
        let relation = match op {
            CmpOp::EQ => Relation::Implicit,
            CmpOp::NEQ => Relation::Ne,
            CmpOp::LT => Relation::Lt,
            CmpOp::GT => Relation::Gt,
            CmpOp::LTE => Relation::Le,
            CmpOp::GTE => Relation::Ge,
            _ => return None,
        };
        match term {
            Term::Packet(load) => {
                self.compare_load(*load, relation, bytes);
                return Some(());
            }
            Term::InnerMeta(tunnel, key) if relation == Relation::Implicit => {
                return self.inner_dependency(tunnel, *key, bytes);
            }
            _ => {}
        }
        // A name is masked with a name.
        if let Term::Mask(inner, mask, xor) = term
            && let Term::Selector(expr, field) = &**inner
            && field.ty.is_string()
            && xor.iter().all(|byte| *byte == 0)
        {
            let left = Expr::binary(BinaryOp::And, expr.clone(), Expr::Value(value(mask, *field)));
            let relation = if relation == Relation::Implicit { Relation::Eq } else { relation };
            self.push_match(left, relation, Expr::Value(value(bytes, *field)));
            return Some(());
        }
        let Left { selector, mask } = self.left(term, true)?;
        let Some(Mask { bits: mask, flipped: xor, width }) = mask else {
            let short = u32::try_from(bytes.len() * 8).ok()?;
            if short > 0 && short < selector.field.bits && is_address(selector.field.ty) {
                let shifted = number(bytes, ByteOrder::Big)? << (selector.field.bits - short);
                let constant = Value::int(selector.field.ty, shifted);
                self.match_prefix(selector, relation, constant, short);
                return Some(());
            }
            let single = value(bytes, selector.field);
            match constant(single.clone()) {
                // Flags of the packet stay one number.
                _ if !matches!(term, Term::Selector(..) | Term::Order(..)) => self.match_constant(selector, relation, single),
                Expr::Value(_) => self.match_constant(selector, relation, single),
                // Without the sign, it would be read as any of the flags.
                flags => {
                    let relation = if relation == Relation::Implicit { Relation::Eq } else { relation };
                    self.push_match(selector.expr, relation, flags);
                }
            }
            return Some(());
        };
        let field = selector.field;
        let compared = number(bytes, field.order)?;
        if xor == 0 && compared == 0 && field.ty.is_bitmask() && matches!(relation, Relation::Implicit | Relation::Ne) {
            let relation = if relation == Relation::Ne { Relation::Implicit } else { Relation::Not };
            self.push_match(selector.expr, relation, flags_list(field.ty, mask));
            return Some(());
        }
        if xor == 0
            && is_address(field.ty)
            && matches!(relation, Relation::Implicit | Relation::Ne)
            && compared & !mask == 0
            && let Some(length) = prefix_length(mask, field.bits)
        {
            self.match_prefix(selector, relation, Value::int(field.ty, compared), length);
            return Some(());
        }
        let relation = if relation == Relation::Implicit { Relation::Eq } else { relation };
        let right = constant(Value::int(field.ty, compared >> selector.shift));
        if mask == ones(width) && xor == 0 {
            // A mask of everything says nothing.
            let constant = Value::int(field.ty, compared >> selector.shift);
            let relation = if relation == Relation::Eq { Relation::Implicit } else { relation };
            self.match_constant(Selector { shift: 0, ..selector }, relation, constant);
            return Some(());
        }
        let left = masked(selector.expr, field, Mask { bits: mask, flipped: xor, width });
        self.push_match(left, relation, right);
        Some(())
    }

    /// `range`.
    pub(super) fn compare_range(&mut self, term: &Term, op: RangeOp, from: &[u8], to: &[u8]) -> Option<()> {
        let mut relation = match op {
            RangeOp::EQ => Relation::Implicit,
            RangeOp::NEQ => Relation::Ne,
            _ => return None,
        };
        let selector = self.select_for_many(term)?;
        let mut low = shifted(value(from, selector.field), selector.shift);
        let mut high = shifted(value(to, selector.field), selector.shift);
        if selector.expr == Expr::Meta(MetaKey::Hour) && relation == Relation::Ne && low.as_int() <= high.as_int() {
            (low, high) = (high, low);
            relation = Relation::Implicit;
        }
        let relation = if relation == Relation::Implicit { explicit(&selector.expr, term) } else { relation };
        self.push_match(selector.expr, relation, Expr::range(Expr::Value(low), Expr::Value(high)));
        Some(())
    }

    /// A match with a constant that still stands as in the register.
    pub(super) fn match_constant(&mut self, selector: Selector, relation: Relation, constant: Value) {
        let constant = shifted(constant, selector.shift);
        let ty = selector.field.ty;
        let explicit = matches!(selector.expr, Expr::Binary(..)) || (ty.is_bitmask() && ty != DataType::BITMASK);
        let relation = if relation == Relation::Implicit && explicit { Relation::Eq } else { relation };
        if matches!(relation, Relation::Implicit | Relation::Eq)
            && let Some(number) = constant.as_int()
        {
            let superfluous = self.protocols.learn(&selector.expr, number, self.stmts.len());
            self.remove(superfluous);
        }
        self.push_match(selector.expr, relation, Expr::Value(constant));
    }

    /// A match with the beginning of a value.
    pub(super) fn match_prefix(&mut self, selector: Selector, relation: Relation, constant: Value, length: u32) {
        self.push_match(selector.expr, relation, Expr::prefix(Expr::Value(constant), length));
    }

    /// Adds a match.
    pub(super) fn push_match(&mut self, left: Expr, relation: Relation, right: Expr) {
        self.stmts.push(Some(Stmt::Match(Match { left, relation, right })));
    }
}

/// How nft writes an equality with a range or set behind a computed value.
pub(super) const fn explicit(left: &Expr, term: &Term) -> Relation {
    match (left, term) {
        (Expr::Binary(..), Term::Order(..)) => Relation::Implicit,
        (Expr::Binary(..), _) => Relation::Eq,
        _ => Relation::Implicit,
    }
}

/// Whether masks of values of that type are written as prefixes.
const fn is_address(ty: DataType) -> bool {
    matches!(ty, DataType::IPV4_ADDR | DataType::IPV6_ADDR)
}

/// A constant without the bits that stand to its right in the register.
pub(super) fn shifted(value: Value, shift: u32) -> Value {
    match value.repr {
        Repr::Int(number) if shift > 0 => Value::int(value.ty, number >> shift),
        _ => value,
    }
}

/// `expr & mask ^ xor`, as nft writes it.
pub(super) fn masked(expr: Expr, field: KeyField, mask: Mask) -> Expr {
    let all = ones(mask.width);
    let operand = |number| {
        if field.ty.is_bitmask() { flags_or(field.ty, number) } else { Expr::Value(Value::int(field.ty, number)) }
    };
    let Mask { bits, flipped, .. } = mask;
    if flipped == 0 {
        return if bits == all { expr } else { Expr::binary(BinaryOp::And, expr, operand(bits)) };
    }
    if bits == all {
        return Expr::binary(BinaryOp::Xor, expr, operand(flipped));
    }
    if bits & flipped != 0 {
        return Expr::binary(BinaryOp::Xor, Expr::binary(BinaryOp::And, expr, operand(bits)), operand(flipped));
    }
    let kept = bits | flipped;
    let left = if kept == all { expr } else { Expr::binary(BinaryOp::And, expr, operand(kept)) };
    if field.ty.is_bitmask() {
        return flags(field.ty, flipped)
            .into_iter()
            .fold(left, |left, flag| Expr::binary(BinaryOp::Or, left, Expr::Value(flag)));
    }
    Expr::binary(BinaryOp::Or, left, operand(flipped))
}
