//! Names of chain priorities.

use super::family::Family;
use super::hook::Hook;
use std::fmt;

/// A named priority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Named {
    /// The word in the language.
    pub name: &'static str,
    /// What it stands for.
    pub value: i32,
    /// The hooks where it may be used; none listed means all.
    pub hooks: &'static [Hook],
}

const fn named(name: &'static str, value: i32, hooks: &'static [Hook]) -> Named {
    Named { name, value, hooks }
}

/// nft searches these from the start.
#[rustfmt::skip]
const INET: &[Named] = &[
    named("raw",      -300, &[]),
    named("mangle",   -150, &[]),
    named("dstnat",   -100, &[Hook::Prerouting, Hook::Output]),
    named("filter",      0, &[]),
    named("security",   50, &[]),
    named("srcnat",    100, &[Hook::Input, Hook::Postrouting]),
];

#[rustfmt::skip]
const BRIDGE: &[Named] = &[
    named("dstnat", -300, &[Hook::Prerouting]),
    named("filter", -200, &[]),
    named("out",     100, &[Hook::Output]),
    named("srcnat",  300, &[Hook::Postrouting]),
];

const OTHERS: &[Named] = &[named("filter", 0, &[])];

/// How far from a named priority another is still written by that name.
const REACH: i64 = 10;

/// The named priorities of a family.
#[must_use]
pub const fn of(family: Family) -> &'static [Named] {
    match family {
        Family::Inet | Family::Ip | Family::Ip6 => INET,
        Family::Bridge => BRIDGE,
        Family::Arp | Family::Netdev => OTHERS,
    }
}

/// The number that `name` stands for at that hook.
#[must_use]
pub fn by_name(family: Family, hook: Hook, name: &str) -> Option<i32> {
    of(family).iter().find(|row| row.name == name && row.is_allowed(hook)).map(|row| row.value)
}

/// Writes a priority as nft lists it: `filter`, `filter + 5`, `-42`.
///
/// # Errors
///
/// Those of `out`.
pub fn write(out: &mut impl fmt::Write, family: Family, hook: Hook, value: i32) -> fmt::Result {
    let near = of(family).iter().find(|row| (i64::from(value) - i64::from(row.value)).abs() <= REACH);
    match near.filter(|row| row.is_allowed(hook)) {
        Some(row) => match i64::from(value) - i64::from(row.value) {
            0 => out.write_str(row.name),
            offset if offset < 0 => write!(out, "{} - {}", row.name, -offset),
            offset => write!(out, "{} + {offset}", row.name),
        },
        None => write!(out, "{value}"),
    }
}

impl Named {
    /// Whether it may be used at that hook.
    #[must_use]
    pub fn is_allowed(&self, hook: Hook) -> bool {
        self.hooks.is_empty() || self.hooks.contains(&hook)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(family: Family, hook: Hook, value: i32, expected: &str) {
        let mut text = String::new();
        write(&mut text, family, hook, value).unwrap();
        assert_eq!(text, expected);
    }

    #[test]
    fn near_names() {
        check(Family::Ip, Hook::Input, 0, "filter");
        check(Family::Ip, Hook::Input, -10, "filter - 10");
        check(Family::Ip, Hook::Input, 11, "11");
        check(Family::Ip, Hook::Input, 60, "security + 10");
        check(Family::Ip, Hook::Input, -140, "mangle + 10");
        check(Family::Ip, Hook::Input, -100, "-100");
        check(Family::Inet, Hook::Prerouting, -105, "dstnat - 5");
        check(Family::Ip6, Hook::Postrouting, 100, "srcnat");
        check(Family::Ip6, Hook::Forward, 100, "100");
        check(Family::Bridge, Hook::Output, 100, "out");
        check(Family::Bridge, Hook::Forward, -200, "filter");
        check(Family::Netdev, Hook::Ingress, -300, "-300");
        check(Family::Ip, Hook::Input, i32::MIN, "-2147483648");
    }

    #[test]
    fn names_by_hook() {
        assert_eq!(by_name(Family::Ip, Hook::Prerouting, "dstnat"), Some(-100));
        assert_eq!(by_name(Family::Ip, Hook::Input, "dstnat"), None);
        assert_eq!(by_name(Family::Netdev, Hook::Ingress, "raw"), None);
    }
}
