//! Expressions: runs of operands and operators, by precedence.

use nft_core::Span;
use nft_core::model::{BinaryOp, Expr, Hash, KeyField, Numgen};
use nft_core::name::SetName;
use nft_core::schema::words::NUMGEN_KINDS;
use nft_core::schema::{ByteOrder, DataType};
use smallvec::{SmallVec, smallvec};

use super::context::Lower;
use super::fault::{Fault, Lowered};
use super::place::{self, DataPlace, Fields};
use super::selector::{self, Word};
use super::set_literal::name_at;
use super::{hole, literal, number};
use crate::tree::{Node, SyntaxKind as K};

/// An expression and what it gives.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) expr: Expr,
    /// Its fields, one for each part of a concatenation; none where the place decides.
    pub(super) fields: Fields,
}

/// How many operators besides commas and dots may stand in one run. They nest, so there has to be an end.
const MOST_OPERATORS: usize = 128;

/// How tight operators bind, from the loosest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Level {
    Comma,
    Dot,
    Range,
    Or,
    Xor,
    And,
    Shift,
}

/// A run: `operands` has one more than `operators`.
#[derive(Default)]
struct Run<'t> {
    operands: SmallVec<[Node<'t>; 4]>,
    operators: SmallVec<[Node<'t>; 4]>,
    map: Option<Node<'t>>,
}

const fn level(kind: K) -> Option<Level> {
    Some(match kind {
        K::Comma => Level::Comma,
        K::OpDot => Level::Dot,
        K::OpDash | K::OpSlash => Level::Range,
        K::OpOr => Level::Or,
        K::OpXor => Level::Xor,
        K::OpAnd => Level::And,
        K::OpShl | K::OpShr => Level::Shift,
        _ => return None,
    })
}

const fn binary(kind: K) -> Option<BinaryOp> {
    Some(match kind {
        K::OpAnd => BinaryOp::And,
        K::OpOr => BinaryOp::Or,
        K::OpXor => BinaryOp::Xor,
        K::OpShl => BinaryOp::ShiftLeft,
        K::OpShr => BinaryOp::ShiftRight,
        _ => return None,
    })
}

impl<'t> Run<'t> {
    fn new(node: Node<'t>) -> Lowered<Self> {
        let mut run = Self::default();
        let mut nesting = 0;
        for child in node.children() {
            match level(child.kind()) {
                Some(level) => {
                    nesting += usize::from(level > Level::Dot);
                    run.operators.push(child);
                }
                None if child.kind() == K::Map => run.map = Some(child),
                None => run.operands.push(child),
            }
        }
        if nesting > MOST_OPERATORS {
            return Err(Fault::new(node.span(), format!("more than {MOST_OPERATORS} operators in one expression")));
        }
        if run.operands.len() != run.operators.len() + 1 {
            return Err(Fault::new(node.span(), "an operand is missing"));
        }
        Ok(run)
    }
}

/// A part of a run.
#[derive(Clone, Copy)]
struct Part<'r, 't> {
    operands: &'r [Node<'t>],
    operators: &'r [Node<'t>],
}

impl<'r, 't> Part<'r, 't> {
    fn span(self) -> Span {
        match (self.operands.first(), self.operands.last()) {
            (Some(first), Some(last)) => first.span().to(last.span()),
            _ => Span::default(),
        }
    }

