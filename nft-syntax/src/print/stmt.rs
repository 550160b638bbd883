//! Statements.

use std::fmt::{self, Write};

use nft_core::model::{
    DynsetOp, Expr, Limit, LimitKind, Log, Match, Nat, NatKind, ObjectBy, ObjectRef, ObjectType, Queue, QueueTarget, Quota,
    Reject, Relation, Repr, SetStmt, Stmt, Synproxy, Tproxy,
};
use nft_core::schema::datatype::write_duration;
use nft_core::schema::reject::code_name;
use nft_core::schema::tcpopt;
use nft_core::schema::words::{LOG_FLAGS_ALL, LOG_LEVEL_DEFAULT, LOG_LEVELS, NAT_FLAGS, QUEUE_FLAGS, TIME_UNITS, byte_unit};
use nft_core::schema::{ByteOrder, DataType, Family, RejectType};

use super::{Context, elements, expr::expr, expr::verdict, list};

pub(super) fn stmt(out: &mut impl Write, item: &Stmt, cx: Context<'_>) -> fmt::Result {
    match item {
        Stmt::Match(item) => matches(out, item, cx),
        Stmt::Verdict(item) => verdict(out, item, cx),
        Stmt::Vmap(item) => {
            expr(out, &item.key, cx)?;
            out.write_str(" vmap ")?;
            expr(out, &item.map, cx)
        }
        Stmt::Counter { packets, bytes } => {
            out.write_str("counter")?;
            if cx.stateless { Ok(()) } else { write!(out, " packets {packets} bytes {bytes}") }
        }
        Stmt::Quota(item) => {
            out.write_str("quota ")?;
            quota(out, *item, cx)
        }
        Stmt::Limit(item) => {
            out.write_str("limit ")?;
            limit(out, *item, cx, DefaultBurst::Shown)
        }
        Stmt::Last(item) => {
            out.write_str("last")?;
            match item.used {
                _ if cx.stateless => Ok(()),
                None => out.write_str(" used never"),
                Some(used) => {
                    out.write_str(" used ")?;
                    write_duration(out, used, &cx.options.style)
                }
            }
        }
        Stmt::CtCount(item) => write!(out, "ct count {}{}", if item.over { "over " } else { "" }, item.count),
        Stmt::Log(item) => log(out, item),
        Stmt::Reject(item) => reject(out, item, cx),
        Stmt::Nat(item) => nat(out, item, cx),
        Stmt::Tproxy(item) => tproxy(out, item, cx),
        Stmt::Synproxy(item) => synproxy(out, *item),
        Stmt::Queue(item) => queue(out, item, cx),
        Stmt::Dup(item) => {
            out.write_str("dup to ")?;
            expr(out, &item.to, cx)?;
            device(out, item.device.as_ref(), cx)
        }
        Stmt::Fwd(item) => {
            out.write_str("fwd")?;
            family(out, item.family)?;
            out.write_str(" to ")?;
            match &item.address {
                Some(address) => {
                    expr(out, address, cx)?;
                    device(out, Some(&item.device), cx)
                }
                None => expr(out, &item.device, cx),
            }
        }
        Stmt::Notrack => out.write_str("notrack"),
        Stmt::FlowAdd(name) => write!(out, "flow add @{name}"),
        Stmt::Set(item) => set(out, item, cx),
        Stmt::MetaSet(key, to) => {
            write!(out, "meta {} set ", key.name())?;
            expr(out, to, cx)
        }
        Stmt::CtSet(key, direction, to) => {
            match direction {
                Some(direction) => write!(out, "ct {} {} set ", direction.name(), key.name())?,
                None => write!(out, "ct {} set ", key.name())?,
            }
            expr(out, to, cx)
        }
        Stmt::PayloadSet(sides) => {
            expr(out, &sides.0, cx)?;
            out.write_str(" set ")?;
            expr(out, &sides.1, cx)
        }
        Stmt::ResetTcpOption(number) => match tcpopt::all().iter().find(|option| option.number == *number) {
            Some(option) => write!(out, "reset tcp option {}", option.name),
            None => write!(out, "reset tcp option {number}"),
        },
        Stmt::ObjectRef(item) => object_ref(out, item, cx),
        // What stands here must not be read back as something else: the parser refuses `xt`.
        Stmt::Opaque(_, text) if text.is_empty() => out.write_str("xt unknown"),
        Stmt::Opaque(_, text) => out.write_str(text),
        _ => Err(fmt::Error),
    }
}

fn matches(out: &mut impl Write, item: &Match, cx: Context<'_>) -> fmt::Result {
    expr(out, &item.left, cx)?;
    match item.relation {
        Relation::Implicit => out.write_char(' ')?,
        relation => write!(out, " {} ", relation.symbol())?,
    }
    if matches!(item.relation, Relation::Lt | Relation::Gt | Relation::Le | Relation::Ge) && is_turned(&item.right) {
        let numeric = cx.options.in_range();
        return expr(out, &item.right, Context { options: &numeric, ..cx });
    }
    expr(out, &item.right, cx)
}

