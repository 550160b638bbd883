//! Expressions.

use std::fmt::{self, Write};

use nft_core::model::{
    BinaryOp, Ct, Element, Expr, Exthdr, ExthdrPart, Fib, Hash, Ipsec, JumpTarget, Numgen, Osf, Payload, RawPayload, Repr,
    Value, Verdict,
};
use nft_core::schema::extension::Op;
use nft_core::schema::words::{FIB_FLAGS, NUMGEN_KINDS, OSF_TTL};
use nft_core::schema::{Base, CtKey, DataType, Family, MetaKey, RtKey};

use super::{Context, chain, elements};

pub(super) fn expr(out: &mut impl Write, item: &Expr, cx: Context<'_>) -> fmt::Result {
    match item {
        Expr::Value(item) => value(out, item, cx),
        Expr::Payload(item) => payload(out, *item),
        Expr::Raw(item) => raw(out, *item),
        Expr::Exthdr(item) => exthdr(out, *item),
        Expr::Meta(key) => meta(out, *key),
        Expr::Ct(item) => ct(out, *item, cx.family),
        Expr::Rt(key) => rt(out, *key),
        Expr::Socket(item) => {
            write!(out, "socket {}", item.key.name())?;
            if item.key.needs_level() { write!(out, " level {}", item.level) } else { Ok(()) }
        }
        Expr::Fib(item) => fib(out, *item),
        Expr::Osf(item) => osf(out, *item),
        Expr::Ipsec(item) => ipsec(out, *item),
        Expr::Tunnel(key) => write!(out, "tunnel {}", key.name()),
        Expr::Numgen(item) => numgen(out, *item),
        Expr::Hash(item) => hash(out, item, cx),
        Expr::Prefix(inner, length) => {
            operand(out, inner, Place::Tight, cx)?;
            write!(out, "/{length}")
        }
        Expr::Range(ends) => {
            let numeric = cx.options.in_range();
            let cx = Context { options: &numeric, ..cx };
            operand(out, &ends.0, Place::Tight, cx)?;
            out.write_char('-')?;
            operand(out, &ends.1, Place::Tight, cx)
        }
        Expr::Concat(parts) => separated(out, parts, " . ", cx),
        Expr::List(parts) => separated(out, parts, ",", cx),
        Expr::Set(items) => set(out, items, cx),
        Expr::SetRef(name) => write!(out, "@{name}"),
        Expr::Masked(sides) => {
            expr(out, &sides.0, cx)?;
            out.write_str(" / ")?;
            expr(out, &sides.1, cx)
        }
        Expr::Binary(op, sides) => {
            operand(out, &sides.0, Place::Left(*op), cx)?;
            write!(out, " {} ", op.symbol())?;
            operand(out, &sides.1, Place::Right(*op), cx)
        }
        Expr::Map(item) => {
            expr(out, &item.key, cx)?;
            out.write_str(" map ")?;
            expr(out, &item.map, cx)
        }
        Expr::Verdict(item) => verdict(out, item, cx),
        // A newer library's expression cannot be written by this one: fail rather than leave it out.
        _ => Err(fmt::Error),
    }
}

/// Where an operand stands.
#[derive(Clone, Copy)]
enum Place {
    /// Left of an operator.
    Left(BinaryOp),
    /// Right of an operator.
    Right(BinaryOp),
    /// In a range or prefix, which bind tighter than any operator.
    Tight,
}

/// How tight an operator binds: higher is tighter.
const fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::ShiftLeft | BinaryOp::ShiftRight => 4,
        BinaryOp::And => 3,
        BinaryOp::Xor => 2,
        BinaryOp::Or => 1,
        // Unknown ones get parentheses everywhere.
        _ => 0,
    }
}

