//! Matches: an expression held against a constant, a range, flags or a set.

use super::operate::is_constant;
use super::payload::Side;
use super::selector::{Settle, Typed, ones};
use super::set::{Parts, generated_limit, has_constant};
use super::term::{Load, Match, Op, Role, Source, Step, Test};
use super::{Evaluator, constant, in_operand, source};
use crate::bytecode::{BitwiseOp, CmpOp, Data, RangeOp};
use crate::error::{Error, Operand};
use crate::model::{self, Element, Expr, KeyField, Relation, Repr, Value};
use crate::schema::{Base, ByteOrder, CtKey, DataType, Family, FibResult, MetaKey, fib};
use crate::wire::bytes_of_text;

impl<'r> Evaluator<'_, 'r> {
    /// A match of the rule.
    pub(super) fn relation(&mut self, relation: &'r model::Match) -> Result<(), Error> {
        let known = if has_constant(&relation.left) { self.fields_of(&relation.right) } else { Vec::new() };
        let parts = self.parts_of(&relation.left, &known).map_err(in_operand(Operand::Left))?;
        if !matches!(relation.relation, Relation::Implicit | Relation::Eq)
            && let Expr::Payload(payload) = &relation.left
            && payload.header.base == Base::Transport
            && payload.header.protocol == payload.field.template
        {
            self.protocols(payload.tunnel.map_or(Side::Outer, Side::Inner)).icmp_excluded = true;
        }
        self.against(&relation.left, parts, relation.relation, &relation.right).map_err(in_operand(Operand::Right))
    }

    fn against(&mut self, key: &'r Expr, mut parts: Parts, how: Relation, right: &'r Expr) -> Result<(), Error> {
        // Names of interfaces have no ranges, not even of one.
        let right = if parts.iter().any(|part| part.field.ty.is_string()) { right } else { right.single() };
        match right {
            Expr::Set(elements) => {
                check_membership(how)?;
                if let [only] = &**elements
                    && let Some(value) = plain_key(only)
                    && !matches!(key, Expr::Concat(_))
                {
                    // Of flags of other types it asks for this value, and for no other flag.
                    let is_state = parts.first().is_some_and(|part| part.field.ty == DataType::CT_STATE);
                    let how = match how {
                        Relation::Ne => Relation::Ne,
                        Relation::Implicit if is_state => Relation::Implicit,
                        _ => Relation::Eq,
                    };
                    return self.against(key, parts, how, value);
                }
                if how != Relation::Ne {
                    self.learn_elements(key, elements);
                }
                let (term, set) = self.anonymous_key(key, parts, elements, crate::set::DataShape::None)?;
                self.push(Match { term, test: Test::Lookup { set, invert: how == Relation::Ne }, role: Role::Alone });
                return Ok(());
            }
            Expr::SetRef(name) => {
                check_membership(how)?;
                let (term, set) = self.named_key(key, parts, name)?;
                self.push(Match { term, test: Test::Lookup { set, invert: how == Relation::Ne }, role: Role::Alone });
                return Ok(());
            }
            _ => {}
        }
        if let Some(limit) = generated_limit(key) {
            self.check_limit(right, limit)?;
        }
        let Some(mut left) = parts.pop().filter(|_| parts.is_empty()) else {
            return Err(source("use concatenations with sets and maps, not singleton values"));
        };
        match right {
            Expr::Range(ends) => {
                let op = range_op(how)?;
                self.range(left, op, &ends.0, &ends.1)
            }
            Expr::Prefix(value, length) => {
                let op = equality(how, "prefix")?;
                self.prefix(left, op, value, *length)
            }
            Expr::Masked(sides) => {
                let op = equality(how, "mask")?;
                let (value, mask) = (self.fold(&sides.0)?, self.fold(&sides.1)?);
                self.masked(left, op, value, mask, true)
            }
            Expr::Value(Value { repr: Repr::Wildcard(text), .. }) => self.wildcard(left, how, text),
            _ if is_constant(right) => {
                let combined = matches!(key, Expr::Binary(..));
                // Flags have a type of their own: a plain `bitmask` is a number like any other.
                let flags = left.field.ty.is_bitmask() && left.field.ty != DataType::BITMASK && !combined;
                match how {
                    Relation::Implicit if flags => {
                        let mask = self.fold(right)?;
                        self.flags(left, CmpOp::NEQ, mask)
                    }
                    Relation::Not => {
                        if combined {
                            return Err(source("cannot combine negation with binary expression"));
                        }
                        if !flags {
                            return Err(source("negation can only be used with singleton bitmask values")
                                .with_help("did you mean \"!=\"?"));
                        }
                        let mask = self.fold(right)?;
                        self.flags(left, CmpOp::EQ, mask)
                    }
                    _ => {
                        as_check(&mut left, right);
                        self.compare(key, left, how, right)
                    }
                }
            }
            Expr::Verdict(_) => Err(source("a verdict cannot be compared")),
            _ => Err(source("right hand side of relational expression must be constant")),
        }
    }

    /// `left == constant` and the other comparisons.
    fn compare(&mut self, key: &'r Expr, mut left: Typed, how: Relation, right: &Expr) -> Result<(), Error> {
        let op = match how {
            Relation::Implicit | Relation::Eq => CmpOp::EQ,
            Relation::Ne => CmpOp::NEQ,
            Relation::Lt => CmpOp::LT,
            Relation::Gt => CmpOp::GT,
            Relation::Le => CmpOp::LTE,
            Relation::Ge => CmpOp::GTE,
            Relation::Not => return Err(source("negation can only be used with singleton bitmask values")),
        };
        let ordered = op != CmpOp::EQ && op != CmpOp::NEQ;
        let is_number = !left.field.ty.is_string() && left.field.bits <= 128;
        if !is_number {
            let data = self.fold_bytes(right, left.field)?;
            let role = if op == CmpOp::EQ { self.role(key, &left) } else { Role::Alone };
            left.mask();
            self.push(Match { term: left.term, test: Test::Compare(op, data), role });
            return Ok(());
        }
        if let Expr::Value(value) = right {
            super::operate::check_type(value, left.field)?;
        }
        let number = self.fold(right)?;
        constant::check_width(number, left.field.bits)?;
        if op == CmpOp::EQ {
            self.learn(key, number, true);
        }
        let role = if op == CmpOp::EQ { self.role(key, &left) } else { Role::Alone };
        let role =
            if role == Role::Alone && op == CmpOp::EQ && self.is_redundant(key, number) { Role::Redundant } else { role };
        if let Some(Op::Shift { op: BitwiseOp::LSHIFT, by, .. }) = left.term.ops.last()
            && number & ones(*by) != 0
        {
            return Err(source("comparison is always false: the shift leaves no bits there"));
        }
        // What is greater or less stays as it is written.
        let number = if ordered { number } else { unfold(&mut left, number) };
        if ordered {
            left.make_big();
        }
        let data = place(&mut left, number);
        self.push(Match { term: left.term, test: Test::Compare(op, data), role });
        Ok(())
    }

    fn range(&mut self, mut left: Typed, op: RangeOp, low: &Expr, high: &Expr) -> Result<(), Error> {
        if left.field.ty.is_string() {
            return Err(source(format!("range expression is undefined for {} types", left.field.ty.description())));
        }
        let (mut low, mut high) = (self.fold(low)?, self.fold(high)?);
        let mut op = op;
        if low > high {
            // An hour of local time may begin on one UTC day and end on the next: what lies between is what does not match.
            if left.field.ty != DataType::HOUR {
                return Err(source("range negative size"));
            }
            (low, high) = (high, low);
            op = if op == RangeOp::EQ { RangeOp::NEQ } else { RangeOp::EQ };
        }
        constant::check_width(low, left.field.bits)?;
        constant::check_width(high, left.field.bits)?;
        left.make_big();
        let shift = left.place.map_or(0, |place| place.shift);
        let width = if left.place.is_some() { left.width } else { left.field.bytes() };
        left.mask();
        let bytes = |number: u128| constant::number_bytes(number << shift, width as usize, ByteOrder::Big);
        self.push(Match { term: left.term, test: Test::Range(op, bytes(low), bytes(high)), role: Role::Alone });
        Ok(())
    }

    fn prefix(&mut self, mut left: Typed, op: CmpOp, value: &Expr, length: u32) -> Result<(), Error> {
        let bits = left.field.bits;
        if left.field.ty.is_string() {
            return Err(source(format!("prefix expression is undefined for {} types", left.field.ty.description())));
        }
        if length > bits {
            return Err(source(format!("prefix length {length} is invalid for type of {bits} bits width")));
        }
        if let Expr::Value(value) = value {
            super::operate::check_type(value, left.field)?;
        }
        let mask = if length == 0 { 0 } else { ones(length) << (bits - length) };
        let number = self.fold(value)?;
        constant::check_width(number, bits)?;
        left.settle(Settle::Number);
        let plain = left.term.ops.is_empty();
        if length == bits && plain {
            let data = place(&mut left, number);
            self.push(Match { term: left.term, test: Test::Compare(op, data), role: Role::Alone });
            return Ok(());
        }
        if length != 0 && length.is_multiple_of(8) && left.field.order == ByteOrder::Big && plain {
            let bytes = length / 8;
            if let Source::Load(load) = &mut left.term.source {
                load.shorten(bytes);
            }
            let mut data = place(&mut left, number);
            data.resize(bytes as usize);
            self.push(Match { term: left.term, test: Test::Compare(op, data), role: Role::Alone });
            return Ok(());
        }
        self.masked(left, op, number & mask, mask, false)
    }

    /// `left & mask == value`.
    fn masked(&mut self, mut left: Typed, op: CmpOp, value: u128, mask: u128, explicit: bool) -> Result<(), Error> {
        constant::check_width(value, left.field.bits)?;
        constant::check_width(mask, left.field.bits)?;
        left.settle(Settle::Number);
        let width = left.width as usize;
        left.term.ops.push(Op::Mask {
            mask: constant::number_bytes(mask, width, left.field.order),
            xor: Data::zeroed(width),
            explicit,
        });
        let data = place(&mut left, value);
        self.push(Match { term: left.term, test: Test::Compare(op, data), role: Role::Alone });
        Ok(())
    }

    /// Whether any of these flags is set, or none.
    fn flags(&mut self, left: Typed, op: CmpOp, mask: u128) -> Result<(), Error> {
        self.masked(left, op, 0, mask, false)
    }

    /// A string of which only the beginning counts.
    fn wildcard(&mut self, left: Typed, how: Relation, text: &str) -> Result<(), Error> {
        let op = equality(how, "wildcard")?;
        if text.is_empty() {
            return Err(source("all-wildcard strings are not supported"));
        }
        if !left.field.ty.is_string() {
            return Err(source(format!(
                "datatype mismatch, expected {}, expression has type string",
                left.field.ty.description()
            )));
        }
        let bytes = bytes_of_text(text);
        if bytes.len() as u32 + 1 >= left.field.bytes() {
            return Err(source(format!("string exceeds maximum length of {}", left.field.bytes())));
        }
        self.push(Match { term: left.term, test: Test::Compare(op, Data::new(&bytes)), role: Role::Alone });
        Ok(())
    }

    pub(super) fn push(&mut self, step: Match) {
        self.steps.push(Step::Match(step));
    }

    /// What a comparison for equality is for merging.
    fn role(&self, key: &Expr, left: &Typed) -> Role {
        let is_payload = matches!(left.term.source, Source::Load(Load::Payload(_) | Load::InnerPayload(..)));
        if left.place.is_some() || !left.term.ops.is_empty() || !is_payload {
            return Role::Alone;
        }
        match key {
            Expr::Payload(payload) if payload.header.protocol == payload.field.template => Role::Protocol,
            _ => Role::Mergeable,
        }
    }

    /// Whether a match says only what the table's family does.
    fn is_redundant(&self, key: &Expr, number: u128) -> bool {
        let Expr::Meta(MetaKey::Protocol) = key else { return false };
        matches!(self.cx.family, Family::Ip | Family::Ip6)
            && crate::schema::proto::NETDEV.number_of(self.cx.family.outermost()).is_some_and(|own| u128::from(own) == number)
    }

    /// Takes note of what an equality says about the packet's protocols.
    pub(super) fn learn(&mut self, key: &Expr, number: u128, first: bool) {
        let Ok(number) = u32::try_from(number) else { return };
        match key {
            Expr::Payload(payload) => {
                let side = payload.tunnel.map_or(Side::Outer, Side::Inner);
                self.protocols(side).learn_field(payload.header, payload.field, number, first);
            }
            Expr::Meta(MetaKey::Protocol) => self.outer.learn_protocol(number),
            Expr::Meta(MetaKey::Nfproto) => self.outer.learn_family(number),
            Expr::Meta(MetaKey::L4proto) => self.outer.learn_l4proto(number),
            Expr::Meta(MetaKey::Iiftype) if number == 1 && first => self.outer.learn_ethernet(),
            Expr::Ct(ct) if ct.key == CtKey::L3proto => self.outer.learn_family(number),
            Expr::Ct(ct) if ct.key == CtKey::Protocol => self.outer.learn_tracked(number),
            _ => {}
        }
    }

    fn learn_elements(&mut self, key: &Expr, elements: &[Element]) {
        let relevant = match key {
            Expr::Payload(payload) => payload.header.protocol == payload.field.template,
            Expr::Meta(MetaKey::Protocol | MetaKey::Nfproto | MetaKey::L4proto) => true,
            Expr::Ct(ct) => matches!(ct.key, CtKey::L3proto | CtKey::Protocol),
            _ => false,
        };
        if !relevant {
            return;
        }
        let mut first = true;
        for element in elements {
            if let Some(value @ Expr::Value(_)) = &element.key
                && let Ok(number) = self.fold(value)
            {
                self.learn(key, number, first);
                first = false;
            }
        }
    }
}

