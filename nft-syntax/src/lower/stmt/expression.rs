//! Matches, verdict maps, and what is set: statements that begin with a selector.

use nft_core::model::{BinaryOp, Ct, Expr, Match, ObjectType, Relation, Stmt, Vmap};
use nft_core::schema::ct::Direction;
use nft_core::schema::extension::Op;
use nft_core::schema::{CtKey, DataType, FibResult, MetaKey};

use crate::lower::context::Lower;
use crate::lower::expr::{self, Typed};
use crate::lower::fault::{Fault, Lowered};
use crate::lower::place::{self, Fields};
use crate::tree::{Node, SyntaxKind as K};

const fn relation(kind: K) -> Option<Relation> {
    Some(match kind {
        K::RelEq => Relation::Eq,
        K::RelNe => Relation::Ne,
        K::RelLt => Relation::Lt,
        K::RelGt => Relation::Gt,
        K::RelLe => Relation::Le,
        K::RelGe => Relation::Ge,
        K::RelNot => Relation::Not,
        _ => return None,
    })
}

/// What operators hold against the selector of a match is a constant. (Of what is set, it may be a selector too.)
fn check_operands(node: Node<'_>) -> Lowered<()> {
    let mut operator: Option<Node<'_>> = None;
    for child in node.children() {
        match child.kind() {
            K::OpAnd | K::OpOr | K::OpXor | K::OpShl | K::OpShr => {
                operator = Some(child);
                continue;
            }
            K::Paren => check_operands(child.first().unwrap_or(child))?,
            K::Literal | K::String | K::Number | K::Name | K::Word | K::Variable | K::RhsParen => {}
            _ => {
                if let Some(operator) = operator {
                    let text = format!("unexpected `{}`: `{}` takes a constant here", child.text(), operator.text());
                    return Err(Fault::new(child.span(), text));
                }
            }
        }
        operator = None;
    }
    Ok(())
}

/// nft takes a constant that is shifted for a plain number, which nothing else is compared with.
fn check_shifts(key: &Typed, right: &Expr, node: Node<'_>) -> Lowered<()> {
    fn shifts(expr: &Expr) -> bool {
        match expr {
            Expr::Binary(BinaryOp::ShiftLeft | BinaryOp::ShiftRight, _) => true,
            Expr::Binary(_, sides) => shifts(&sides.0) || shifts(&sides.1),
            Expr::Range(sides) => shifts(&sides.0) || shifts(&sides.1),
            Expr::List(parts) => parts.iter().any(shifts),
            Expr::Set(elements) => elements.iter().filter_map(|element| element.key.as_ref()).any(shifts),
            _ => false,
        }
    }
    fn in_operand(expr: &Expr) -> bool {
        match expr {
            Expr::Binary(BinaryOp::ShiftLeft | BinaryOp::ShiftRight, sides) => in_operand(&sides.0),
            Expr::Binary(_, sides) => shifts(&sides.1) || in_operand(&sides.0),
            _ => false,
        }
    }
    let [field] = &*key.fields else { return Ok(()) };
    let plain = field.ty == DataType::INTEGER || field.ty == DataType::XINTEGER;
    if plain || !(shifts(right) || in_operand(&key.expr)) {
        return Ok(());
    }
    let what = field.ty.description();
    Err(Fault::new(node.span(), format!("datatype mismatch, expected {what}, expression has type integer"))
        .help("write the number instead of the shift"))
}