    /// Only operand.
    fn single(self) -> Option<Node<'t>> {
        match self.operands {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Before and behind the operator of that number.
    fn split(self, at: usize) -> Option<(Self, Node<'t>, Self)> {
        let (left, right) = self.operands.split_at_checked(at + 1)?;
        let (before, rest) = self.operators.split_at_checked(at)?;
        let (operator, behind) = rest.split_first()?;
        Some((Self { operands: left, operators: before }, *operator, Self { operands: right, operators: behind }))
    }

    /// The parts between all operators of that kind.
    fn split_all(self, kind: K) -> SmallVec<[Self; 4]> {
        let mut parts = SmallVec::new();
        let mut rest = self;
        while let Some(at) = rest.operators.iter().position(|operator| operator.kind() == kind) {
            let Some((left, _, right)) = rest.split(at) else { break };
            parts.push(left);
            rest = right;
        }
        parts.push(rest);
        parts
    }

    /// The loosest operator, of equal ones the last.
    fn loosest(self) -> Option<(usize, Level)> {
        let mut found: Option<(usize, Level)> = None;
        for (at, operator) in self.operators.iter().enumerate() {
            if let Some(level) = level(operator.kind())
                && found.is_none_or(|(_, least)| level <= least)
            {
                found = Some((at, level));
            }
        }
        found
    }
}

/// Words that are protocols without quotes, wherever they stand.
const PROTOCOL_WORDS: &[&str] =
    &["tcp", "udp", "udplite", "esp", "ah", "icmp", "icmpv6", "igmp", "gre", "comp", "dccp", "sctp"];

/// Whether values of a type are names that anybody may give.
fn names_something(ty: DataType) -> bool {
    ty.is_string() || ty == DataType::IFACE_INDEX
}

impl Lower<'_> {
    /// A left side, or any expression: selectors have their own type, literals take that of the place.
    pub(super) fn expr(&mut self, node: Node<'_>, want: &[KeyField]) -> Lowered<Typed> {
        let run = Run::new(node)?;
        let part = Part { operands: &run.operands, operators: &run.operators };
        match run.map {
            None => self.part(part, want),
            Some(map) => {
                let key = self.part(part, &[])?;
                self.map(key, map, DataPlace::Values(want.into()))
            }
        }
    }

    /// The same where a map gives something else than values.
    pub(super) fn mapped(&mut self, node: Node<'_>, data: DataPlace) -> Lowered<Option<Typed>> {
        let run = Run::new(node)?;
        let Some(map) = run.map else { return Ok(None) };
        let key = self.part(Part { operands: &run.operands, operators: &run.operators }, &[])?;
        self.map(key, map, data).map(Some)
    }

    /// A right side of a match: the type is that of the left.
    pub(super) fn right(&mut self, node: Node<'_>, want: &[KeyField]) -> Lowered<Expr> {
        let run = Run::new(node)?;
        let part = Part { operands: &run.operands, operators: &run.operators };
        // `a / b`: a prefix if only a number stands behind, else a value and a mask.
        if let Some(at) = run.operators.iter().position(|operator| operator.kind() == K::OpSlash)
            && let Some((value, _, mask)) = part.split(at)
        {
            let has_comma = |part: Part<'_, '_>| part.operators.iter().any(|operator| operator.kind() == K::Comma);
            // A hole behind it is the length of a prefix, where there are prefixes.
            let has_prefixes = want.first().is_some_and(|field| !field.ty.is_bitmask());
            let is_length = |node: Node<'_>| is_number(node) || (has_prefixes && hole::number(node.text()).is_some());
            let is_mask = mask.single().is_some_and(|node| !is_length(node)) || has_comma(mask);
            let has_dot = run.operators.iter().any(|operator| operator.kind() == K::OpDot);
            if !has_dot && (is_mask || has_comma(value)) {
                let (value, mask) = (self.part(value, want)?.expr, self.part(mask, want)?.expr);
                return Ok(Expr::masked(value, mask));
            }
        }
        Ok(self.part(part, want)?.expr)
    }

    fn part(&mut self, part: Part<'_, '_>, want: &[KeyField]) -> Lowered<Typed> {
        if let Some(node) = part.single() {
            return self.operand(node, want);
        }
        let Some((at, level)) = part.loosest() else {
            return Err(Fault::new(part.span(), "an operand is missing"));
        };
        match level {
            Level::Comma => {
                let mut members = Vec::new();
                for member in part.split_all(K::Comma) {
                    match self.part(member, want)?.expr {
                        Expr::List(inner) => members.extend(inner),
                        expr => members.push(expr),
                    }
                }
                Ok(Typed { expr: Expr::List(members.into()), fields: want.into() })
            }
            Level::Dot => self.concatenation(part, want),
            Level::Range | Level::Or | Level::Xor | Level::And | Level::Shift => {
                let Some((left, operator, right)) = part.split(at) else {
                    return Err(Fault::new(part.span(), "an operand is missing"));
                };
                match binary(operator.kind()) {
                    Some(op) => self.binary(op, left, right, want),
                    None if operator.kind() == K::OpSlash => self.prefix(left, right, want),
                    None => self.range(left, right, want),
                }
            }
        }
    }