/// Whether a constant has words of its own and is compared in the other byte order, in which nft does not find the word.
fn is_turned(item: &Expr) -> bool {
    match item {
        Expr::Value(value) => {
            !value.ty.symbols().is_empty() && value.ty.byte_order() == Some(ByteOrder::Host) && value.ty.bits() > 8
        }
        Expr::Binary(_, sides) => is_turned(&sides.0),
        _ => false,
    }
}

pub(super) fn quota(out: &mut impl Write, item: Quota, cx: Context<'_>) -> fmt::Result {
    let (number, unit) = byte_unit(item.bytes);
    write!(out, "{}{number} {unit}", if item.over { "over " } else { "" })?;
    if item.used == 0 || cx.stateless {
        return Ok(());
    }
    let (number, unit) = byte_unit(item.used);
    write!(out, " used {number} {unit}")
}

/// Whether a burst of 5 packets, which is what a limit has if none is written, is shown: it is in rules, not in objects.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum DefaultBurst {
    Shown,
    Hidden,
}

pub(super) fn limit(out: &mut impl Write, item: Limit, cx: Context<'_>, default: DefaultBurst) -> fmt::Result {
    out.write_str("rate ")?;
    if item.over {
        out.write_str("over ")?;
    }
    match item.kind {
        LimitKind::Packets => write!(out, "{}/", item.rate)?,
        LimitKind::Bytes => {
            let (number, unit) = byte_unit(item.rate);
            write!(out, "{number} {unit}/")?;
        }
    }
    match u32::try_from(item.unit).ok().and_then(|unit| TIME_UNITS.word(unit)) {
        Some(word) => out.write_str(word)?,
        None => write_duration(out, item.unit.saturating_mul(1000), &cx.options.style)?,
    }
    match item.kind {
        LimitKind::Packets if item.burst == 5 && default == DefaultBurst::Hidden => Ok(()),
        LimitKind::Packets => write!(out, " burst {} packets", item.burst),
        LimitKind::Bytes if item.burst == 0 => Ok(()),
        LimitKind::Bytes => {
            let (number, unit) = byte_unit(item.burst.into());
            write!(out, " burst {number} {unit}")
        }
    }
}

fn log(out: &mut impl Write, item: &Log) -> fmt::Result {
    out.write_str("log")?;
    if let Some(prefix) = &item.prefix {
        write!(out, " prefix \"{prefix}\"")?;
    }
    if let Some(group) = item.group {
        write!(out, " group {group}")?;
    }
    if let Some(snaplen) = item.snaplen {
        write!(out, " snaplen {snaplen}")?;
    }
    if let Some(threshold) = item.queue_threshold {
        write!(out, " queue-threshold {threshold}")?;
    }
    if let Some(level) = item.level.filter(|level| *level != LOG_LEVEL_DEFAULT) {
        match LOG_LEVELS.word(level) {
            Some(word) => write!(out, " level {word}")?,
            None => write!(out, " level {level}")?,
        }
    }
    if item.flags & LOG_FLAGS_ALL == LOG_FLAGS_ALL {
        return out.write_str(" flags all");
    }
    // Both flags of `tcp` share the word.
    match item.flags & 3 {
        1 => out.write_str(" flags tcp sequence")?,
        2 => out.write_str(" flags tcp options")?,
        3 => out.write_str(" flags tcp sequence,options")?,
        _ => {}
    }
    nft_core::schema::words::LOG_FLAGS.flags(item.flags & !3).try_for_each(|word| write!(out, " flags {word}"))
}

fn reject(out: &mut impl Write, item: &Reject, cx: Context<'_>) -> fmt::Result {
    out.write_str("reject")?;
    let Some(with) = item.with else { return Ok(()) };
    if with == RejectType::TcpReset {
        return out.write_str(" with tcp reset");
    }
    let value = item.code.as_ref().and_then(Expr::as_value);
    out.write_str(match (with, value.map(|value| value.ty)) {
        (RejectType::Icmpx, _) => " with icmpx",
        (_, Some(DataType::ICMPV6_CODE)) => " with icmpv6",
        _ => " with icmp",
    })?;
    let Some(code) = &item.code else { return Ok(()) };
    out.write_char(' ')?;
    let name = value.filter(|_| !cx.options.style.numeric).and_then(|value| match value.repr {
        Repr::Int(number) => code_name(value.ty, u8::try_from(number).ok()?),
        _ => None,
    });
    match name {
        Some(name) => out.write_str(name),
        None => expr(out, code, cx),
    }
}