/// Prints an operand, in parentheses where it would be read otherwise without.
fn operand(out: &mut impl Write, item: &Expr, place: Place, cx: Context<'_>) -> fmt::Result {
    let parentheses = match (item, place) {
        (Expr::Binary(inner, _), Place::Left(op)) => precedence(*inner) < precedence(op),
        (Expr::Binary(inner, _), Place::Right(op)) => {
            // `a | (b | c)` is `a | b | c`; `a << (b << c)` is not.
            let associative = *inner == op && !matches!(op, BinaryOp::ShiftLeft | BinaryOp::ShiftRight);
            precedence(*inner) < precedence(op) || (precedence(*inner) == precedence(op) && !associative)
        }
        (Expr::Binary(..) | Expr::Map(_) | Expr::Concat(_), Place::Tight) => true,
        (Expr::Map(_) | Expr::Concat(_), _) => true,
        _ => false,
    };
    if !parentheses {
        return expr(out, item, cx);
    }
    out.write_char('(')?;
    expr(out, item, cx)?;
    out.write_char(')')
}

fn separated(out: &mut impl Write, parts: &[Expr], separator: &str, cx: Context<'_>) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(separator)?;
        }
        expr(out, part, cx)?;
    }
    Ok(())
}

/// `{ … }`, on one line.
fn set(out: &mut impl Write, items: &[Element], cx: Context<'_>) -> fmt::Result {
    out.write_str("{ ")?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        elements::element(out, item, cx)?;
    }
    out.write_str(if items.is_empty() { "}" } else { " }" })
}

pub(super) fn value(out: &mut impl Write, item: &Value, cx: Context<'_>) -> fmt::Result {
    item.ty.write(out, &item.repr, item.ty.bits(), &cx.options.style)
}

/// Prints a number as an element: flags one by one, `fin | syn`.
pub(super) fn element_number(out: &mut impl Write, ty: DataType, number: u128, bits: u32, cx: Context<'_>) -> fmt::Result {
    if !ty.is_bitmask() || ty == DataType::BITMASK || number.count_ones() < 2 {
        return ty.write(out, &Repr::Int(number), bits, &cx.options.style);
    }
    let mut rest = number;
    while rest != 0 {
        let lowest = rest & rest.wrapping_neg();
        rest ^= lowest;
        ty.write(out, &Repr::Int(lowest), bits, &cx.options.style)?;
        if rest != 0 {
            out.write_str(" | ")?;
        }
    }
    Ok(())
}

fn payload(out: &mut impl Write, item: Payload) -> fmt::Result {
    if let Some(tunnel) = item.tunnel {
        write!(out, "{} ", tunnel.name)?;
    }
    write!(out, "{} {}", item.header.name, item.field.name)
}

fn raw(out: &mut impl Write, item: RawPayload) -> fmt::Result {
    if let Some(tunnel) = item.tunnel {
        write!(out, "{} ", tunnel.name)?;
    }
    let base = match item.base {
        Base::LinkLayer => "ll",
        Base::Network => "nh",
        Base::Transport => "th",
        Base::Inner => "ih",
        // The language has no word for a tunnel's own header; nft prints this too.
        _ => "tun",
    };
    write!(out, "@{base},{},{}", item.offset, item.bits)
}

fn exthdr(out: &mut impl Write, item: Exthdr) -> fmt::Result {
    let kind = match item.op {
        Op::Ip6 => "",
        Op::Tcp => "tcp option ",
        Op::Ip => "ip option ",
        Op::Sctp => "sctp chunk ",
        Op::Dccp => "dccp option ",
        _ => return Err(fmt::Error),
    };
    out.write_str(match (item.op, item.part) {
        (Op::Ip6, ExthdrPart::Present) => "exthdr ",
        _ => kind,
    })?;
    if let ExthdrPart::Raw { offset, bits } = item.part {
        return write!(out, "@{},{offset},{bits}", item.number);
    }
    match item.extension {
        Some(extension) => out.write_str(extension.name)?,
        None => write!(out, "{}", item.number)?,
    }
    match item.part {
        ExthdrPart::Field(field) => write!(out, " {}", field.name),
        _ => Ok(()),
    }
}