/// The bytes that the left side is compared with.
fn place(left: &mut Typed, number: u128) -> Data {
    let field: KeyField = left.field;
    match left.place {
        Some(place) => {
            left.mask();
            constant::number_bytes(number << place.shift, left.width as usize, ByteOrder::Big)
        }
        None => constant::number_bytes(number, field.bytes() as usize, field.order),
    }
}

/// Moves what can be undone from the left side to the constant.
pub(super) fn unfold(left: &mut Typed, mut number: u128) -> u128 {
    let all = ones(left.field.bits);
    while let Some(op) = left.term.ops.last() {
        number = match op {
            Op::Shift { op: BitwiseOp::LSHIFT, by, .. } => number >> by,
            Op::Mask { mask, xor, explicit: true }
                if mask.iter().all(|byte| *byte == 0xff) && xor.iter().any(|byte| *byte != 0) =>
            {
                let flip = xor.iter().fold((0_u128, 0_u32), |(number, shift), byte| match left.field.order {
                    ByteOrder::Big => (number << 8 | u128::from(*byte), shift),
                    ByteOrder::Host => (number | u128::from(*byte) << shift, shift + 8),
                });
                (number ^ flip.0) & all
            }
            _ => break,
        };
        left.term.ops.pop();
    }
    number
}