    fn concatenation(&mut self, part: Part<'_, '_>, want: &[KeyField]) -> Lowered<Typed> {
        let parts = part.split_all(K::OpDot);
        if want.len() > 1 && parts.len() != want.len() {
            return Err(Fault::new(
                part.span(),
                format!("concatenation of {} parts where {} are expected: {}", parts.len(), want.len(), place::describe(want)),
            ));
        }
        if want.len() == 1 {
            return Err(Fault::new(part.span(), "unexpected concatenation")
                .help("concatenations are compared with concatenations, and looked up in sets and maps of them"));
        }
        let mut exprs = Vec::with_capacity(parts.len());
        let mut fields = Fields::new();
        for (number, inner) in parts.iter().enumerate() {
            let typed = self.part(*inner, want.get(number..=number).unwrap_or_default())?;
            if matches!(typed.expr, Expr::Set(_) | Expr::SetRef(_)) && want.is_empty() {
                return Err(Fault::new(inner.span(), "a set cannot be part of this concatenation"));
            }
            fields.extend(typed.fields);
            exprs.push(typed.expr);
        }
        Ok(Typed { expr: Expr::Concat(exprs.into()), fields })
    }

    fn binary(&mut self, op: BinaryOp, left: Part<'_, '_>, right: Part<'_, '_>, want: &[KeyField]) -> Lowered<Typed> {
        // A literal on the left takes its type from the right: `0x1 | meta mark`.
        let is_literal = |part: Part<'_, '_>| part.operands.iter().all(|node| is_constant(node.kind()));
        let left_want: Fields =
            if is_literal(left) && !is_literal(right) && want.is_empty() { self.part(right, &[])?.fields } else { want.into() };
        let left_typed = self.part(left, &left_want)?;
        let right_want: Fields = match op {
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => place::one(KeyField::new(DataType::INTEGER, 32, ByteOrder::Host)),
            _ => {
                // In a wider place the operation is as wide: `meta mark set ip dscp | 0x40`.
                let mut fields = left_typed.fields.clone();
                if let ([field], [place]) = (&mut fields[..], want) {
                    field.bits = field.bits.max(place.bits);
                }
                fields
            }
        };
        if left_typed.fields.len() > 1 {
            return Err(Fault::new(left.span(), "binary operations are undefined for concatenations"));
        }
        // Bits that are assigned to something wider are widened first: `meta mark set ip dscp | 0x40`.
        let wide = match (&*left_typed.fields, want) {
            ([field], [target]) if field.bits < target.bits && !field.bits.is_multiple_of(8) => {
                Some(place::one(KeyField::new(DataType::INTEGER, target.bits, target.order)))
            }
            _ => None,
        };
        let right_typed = match (self.part(right, &right_want), wide) {
            (Err(fault), Some(wide)) => self.part(right, &wide).map_err(|_| fault)?,
            (typed, _) => typed?,
        };
        for (part, typed) in [(left, &left_typed), (right, &right_typed)] {
            match &typed.expr {
                Expr::Set(_) | Expr::SetRef(_) | Expr::Range(_) | Expr::Prefix(..) | Expr::List(_) => {
                    return Err(Fault::new(part.span(), format!("`{}` takes single values", op.symbol())));
                }
                _ => {}
            }
        }
        if let Some(field) = left_typed.fields.first()
            && field.ty.is_string()
        {
            return Err(Fault::new(left.span(), format!("binary operations are undefined for type {}", field.ty)));
        }
        let mut fields = left_typed.fields;
        // What a selector is shifted to is a number, and compared with one.
        if want.is_empty()
            && matches!(op, BinaryOp::ShiftLeft | BinaryOp::ShiftRight)
            && let [field] = &mut fields[..]
            && field.ty != DataType::XINTEGER
        {
            field.ty = DataType::INTEGER;
        }
        Ok(Typed { expr: Expr::binary(op, left_typed.expr, right_typed.expr), fields })
    }