fn meta(out: &mut impl Write, key: MetaKey) -> fmt::Result {
    let unqualified = matches!(
        key,
        MetaKey::Iif | MetaKey::Oif | MetaKey::Iifname | MetaKey::Oifname | MetaKey::Iifgroup | MetaKey::Oifgroup
    );
    if !unqualified {
        out.write_str("meta ")?;
    }
    out.write_str(key.name())
}

fn ct(out: &mut impl Write, item: Ct, family: Family) -> fmt::Result {
    out.write_str("ct ")?;
    if let Some(direction) = item.direction {
        write!(out, "{} ", direction.name())?;
    }
    if matches!(item.key, CtKey::Saddr | CtKey::Daddr) && matches!(family, Family::Ip | Family::Ip6) {
        write!(out, "{family} ")?;
    }
    out.write_str(item.key.name())
}

fn rt(out: &mut impl Write, key: RtKey) -> fmt::Result {
    out.write_str(match key {
        RtKey::NexthopIp => "rt ip ",
        RtKey::NexthopIp6 => "rt ip6 ",
        _ => "rt ",
    })?;
    out.write_str(key.name())
}

fn fib(out: &mut impl Write, item: Fib) -> fmt::Result {
    out.write_str("fib ")?;
    for (index, word) in FIB_FLAGS.flags(item.flags).enumerate() {
        if index > 0 {
            out.write_str(" . ")?;
        }
        out.write_str(word)?;
    }
    write!(out, " {}", item.result.name())
}

fn osf(out: &mut impl Write, item: Osf) -> fmt::Result {
    out.write_str("osf ")?;
    if let Some(word) = OSF_TTL.word(item.ttl.into()) {
        write!(out, "ttl {word} ")?;
    }
    out.write_str(item.key.name())
}

fn ipsec(out: &mut impl Write, item: Ipsec) -> fmt::Result {
    write!(out, "ipsec {} ", item.direction.name())?;
    if item.spnum > 0 {
        write!(out, "spnum {} ", item.spnum)?;
    }
    out.write_str(item.key.name())
}

fn numgen(out: &mut impl Write, item: Numgen) -> fmt::Result {
    match NUMGEN_KINDS.word(item.kind) {
        Some(word) => write!(out, "numgen {word} mod {}", item.modulus)?,
        None => write!(out, "numgen {} mod {}", item.kind, item.modulus)?,
    }
    offset(out, item.offset)
}

fn hash(out: &mut impl Write, item: &Hash, cx: Context<'_>) -> fmt::Result {
    match &item.expr {
        Some(hashed) => {
            out.write_str("jhash ")?;
            expr(out, hashed, cx)?;
        }
        None => out.write_str("symhash")?,
    }
    write!(out, " mod {}", item.modulus)?;
    if let Some(seed) = item.seed {
        write!(out, " seed {seed:#x}")?;
    }
    offset(out, item.offset)
}

fn offset(out: &mut impl Write, offset: u32) -> fmt::Result {
    if offset == 0 { Ok(()) } else { write!(out, " offset {offset}") }
}

pub(super) fn verdict(out: &mut impl Write, item: &Verdict, cx: Context<'_>) -> fmt::Result {
    let (word, target) = match item {
        Verdict::Accept => return out.write_str("accept"),
        Verdict::Drop => return out.write_str("drop"),
        Verdict::Continue => return out.write_str("continue"),
        Verdict::Return => return out.write_str("return"),
        Verdict::Jump(target) => ("jump ", target),
        Verdict::Goto(target) => ("goto ", target),
        // No word has it, and no word that could be read back as another may stand here.
        Verdict::Other(code) => return write!(out, "xt verdict {code}"),
        _ => return Err(fmt::Error),
    };
    out.write_str(word)?;
    match target {
        JumpTarget::Chain(name) => out.write_str(name),
        JumpTarget::Block(rules) => chain::block(out, rules, cx),
        _ => Err(fmt::Error),
    }
}