fn nat(out: &mut impl Write, item: &Nat, cx: Context<'_>) -> fmt::Result {
    out.write_str(match item.kind {
        NatKind::Snat => "snat",
        NatKind::Dnat => "dnat",
        NatKind::Masquerade => "masquerade",
        NatKind::Redirect => "redirect",
        _ => return Err(fmt::Error),
    })?;
    family(out, item.family)?;
    if item.prefix {
        out.write_str(" prefix")?;
    }
    if item.address.is_some() || item.port.is_some() {
        out.write_str(" to ")?;
    }
    if let Some(address) = &item.address {
        match &item.port {
            Some(_) => bracketed(out, address, cx)?,
            None => expr(out, address, cx)?,
        }
    }
    port(out, item.port.as_ref(), cx)?;
    if item.flags == 0 {
        return Ok(());
    }
    out.write_char(' ')?;
    list(out, NAT_FLAGS.flags(item.flags))
}

/// Prints an address before a port: IPv6 ones in brackets, since they have colons of their own.
fn bracketed(out: &mut impl Write, address: &Expr, cx: Context<'_>) -> fmt::Result {
    match address {
        Expr::Value(value) if value.ty == DataType::IPV6_ADDR => {
            out.write_char('[')?;
            expr(out, address, cx)?;
            out.write_char(']')
        }
        Expr::Range(ends) => {
            bracketed(out, &ends.0, cx)?;
            out.write_char('-')?;
            bracketed(out, &ends.1, cx)
        }
        Expr::Prefix(inner, length) => {
            bracketed(out, inner, cx)?;
            write!(out, "/{length}")
        }
        _ => expr(out, address, cx),
    }
}

fn tproxy(out: &mut impl Write, item: &Tproxy, cx: Context<'_>) -> fmt::Result {
    out.write_str("tproxy")?;
    family(out, item.family)?;
    out.write_str(" to ")?;
    if let Some(address) = &item.address {
        bracketed(out, address, cx)?;
    }
    port(out, item.port.as_ref(), cx)
}

fn port(out: &mut impl Write, port: Option<&Expr>, cx: Context<'_>) -> fmt::Result {
    let Some(port) = port else { return Ok(()) };
    out.write_char(':')?;
    expr(out, port, cx)
}

fn family(out: &mut impl Write, family: Option<Family>) -> fmt::Result {
    match family {
        Some(family) => write!(out, " {}", family.name()),
        None => Ok(()),
    }
}

fn device(out: &mut impl Write, device: Option<&Expr>, cx: Context<'_>) -> fmt::Result {
    let Some(device) = device else { return Ok(()) };
    out.write_str(" device ")?;
    expr(out, device, cx)
}

fn synproxy(out: &mut impl Write, item: Synproxy) -> fmt::Result {
    out.write_str("synproxy")?;
    if let Some(mss) = item.mss {
        write!(out, " mss {mss}")?;
    }
    if let Some(wscale) = item.wscale {
        write!(out, " wscale {wscale}")?;
    }
    out.write_str(if item.timestamp { " timestamp" } else { "" })?;
    out.write_str(if item.sack_perm { " sack-perm" } else { "" })
}

fn queue(out: &mut impl Write, item: &Queue, cx: Context<'_>) -> fmt::Result {
    out.write_str("queue")?;
    if item.flags != 0 {
        out.write_str(" flags ")?;
        list(out, QUEUE_FLAGS.flags(item.flags))?;
    }
    match &item.target {
        QueueTarget::Default => Ok(()),
        QueueTarget::Range(low, high) if low == high => write!(out, " to {low}"),
        QueueTarget::Range(low, high) => write!(out, " to {low}-{high}"),
        QueueTarget::Expr(target) => {
            out.write_str(" to ")?;
            expr(out, target, cx)
        }
        _ => Err(fmt::Error),
    }
}

fn set(out: &mut impl Write, item: &SetStmt, cx: Context<'_>) -> fmt::Result {
    if let Some(size) = item.meter {
        write!(out, "meter {} ", item.set)?;
        if size > 0 {
            write!(out, "size {size} ")?;
        }
    } else {
        let word = match item.op {
            DynsetOp::Add => "add",
            DynsetOp::Update => "update",
            DynsetOp::Delete => "delete",
            _ => return Err(fmt::Error),
        };
        write!(out, "{word} @{} ", item.set)?;
    }
    out.write_str("{ ")?;
    elements::dynamic(out, &item.element, cx)?;
    out.write_str(" }")
}

fn object_ref(out: &mut impl Write, item: &ObjectRef, cx: Context<'_>) -> fmt::Result {
    let name = item.ty.name().ok_or(fmt::Error)?;
    match item.ty {
        ObjectType::CT_HELPER | ObjectType::CT_TIMEOUT | ObjectType::CT_EXPECTATION => write!(out, "{name} set ")?,
        ObjectType::SECMARK => out.write_str("meta secmark set ")?,
        _ => write!(out, "{name} name ")?,
    }
    match &item.object {
        ObjectBy::Name(name) => write!(out, "\"{name}\""),
        ObjectBy::Map(map) => expr(out, map, cx),
        _ => Err(fmt::Error),
    }
}