    fn prefix(&mut self, value: Part<'_, '_>, length: Part<'_, '_>, want: &[KeyField]) -> Lowered<Typed> {
        let typed = self.part(value, want)?;
        let Some(node) = length.single() else {
            return Err(Fault::new(length.span(), "a prefix length is a number"));
        };
        let text = self.literal_text(node)?;
        let given = hole::number(&text);
        let bits = match given {
            Some(hole) => Some(hole::stand_in(hole, u64::from(u32::MAX), node.span())?),
            None => number::parse(&text),
        };
        let Some(bits) = bits else {
            return Err(Fault::new(node.span(), "a prefix length is a number"));
        };
        if let Some(field) = typed.fields.first() {
            if field.ty.is_string() || (field.ty.is_bitmask() && field.ty != DataType::CT_LABEL) {
                let message = format!("prefix expression is undefined for type {}", field.ty.description());
                return Err(Fault::new(value.span().to(length.span()), message));
            }
            if given.is_none() && field.bits > 0 && bits > u64::from(field.bits) {
                let message = format!("prefix length {bits} is invalid for type of {} bits width", field.bits);
                return Err(Fault::new(value.span().to(length.span()), message));
            }
        }
        if !matches!(typed.expr, Expr::Value(_)) {
            return Err(Fault::new(value.span(), "a prefix begins with a single value"));
        }
        Ok(Typed { expr: Expr::prefix(typed.expr, u32::try_from(bits).unwrap_or(u32::MAX)), fields: typed.fields })
    }

    fn range(&mut self, low: Part<'_, '_>, high: Part<'_, '_>, want: &[KeyField]) -> Lowered<Typed> {
        let span = low.span().to(high.span());
        let (low_typed, high_typed) = (self.part(low, want)?, self.part(high, want)?);
        match (&low_typed.expr, &high_typed.expr) {
            (Expr::Value(first), Expr::Value(last)) => {
                // Times of day may wrap around midnight.
                if first.ty != DataType::HOUR
                    && let (Some(first), Some(last)) = (first.as_int(), last.as_int())
                    && last < first
                {
                    return Err(Fault::new(span, "range has zero or negative size"));
                }
                if first.ty.is_string() {
                    return Err(Fault::new(span, format!("ranges are undefined for type {}", first.ty)));
                }
            }
            (Expr::Binary(..) | Expr::Value(_), Expr::Binary(..) | Expr::Value(_)) => {}
            _ => return Err(Fault::new(span, "ranges have two single values")),
        }
        Ok(Typed { expr: Expr::range(low_typed.expr, high_typed.expr), fields: low_typed.fields })
    }

    /// An expression that a statement takes: extension headers of IPv6 and what IPsec did to the packet are none of those.
    pub(super) fn stmt_expr(&mut self, node: Node<'_>, want: &[KeyField]) -> Lowered<Typed> {
        fn is_never(expr: &Expr) -> bool {
            match expr {
                Expr::Exthdr(exthdr) => exthdr.op == nft_core::schema::extension::Op::Ip6,
                Expr::Ipsec(_) => true,
                Expr::Binary(_, sides) => is_never(&sides.0) || is_never(&sides.1),
                Expr::Concat(parts) => parts.iter().any(is_never),
                Expr::Map(map) => is_never(&map.key),
                _ => false,
            }
        }
        let mut children = node.children();
        if let (Some(only), None) = (children.next(), children.next())
            && only.kind() == K::Literal
            && PROTOCOL_WORDS.contains(&only.text())
        {
            let message = format!("unexpected `{}`: it begins a selector here", only.text());
            return Err(Fault::new(only.span(), message).help(format!("write \"{}\" in quotes, or its number", only.text())));
        }
        let typed = self.expr(node, want)?;
        if is_never(&typed.expr) {
            return Err(Fault::new(node.span(), format!("unexpected `{}`: it can only be compared", node.text())));
        }
        Ok(typed)
    }

