//! Sets, maps and verdict maps.

use std::fmt::{self, Write};

use nft_core::model::{KeyType, MapData, Set, SetFlags};
use nft_core::schema::datatype::write_duration;
use nft_core::schema::words::{SET_FLAGS, SET_POLICIES};

use super::expr::expr;
use super::{Context, elements, list, stmt};

pub(super) fn set(out: &mut impl Write, set: &Set, cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    write!(out, "{} {}", if set.is_map() { "map" } else { "set" }, set.name)?;
    cx.open(out, set.handle)?;
    let inner = cx.deeper();
    inner.indent(out)?;
    types(out, set, inner)?;
    out.write_char('\n')?;
    if !set.flags.contains(SetFlags::CONSTANT) {
        // `performance` is what a set has if none is written.
        if let Some(word) = set.policy.filter(|policy| *policy != 0).and_then(|policy| SET_POLICIES.word(policy)) {
            inner.indent(out)?;
            writeln!(out, "policy {word}")?;
        }
        if let Some(size) = set.size {
            inner.indent(out)?;
            write!(out, "size {size}")?;
            if let Some(count) = set.count.filter(|count| *count > 0) {
                write!(out, "\t# count {count}")?;
            }
            out.write_char('\n')?;
        }
    }
    flags(out, set, inner)?;
    if !set.stmts.is_empty() {
        inner.indent(out)?;
        for (index, item) in set.stmts.iter().enumerate() {
            if index > 0 {
                out.write_char(' ')?;
            }
            stmt::stmt(out, item, inner.without_state())?;
        }
        out.write_char('\n')?;
    }
    if set.auto_merge {
        inner.indent(out)?;
        out.write_str("auto-merge\n")?;
    }
    for (word, time) in [("timeout", set.timeout), ("gc-interval", set.gc_interval.map(u64::from))] {
        let Some(time) = time else { continue };
        inner.indent(out)?;
        write!(out, "{word} ")?;
        write_duration(out, time, &cx.options.style)?;
        out.write_char('\n')?;
    }
    inner.comment_line(out, set.comment.as_deref())?;
    if !set.elements.is_empty() && !cx.options.terse {
        inner.indent(out)?;
        out.write_str("elements = ")?;
        elements::elements(out, set, &set.elements, inner)?;
        out.write_char('\n')?;
    }
    cx.indent(out)?;
    out.write_str("}\n")
}

/// `flags …`; `timeout` alone goes without saying where the set has a default one.
fn flags(out: &mut impl Write, set: &Set, cx: Context<'_>) -> fmt::Result {
    let mut flags = set.flags;
    if set.timeout.is_some() {
        flags.insert(SetFlags::TIMEOUT);
        if SET_FLAGS.flags(flags.bits()).count() == 1 {
            return Ok(());
        }
    }
    if SET_FLAGS.flags(flags.bits()).next().is_none() {
        return Ok(());
    }
    cx.indent(out)?;
    out.write_str("flags ")?;
    list(out, SET_FLAGS.flags(flags.bits()))?;
    out.write_char('\n')
}

/// `type ipv4_addr : verdict`.
fn types(out: &mut impl Write, set: &Set, cx: Context<'_>) -> fmt::Result {
    let by_expr =
        matches!(set.key, KeyType::Typeof(_)) || matches!(&set.data, Some(MapData::Value { ty: KeyType::Typeof(_), .. }));
    out.write_str(if by_expr { "typeof " } else { "type " })?;
    key_type(out, &set.key, cx)?;
    match &set.data {
        None => Ok(()),
        Some(MapData::Value { ty, interval }) => {
            out.write_str(if *interval { " : interval " } else { " : " })?;
            key_type(out, ty, cx)
        }
        Some(MapData::Verdict) => out.write_str(" : verdict"),
        Some(MapData::Queue) => out.write_str(" : queue"),
        Some(MapData::Object(ty)) => write!(out, " : {}", ty.name().ok_or(fmt::Error)?),
        Some(_) => Err(fmt::Error),
    }
}

fn key_type(out: &mut impl Write, ty: &KeyType, cx: Context<'_>) -> fmt::Result {
    match ty {
        KeyType::Types(types) => {
            for (index, ty) in types.iter().enumerate() {
                if index > 0 {
                    out.write_str(" . ")?;
                }
                out.write_str(ty.name())?;
            }
            Ok(())
        }
        KeyType::Typeof(item) => expr(out, item, cx),
        KeyType::Sized(ty, _) => out.write_str(ty.name()),
        _ => Err(fmt::Error),
    }
}
