//! Chains and rules.

use std::fmt::{self, Write};

use nft_core::model::{BaseChain, Chain, Policy, Rule};
use nft_core::schema::priority;

use super::{Context, stmt};

pub(super) fn chain(out: &mut impl Write, chain: &Chain, cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    write!(out, "chain {}", chain.name)?;
    cx.open(out, chain.handle)?;
    let inner = cx.deeper();
    inner.comment_line(out, chain.comment.as_deref())?;
    if let Some(base) = &chain.base {
        inner.indent(out)?;
        base_chain(out, base, cx)?;
    }
    rules(out, &chain.rules, inner)?;
    cx.indent(out)?;
    out.write_str("}\n")
}

fn base_chain(out: &mut impl Write, base: &BaseChain, cx: Context<'_>) -> fmt::Result {
    write!(out, "type {} hook {}", base.ty, base.hook)?;
    match &*base.devices {
        [] => {}
        [device] => write!(out, " device \"{device}\"")?,
        devices => {
            out.write_str(" devices = { ")?;
            let mut sorted: Vec<_> = devices.iter().collect();
            sorted.sort_unstable();
            for (index, device) in sorted.into_iter().enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                write!(out, "{comma}\"{device}\"")?;
            }
            out.write_str(" }")?;
        }
    }
    out.write_str(" priority ")?;
    if cx.options.numeric_priority || cx.options.style.numeric {
        write!(out, "{}", base.priority)?;
    } else {
        priority::write(out, cx.family, base.hook, base.priority)?;
    }
    write!(out, "; policy {};", base.policy.unwrap_or(Policy::Accept).name())?;
    out.write_str(if base.offload { " flags offload;\n" } else { "\n" })
}

/// Prints rules, each on lines of its own.
fn rules(out: &mut impl Write, rules: &[Rule], cx: Context<'_>) -> fmt::Result {
    rules.iter().try_for_each(|item| {
        cx.indent(out)?;
        rule(out, item, cx)?;
        cx.handle(out, item.handle)?;
        out.write_char('\n')
    })
}

/// Prints a rule; `cx.depth` is that of its own line.
pub(super) fn rule(out: &mut impl Write, rule: &Rule, cx: Context<'_>) -> fmt::Result {
    for (index, item) in rule.stmts.iter().enumerate() {
        if index > 0 {
            out.write_char(' ')?;
        }
        stmt::stmt(out, item, cx)?;
    }
    match &rule.comment {
        Some(comment) => write!(out, " comment \"{comment}\""),
        None => Ok(()),
    }
}

/// Prints an anonymous chain. nft shows no handles in it.
pub(super) fn block(out: &mut impl Write, rules: &[Rule], cx: Context<'_>) -> fmt::Result {
    let inner = cx.deeper();
    out.write_str("{\n")?;
    for item in rules {
        inner.indent(out)?;
        rule(out, item, inner)?;
        out.write_char('\n')?;
    }
    cx.indent(out)?;
    out.write_char('}')
}