    /// One operand of a run.
    fn operand(&mut self, node: Node<'_>, want: &[KeyField]) -> Lowered<Typed> {
        match node.kind() {
            K::Literal | K::String | K::Number | K::Name | K::Word => {
                // A hole gives all parts of a concatenation.
                if want.len() > 1 && hole::number(node.text()).is_some() {
                    let parts = want.iter().map(|field| literal::expr(node.text(), node.span(), field));
                    return Ok(Typed { expr: Expr::Concat(parts.collect::<Lowered<_>>()?), fields: want.into() });
                }
                let [field] = want else {
                    return Err(if want.is_empty() {
                        Fault::new(node.span(), format!("unexpected value `{}`: a selector is expected here", node.text()))
                    } else {
                        Fault::new(
                            node.span(),
                            format!("datatype mismatch: a concatenation of {} is expected", place::describe(want)),
                        )
                    });
                };
                let text = literal_text(node);
                if field.ty == DataType::IPV4_ADDR && node.text().starts_with('[') && hole::number(text).is_none() {
                    return Err(Fault::new(node.span(), "unexpected brackets: they stand around IPv6 addresses"));
                }
                if node.kind() == K::Literal && matches!(text, "exists" | "missing") && names_something(field.ty) {
                    let (wanted, found) = (field.ty.description(), DataType::BOOLEAN.description());
                    let message = format!("datatype mismatch, expected {wanted}, expression has type {found}");
                    return Err(Fault::new(node.span(), message));
                }
                if node.kind() == K::Literal && PROTOCOL_WORDS.contains(&text) && names_something(field.ty) {
                    let message = format!(
                        "datatype mismatch, expected {}, expression has type {}",
                        field.ty.description(),
                        DataType::INET_PROTO.description()
                    );
                    return Err(Fault::new(node.span(), message).help(format!("write \"{text}\"")));
                }
                Ok(Typed { expr: literal::expr(text, node.span(), field)?, fields: smallvec![*field] })
            }
            K::Variable => self.variable_expr(node, want),
            K::RhsParen | K::Paren => {
                let Some(inner) = node.children().next() else {
                    return Err(Fault::new(node.span(), "an operand is missing"));
                };
                self.nested(node.span(), |lower| lower.expr(inner, want))
            }
            K::Set => {
                if want.is_empty() {
                    return Err(Fault::new(node.span(), "a set is not expected here"));
                }
                let set = self.nested(node.span(), |lower| lower.set_literal(node, want, None))?;
                Ok(Typed { expr: set, fields: want.into() })
            }
            K::SetRef => match set_of_hole(node)? {
                Some(name) => Ok(Typed { expr: Expr::SetRef(name), fields: want.into() }),
                None => self.set_ref(node),
            },
            _ => self.selector(node),
        }
    }