impl Lower<'_> {
    /// `lhs`, then `vmap`, `assign`, or a relation and `rhs`.
    pub(super) fn expression(&mut self, node: Node<'_>) -> Lowered<Stmt> {
        let mut children = node.children();
        let left = expr::required(node, children.next())?;
        let mut next = expr::required(node, children.next())?;
        if next.kind() == K::Assign {
            return self.assign(left, next);
        }
        check_operands(left)?;
        let wanted = self.key_of_set(left, node)?;
        let key = self.expr(left, &wanted)?;
        if next.kind() == K::Vmap {
            let map = self.vmap(&key, next)?;
            check_shifts(&key, &map, next)?;
            return Ok(Stmt::Vmap(Box::new(Vmap::new(key.expr, map))));
        }
        let mut found = Relation::Implicit;
        let mut relation_node = None;
        if let Some(written) = relation(next.kind()) {
            found = written;
            relation_node = Some(next);
            next = expr::required(node, children.next())?;
        }
        // `fib … oif exists` asks whether there is a route, not for an interface of that name.
        let asks =
            matches!(&key.expr, Expr::Fib(fib) if fib.result == FibResult::Oif) && matches!(next.text(), "exists" | "missing");
        let right = if asks { self.right(next, &place::of(DataType::BOOLEAN))? } else { self.right(next, &key.fields)? };
        if let Expr::SetRef(name) = &right
            && let Some(head) = self.declared.set(self.family, &self.table, name)
        {
            let fields = place::of_key(&head.key, self.family);
            place::check_key(&key.expr, &key.fields, &fields, false, next.span())?;
        }
        self.check_match((&key, left), (found, relation_node), (&right, next))?;
        check_shifts(&key, &right, next)?;
        Ok(Stmt::Match(Match::new(key.expr, found, right)))
    }

    /// The fields of the set that a left side with constants is looked up in: `ip saddr . "lo" @s`. Only it knows their types.
    fn key_of_set(&mut self, left: Node<'_>, whole: Node<'_>) -> Lowered<Fields> {
        let is_constant = |node: Node<'_>| matches!(node.kind(), K::Literal | K::String | K::Variable);
        if left.child(K::OpDot).is_none() || !left.children().any(is_constant) {
            return Ok(Fields::new());
        }
        let holder = left.child(K::Map).or_else(|| whole.child(K::Vmap)).or_else(|| whole.child(K::Rhs));
        match holder.and_then(|holder| holder.child(K::SetRef)) {
            Some(set) if expr::set_of_hole(set)?.is_some() => Ok(Fields::new()),
            Some(set) => {
                let (_, head) = self.declared_set(set)?;
                Ok(place::of_key(&head.key, self.family))
            }
            None => Ok(Fields::new()),
        }
    }

    fn check_match(
        &self,
        (key, left): (&Typed, Node<'_>),
        (relation, relation_node): (Relation, Option<Node<'_>>),
        (right, right_node): (&Expr, Node<'_>),
    ) -> Lowered<()> {
        let field = key.fields.first();
        let is_bitmask = field.is_some_and(|field| field.ty.is_bitmask());
        if relation == Relation::Not {
            if matches!(key.expr, Expr::Binary(..)) {
                return Err(Fault::new(left.span().to(right_node.span()), "cannot combine negation with binary expression"));
            }
            if !is_bitmask || matches!(right, Expr::Set(_) | Expr::SetRef(_)) {
                let span = relation_node.map_or(left.span(), |node| node.span());
                return Err(
                    Fault::new(span, "negation can only be used with singleton bitmask values").help("write `!=` for all else")
                );
            }
        }
        if matches!(relation, Relation::Lt | Relation::Gt | Relation::Le | Relation::Ge)
            && matches!(
                right.single(),
                Expr::Set(_) | Expr::SetRef(_) | Expr::List(_) | Expr::Concat(_) | Expr::Prefix(..) | Expr::Range(_)
            )
        {
            return Err(Fault::new(right_node.span(), "relational expression is undefined for this operand")
                .help(format!("`{}` compares with single values", relation.symbol())));
        }
        if matches!(key.expr, Expr::Concat(_)) && matches!(right, Expr::Concat(_)) {
            return Err(Fault::new(right_node.span(), "use concatenations with sets and maps, not singleton values"));
        }
        if let Expr::List(_) = right
            && !is_bitmask
        {
            let what = field.map_or("this", |field| field.ty.description());
            return Err(Fault::new(right_node.span(), format!("a list of values needs a bitmask: {what} is none"))
                .help("write a set: `{ a, b }`"));
        }
        if matches!(key.expr, Expr::Meta(MetaKey::Secmark) | Expr::Ct(Ct { key: CtKey::Secmark, .. }))
            && !matches!(right, Expr::SetRef(_))
        {
            return Err(Fault::new(right_node.span(), "a security mark cannot be compared with a constant"));
        }
        if let Expr::Masked(sides) = right
            && is_bitmask
            && !matches!(sides.1, Expr::List(_))
        {
            return Err(Fault::new(right_node.span(), "the mask is a list of two values or more")
                .help("write `expression & mask == value`"));
        }
        if let Expr::Masked(_) = right
            && !is_bitmask
        {
            let what = field.map_or("this", |field| field.ty.description());
            return Err(Fault::new(right_node.span(), format!("value and mask need a bitmask: {what} is none")));
        }
        Ok(())
    }

    /// `meta mark set 1`, `ct zone set 1`, `ip ttl set 1`, `tcp option maxseg size set 1`.
    fn assign(&mut self, left: Node<'_>, assign: Node<'_>) -> Lowered<Stmt> {
        let value = expr::required(assign, assign.first())?;
        let mut terms = left.children();
        let target = expr::required(left, terms.next())?;
        if let Some(more) = terms.next() {
            return Err(Fault::new(more.span(), "only a single field can be set"));
        }
        if target.kind() == K::SelCt
            && let Some(word) = target.child(K::Word)
        {
            let ty = match word.text() {
                "helper" => Some(ObjectType::CT_HELPER),
                "timeout" => Some(ObjectType::CT_TIMEOUT),
                "expectation" => Some(ObjectType::CT_EXPECTATION),
                _ => None,
            };
            if let Some(ty) = ty {
                return self.object_ref(value, ty);
            }
        }
        let Typed { expr: target_expr, fields } = self.selector(target)?;
        match target_expr {
            Expr::Meta(key) => {
                if !key.settable() {
                    return Err(Fault::new(target.span(), format!("meta {} cannot be set", key.name())));
                }
                if key == MetaKey::Secmark && self.is_object(value) {
                    return self.object_ref(value, ObjectType::SECMARK);
                }
                let assigned = self.assigned(value, &fields)?;
                if key == MetaKey::Secmark && assigned.as_value().is_some() {
                    return Err(Fault::new(value.span(), "the name of a secmark object is expected"));
                }
                Ok(Stmt::MetaSet(key, assigned))
            }
            Expr::Ct(ct) => {
                if !ct.key.settable() {
                    return Err(Fault::new(target.span(), format!("ct {} cannot be set", ct.key.name())));
                }
                let direction: Option<Direction> = ct.direction;
                let assigned = self.assigned(value, &fields)?;
                if ct.key == CtKey::Secmark && assigned.as_value().is_some() {
                    return Err(Fault::new(value.span(), "ct secmark must not be set to a constant value"));
                }
                Ok(Stmt::CtSet(ct.key, direction, assigned))
            }
            Expr::Payload(payload) => {
                if payload.tunnel.is_some() {
                    return Err(Fault::new(target.span(), "payload statement for this expression is not supported"));
                }
                let value = self.assigned(value, &fields)?;
                Ok(Stmt::PayloadSet(Box::new((Expr::Payload(payload), value))))
            }
            Expr::Exthdr(exthdr) => {
                if exthdr.op != Op::Tcp {
                    return Err(Fault::new(target.span(), "only fields of tcp options can be set"));
                }
                let value = self.assigned(value, &fields)?;
                Ok(Stmt::PayloadSet(Box::new((Expr::Exthdr(exthdr), value))))
            }
            raw @ Expr::Raw(_) => {
                let value = self.assigned(value, &fields)?;
                Ok(Stmt::PayloadSet(Box::new((raw, value))))
            }
            _ => Err(Fault::new(target.span(), "this cannot be set")),
        }
    }

    fn assigned(&mut self, node: Node<'_>, fields: &Fields) -> Lowered<Expr> {
        let typed = self.stmt_expr(node, fields)?;
        match typed.expr {
            Expr::Set(_) | Expr::SetRef(_) => Err(Fault::new(node.span(), "unexpected set: a single value is expected")),
            ref range @ Expr::Range(_) if matches!(range.single(), Expr::Range(_)) => {
                Err(Fault::new(node.span(), "unexpected range: a single value is expected"))
            }
            Expr::Prefix(..) => Err(Fault::new(node.span(), "unexpected prefix: a single value is expected")),
            Expr::List(_) if !fields.first().is_some_and(|field| field.ty.is_bitmask()) => {
                Err(Fault::new(node.span(), "unexpected list: a single value is expected"))
            }
            expr => Ok(expr),
        }
    }

    /// Whether a value names an object: a name, or a map of them.
    fn is_object(&self, node: Node<'_>) -> bool {
        let Some(first) = node.first() else { return false };
        match node.child(K::Map).and_then(|map| map.first()) {
            Some(_) => true,
            None => match first.kind() {
                K::String => true,
                K::Literal => crate::lower::number::parse(first.text()).is_none(),
                _ => false,
            },
        }
    }
}