/// The key of an element that is nothing but a key; times count for nothing in a comparison.
fn plain_key(element: &Element) -> Option<&Expr> {
    let plain = element.data.is_none() && element.stmts.is_empty();
    element.key.as_ref().filter(|key| plain && !matches!(key, Expr::Set(_) | Expr::SetRef(_)))
}

/// `fib … oif exists` asks whether there is a route.
fn as_check(left: &mut Typed, right: &Expr) {
    if let Source::Load(Load::Fib(fib)) = &mut left.term.source
        && fib.result == FibResult::Oif
        && let Expr::Value(Value { ty: DataType::BOOLEAN, .. }) = right
    {
        fib.flags |= fib::PRESENT;
        left.field = KeyField::new(DataType::BOOLEAN, 8, ByteOrder::Host);
        left.width = 1;
    }
}

fn check_membership(how: Relation) -> Result<(), Error> {
    match how {
        Relation::Implicit | Relation::Eq | Relation::Ne => Ok(()),
        Relation::Not => {
            Err(source("negation can only be used with singleton bitmask values").with_help("did you mean \"!=\"?"))
        }
        Relation::Lt | Relation::Gt | Relation::Le | Relation::Ge => {
            Err(source(format!("relational expression ({}) is undefined for set expressions", how.symbol())))
        }
    }
}

fn equality(how: Relation, what: &str) -> Result<CmpOp, Error> {
    match how {
        Relation::Implicit | Relation::Eq => Ok(CmpOp::EQ),
        Relation::Ne => Ok(CmpOp::NEQ),
        Relation::Lt | Relation::Gt | Relation::Le | Relation::Ge | Relation::Not => {
            Err(source(format!("relational expression ({}) is undefined for {what} expressions", how.symbol())))
        }
    }
}

fn range_op(how: Relation) -> Result<RangeOp, Error> {
    equality(how, "range").map(|op| if op == CmpOp::EQ { RangeOp::EQ } else { RangeOp::NEQ })
}