    /// Runs something that may go deeper, within bounds.
    pub(super) fn nested<T>(&mut self, span: Span, run: impl FnOnce(&mut Self) -> Lowered<T>) -> Lowered<T> {
        const DEEPEST: u32 = 32;
        if self.depth >= DEEPEST {
            return Err(Fault::new(span, "too many levels of nesting"));
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// A selector.
    pub(super) fn selector(&mut self, node: Node<'_>) -> Lowered<Typed> {
        let expr = match node.kind() {
            K::SelHeader => header(node)?,
            K::SelOption => option(node)?,
            K::SelMeta | K::SelBareMeta => {
                let word = only_word(node)?;
                Expr::Meta(if node.kind() == K::SelMeta { selector::meta(word)? } else { selector::unqualified_meta(word)? })
            }
            K::SelCt => {
                let words = Words::of(node);
                Expr::Ct(match words.family {
                    Some(family) => selector::ct(words.direction, family, Some(words.last(node)?))?,
                    None => selector::ct(words.direction, words.last(node)?, None)?,
                })
            }
            K::SelRt => {
                let words = Words::of(node);
                Expr::Rt(selector::rt(words.family, words.last(node)?, self.network())?)
            }
            K::RawPayload => {
                let base = child(node, K::RawBase)?;
                let mut numbers = node.children().filter(|child| child.kind() == K::Number);
                let (offset, bits) = (required(node, numbers.next())?, required(node, numbers.next())?);
                selector::raw(word(base), number_of(offset)?, number_of(bits)?)?
            }
            K::SelSocket => {
                let level = node.children().find(|child| child.kind() == K::Number);
                selector::socket(only_word(node)?, level.map(number_of).transpose()?)?
            }
            K::SelFib => {
                let flags = node.children().filter(|child| child.kind() == K::FibFlag).map(word);
                selector::fib(flags, word(child(node, K::FibResult)?), node.span())?
            }
            K::SelOsf => {
                let ttl = node.children().find(|child| child.kind() == K::OsfTtl).map(only_word).transpose()?;
                selector::osf(ttl, only_word(node)?)?
            }
            K::SelIpsec => {
                let words = Words::of(node);
                let spnum = node.children().find(|child| child.kind() == K::Spnum);
                let spnum = spnum.map(|node| number_of(child(node, K::Number)?)).transpose()?;
                let direction = word(child(node, K::IpsecDirection)?);
                match words.family {
                    Some(family) => selector::ipsec(direction, spnum, family, Some(words.last(node)?))?,
                    None => selector::ipsec(direction, spnum, words.last(node)?, None)?,
                }
            }
            K::SelTunnel => selector::tunnel(only_word(node)?)?,
            K::SelExthdr => selector::extension_header(only_word(node)?, None, None)?,
            K::SelNumgen => {
                let kind = only_word(node)?;
                let Some(number) = NUMGEN_KINDS.number(kind.text) else {
                    return Err(Fault::unknown(
                        kind.span,
                        "kind of numgen",
                        kind.text,
                        NUMGEN_KINDS.all().map(|(name, _)| name),
                    ));
                };
                let [modulus, offset, _] = generator(node)?;
                Expr::Numgen(Numgen::new(number, modulus.unwrap_or(0), offset.unwrap_or(0)))
            }
            K::SelJhash | K::SelSymhash => {
                let [modulus, offset, seed] = generator(node)?;
                let hashed = match node.children().find(|child| child.kind() == K::HashKey) {
                    Some(inner) => Some(self.nested(node.span(), |lower| lower.expr(inner, &[]))?.expr),
                    None => None,
                };
                Expr::Hash(Box::new(Hash::new(hashed, modulus.unwrap_or(0), seed, offset.unwrap_or(0))))
            }
            _ => return Err(Fault::new(node.span(), "an expression is expected here")),
        };
        let field = match (&expr, self.network()) {
            (Expr::Ct(_), Some(family)) => expr.field_in(family),
            _ => expr.field_in(self.family),
        };
        Ok(Typed { fields: field.into_iter().collect(), expr })
    }

    /// `@name`.
    fn set_ref(&mut self, node: Node<'_>) -> Lowered<Typed> {
        let (name, head) = self.declared_set(node)?;
        let fields = place::of_key(&head.key, self.family);
        Ok(Typed { expr: Expr::SetRef(name), fields })
    }

    /// `map { … }`, `map @name` behind a key.
    fn map(&mut self, key: Typed, node: Node<'_>, data: DataPlace) -> Lowered<Typed> {
        let Some(inner) = node.children().next() else {
            return Err(Fault::new(node.span(), "a map is missing"));
        };
        let (map, fields) = self.map_operand(&key, inner, &data)?;
        Ok(Typed { expr: Expr::map(key.expr, map), fields })
    }

    /// The map itself, and the fields of its data.
    pub(super) fn map_operand(&mut self, key: &Typed, node: Node<'_>, data: &DataPlace) -> Lowered<(Expr, Fields)> {
        let wanted = match data {
            DataPlace::Values(fields) => fields.clone(),
            DataPlace::Verdict | DataPlace::Object => Fields::new(),
        };
        match node.kind() {
            K::Set => {
                if matches!(data, DataPlace::Values(fields) if fields.is_empty()) {
                    return Err(Fault::new(node.span(), "the type of this map's data is not known here"));
                }
                let set = self.nested(node.span(), |lower| lower.set_literal(node, &key.fields, Some(data)))?;
                Ok((set, wanted))
            }
            K::SetRef => {
                if let Some(name) = set_of_hole(node)? {
                    return Ok((Expr::SetRef(name), wanted));
                }
                let (name, head) = self.declared_set(node)?;
                let fields = place::of_key(&head.key, self.family);
                place::check_key(&key.expr, &key.fields, &fields, true, node.span())?;
                let found = place::of_data(&head, self.family)
                    .ok_or_else(|| Fault::new(node.span(), format!("`{name}` is a set, not a map")))?;
                let fields = match (data, found) {
                    (DataPlace::Values(_), DataPlace::Values(fields)) => fields,
                    (DataPlace::Verdict, DataPlace::Verdict) | (DataPlace::Object, DataPlace::Object) => Fields::new(),
                    (wanted, _) => {
                        let what = match wanted {
                            DataPlace::Values(_) => "values",
                            DataPlace::Verdict => "verdicts",
                            DataPlace::Object => "objects",
                        };
                        return Err(Fault::new(node.span(), format!("`{name}` is no map of {what}")));
                    }
                };
                Ok((Expr::SetRef(name), fields))
            }
            K::Variable => {
                let set = self.variable_map(node, key, data)?;
                Ok((set, wanted))
            }
            _ => Err(Fault::new(node.span(), "a map is expected here")),
        }
    }
}

/// The words that selectors share.
struct Words<'t> {
    direction: Option<Word<'t>>,
    family: Option<Word<'t>>,
    key: Option<Word<'t>>,
}

impl<'t> Words<'t> {
    fn of(node: Node<'t>) -> Self {
        let mut words = Self { direction: None, family: None, key: None };
        for child in node.children() {
            match child.kind() {
                K::Direction => words.direction = Some(word(child)),
                K::CtFamily => words.family = Some(word(child)),
                K::Word | K::RtKey => words.key = Some(word(child)),
                _ => {}
            }
        }
        words
    }

