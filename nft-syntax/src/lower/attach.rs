//! Where base chains are attached: which types, hooks and priorities go together.

use nft_core::Span;
use nft_core::schema::hook::NAT_PRIORITY_FLOOR;
use nft_core::schema::{ChainType, Family, Hook, priority};

use crate::parse::{HOLE, HOLE_END};

use super::fault::{Fault, Lowered};
use super::number;
use super::selector::Word;

/// `type filter`.
pub(super) fn chain_type(word: Word<'_>) -> Lowered<ChainType> {
    ChainType::by_name(word.text)
        .ok_or_else(|| Fault::unknown(word.span, "chain type", word.text, ChainType::all().iter().map(|ty| ty.name())))
}

/// `hook input`.
pub(super) fn hook(word: Word<'_>, family: Family) -> Lowered<Hook> {
    let hooks = || Hook::of(family).iter().map(|(hook, _)| hook.name());
    let Some(hook) = Hook::by_name(word.text) else {
        return Err(Fault::new(word.span, format!("unknown chain hook `{}`", word.text)).did_you_mean(word.text, hooks()));
    };
    if hook.number(family).is_none() {
        let known: Vec<_> = hooks().collect();
        return Err(Fault::new(word.span, format!("the {family} family does not support this hook"))
            .help(format!("it has {}", known.join(", "))));
    }
    Ok(hook)
}

/// What stands for the priority that hole 0 of `nft!` gives; the next ones follow. No chain has such a priority.
pub const HOLE_PRIORITY: i32 = i32::MIN;

/// The priority that stands for a hole.
fn hole(text: &str) -> Option<i32> {
    let number: i32 = text.strip_prefix(HOLE)?.strip_suffix(HOLE_END)?.parse().ok()?;
    HOLE_PRIORITY.checked_add(number).filter(|priority| *priority < HOLE_PRIORITY + 10_000)
}

/// The number of a priority: `0`, `-150`, `filter`, `filter + 5`, `filter-5` from a variable. Without a hook (of flowtables)
/// the only name is `filter`.
pub(super) fn priority(text: &str, span: Span, family: Family, hook: Option<Hook>) -> Lowered<i32> {
    let text = text.trim();
    if let Some(stand_in) = hole(text) {
        return Ok(stand_in);
    }
    let invalid = || {
        let known = priority::of(family).iter().filter(|row| hook.is_none_or(|hook| row.is_allowed(hook)));
        Fault::new(span, format!("`{text}` is an invalid priority in this context"))
            .did_you_mean(text, known.map(|row| row.name))
    };
    let name = text.bytes().take_while(|byte| byte.is_ascii_alphabetic() || *byte == b'_').count();
    let (name, rest) = text.split_at_checked(name).ok_or_else(invalid)?;
    let base = match (name, hook) {
        ("", _) => 0,
        (name, Some(hook)) => priority::by_name(family, hook, name).ok_or_else(invalid)?,
        ("filter", None) => 0,
        (_, None) => return Err(invalid()),
    };
    let rest = rest.trim_start();
    let offset = if rest.is_empty() {
        if name.is_empty() {
            return Err(invalid());
        }
        0
    } else {
        let (sign, digits) = match rest.split_at_checked(1) {
            Some(("-", digits)) => (-1, digits),
            Some(("+", digits)) if !name.is_empty() => (1, digits),
            _ if name.is_empty() => (1, rest),
            _ => return Err(invalid()),
        };
        let number = number::parse(digits.trim_start()).and_then(|number| i64::try_from(number).ok()).ok_or_else(invalid)?;
        sign * number
    };
    offset
        .checked_add(i64::from(base))
        .and_then(|sum| i32::try_from(sum).ok())
        .ok_or_else(|| Fault::new(span, format!("priority `{text}` is out of range")))
}

/// Whether the kernel takes a chain of that type at that hook and priority.
pub(super) fn check(
    family: Family,
    (ty, ty_span): (ChainType, Span),
    (hook, hook_span): (Hook, Span),
    (priority, priority_span): (i32, Span),
) -> Lowered<()> {
    if !ty.is_allowed(family, hook) {
        let hooks: Vec<_> =
            Hook::of(family).iter().filter(|(hook, _)| ty.is_allowed(family, *hook)).map(|(hook, _)| hook.name()).collect();
        let fault = Fault::new(
            if hooks.is_empty() { ty_span } else { hook_span },
            format!("chains of type `{ty}` do not support hook `{hook}` in the {family} family"),
        );
        return Err(if hooks.is_empty() { fault } else { fault.help(format!("possible hooks: {}", hooks.join(", "))) });
    }
    let is_hole = priority < HOLE_PRIORITY + 10_000;
    if ty == ChainType::Nat && priority <= NAT_PRIORITY_FLOOR && !is_hole {
        return Err(Fault::new(
            priority_span,
            format!("nat type chains must have a priority value above {NAT_PRIORITY_FLOOR}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_priority(text: &str, expected: Option<i32>) {
        let hook = Some(Hook::Prerouting);
        assert_eq!(priority(text, Span::default(), Family::Inet, hook).ok(), expected);
    }

    #[test]
    fn priorities() {
        check_priority("0", Some(0));
        check_priority("-150", Some(-150));
        check_priority("filter", Some(0));
        check_priority("dstnat + 5", Some(-95));
        check_priority("filter-5", Some(-5));
        check_priority("filter - 5", Some(-5));
        check_priority("srcnat", None);
        check_priority("+5", None);
        check_priority("2147483648", None);
        check_priority("-2147483648", Some(i32::MIN));
        check_priority("", None);
    }
}