    fn last(&self, node: Node<'t>) -> Lowered<Word<'t>> {
        self.key.ok_or_else(|| Fault::new(node.span(), "a key is missing"))
    }
}

/// `tcp dport`, `vxlan ip saddr`, `arp saddr ip`, `rt0 addr[1]`.
fn header(node: Node<'_>) -> Lowered<Expr> {
    let (mut headers, mut words) = (SmallVec::<[Word<'_>; 2]>::new(), SmallVec::<[Word<'_>; 2]>::new());
    let mut index = None;
    for child in node.children() {
        match child.kind() {
            K::Header => headers.push(word(child)),
            K::Word | K::SecondWord => words.push(word(child)),
            K::Index => index = Some(number_of(self::child(child, K::Number)?)?),
            _ => {}
        }
    }
    let (tunnel, header) = match *headers {
        [header] => (None, header),
        [tunnel, header] => (Some(tunnel), header),
        _ => return Err(Fault::new(node.span(), "a header is missing")),
    };
    let (first, second) = match *words {
        [first] => (first, None),
        [first, second] => (first, Some(second)),
        _ => return Err(Fault::new(node.span(), "a field is missing")),
    };
    if tunnel.is_none() && nft_core::schema::exthdr::by_name(header.text).is_some() {
        return selector::extension_header(header, Some(first), index);
    }
    if let Some((_, span)) = index {
        return Err(Fault::new(span, format!("`{}` has no fields with an index", header.text)));
    }
    selector::payload(tunnel, header, first, second)
}

/// `tcp option maxseg size`, `sctp chunk data tsn`, `dccp option 1`.
fn option(node: Node<'_>) -> Lowered<Expr> {
    let header = word(child(node, K::Header)?);
    let field = node.children().find(|child| matches!(child.kind(), K::OptionField | K::Word)).map(word);
    if let Some(raw) = node.children().find(|child| child.kind() == K::OptionRaw) {
        let mut numbers = raw.children().filter(|child| child.kind() == K::Number);
        let mut next = || number_of(required(raw, numbers.next())?);
        return selector::raw_option(header, next()?, next()?, next()?);
    }
    let name = word(child(node, K::OptionName)?);
    match header.text {
        "tcp" => selector::tcp_option(name, field),
        "ip" => selector::ip_option(name, field),
        "sctp" => selector::chunk(name, field),
        "dccp" => match field {
            None => selector::dccp_option(name),
            Some(field) => Err(Fault::new(field.span, "dccp options have no fields")),
        },
        _ => Err(Fault::new(header.span, format!("`{}` has no options", header.text))),
    }
}

/// Modulus, offset and seed.
fn generator(node: Node<'_>) -> Lowered<[Option<u32>; 3]> {
    let mut found = [None; 3];
    for child in node.children() {
        let place = match child.kind() {
            K::Modulus => 0,
            K::Offset => 1,
            K::Seed => 2,
            _ => continue,
        };
        let (value, span) = number_of(self::child(child, K::Number)?)?;
        let value = u32::try_from(value).map_err(|_| Fault::new(span, "value too large"))?;
        if place == 0 && value == 0 {
            return Err(Fault::new(span, "modulus must be greater than zero"));
        }
        if let Some(slot) = found.get_mut(place) {
            *slot = Some(value);
        }
    }
    if let [Some(modulus), Some(offset), _] = found
        && offset.checked_add(modulus - 1).is_none()
    {
        return Err(Fault::new(node.span(), "offset and modulus together exceed 32 bits"));
    }
    Ok(found)
}

/// The word that a node is.
pub(super) fn word(node: Node<'_>) -> Word<'_> {
    Word::new(node.text(), node.span())
}

/// The only word in a node.
pub(super) fn only_word(node: Node<'_>) -> Lowered<Word<'_>> {
    node.children()
        .find(|child| matches!(child.kind(), K::Word | K::BareMeta))
        .map(word)
        .ok_or_else(|| Fault::new(node.span(), "a word is missing"))
}

/// The child of that kind.
pub(super) fn child(node: Node<'_>, kind: K) -> Lowered<Node<'_>> {
    required(node, node.child(kind))
}

/// What must be there.
pub(super) fn required<'t>(node: Node<'_>, found: Option<Node<'t>>) -> Lowered<Node<'t>> {
    found.ok_or_else(|| Fault::new(node.span(), "something is missing here"))
}

/// The number that a node is, and its place.
pub(super) fn number_of(node: Node<'_>) -> Lowered<(u64, Span)> {
    match number::parse(node.text()) {
        Some(number) => Ok((number, node.span())),
        None if hole::number(node.text()).is_some() => Err(hole::cannot(node.span())),
        None => Err(Fault::new(node.span(), format!("`{}` is no number", node.text()))),
    }
}

/// A literal without its quotes or brackets.
pub(super) fn literal_text(node: Node<'_>) -> &str {
    let text = node.text();
    let inner = match node.kind() {
        K::String => text.strip_prefix('"').and_then(|text| text.strip_suffix('"')),
        K::Literal => text.strip_prefix('[').and_then(|text| text.strip_suffix(']')),
        _ => None,
    };
    inner.unwrap_or(text)
}

/// The set of `@name` where a hole gives the name: nothing is known of it before the push.
pub(super) fn set_of_hole(node: Node<'_>) -> Lowered<Option<SetName>> {
    let name = child(node, K::Name)?;
    match hole::number(name.text()) {
        Some(_) => name_at(SetName::new(name.text()), name.span()).map(Some),
        None => Ok(None),
    }
}

fn is_number(node: Node<'_>) -> bool {
    number::parse(node.text()).is_some()
}

/// Whether an operand has no type of its own.
const fn is_constant(kind: K) -> bool {
    matches!(kind, K::Literal | K::String | K::Number | K::Name | K::Variable)
}
