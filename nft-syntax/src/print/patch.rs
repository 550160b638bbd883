//! Patches as plans: what goes with `-`, what comes with `+`, what is changed in place with `~`.

use std::fmt::{self, Write};

use nft_core::diff::{Action, Operation, Patch, Thing};
use nft_core::name::TableName;
use nft_core::schema::Family;

use super::{Options, chain, elements, flowtable, object, rule, set, table};

/// Prints a patch as a plan, operation by operation, in the language of nft. State such as counters is left out.
///
/// ```text
///   table inet app
/// -     chain input: tcp dport 80 accept
/// +     set admins: { 10.0.0.7 }
/// ~     chain input: tcp dport { 22, 443 } accept # was: tcp dport 22 accept
/// ```
///
/// # Errors
///
/// If the writer fails.
pub fn patch(out: &mut impl Write, patch: &Patch, options: &Options<'_>) -> fmt::Result {
    let options = options.stateless();
    let mut last: Option<(Family, &TableName)> = None;
    for operation in patch {
        let table = (operation.family, &operation.table);
        let whole = matches!(operation.thing, Thing::Table(_));
        if !whole && last != Some(table) {
            writeln!(out, "  table {} {}", operation.family, operation.table)?;
        }
        last = (!whole).then_some(table);
        let mut text = String::new();
        self::operation(&mut text, operation, &options)?;
        for line in text.lines() {
            writeln!(out, "{} {line}", operation.action.sign())?;
        }
    }
    Ok(())
}

fn operation(out: &mut String, operation: &Operation, options: &Options<'_>) -> fmt::Result {
    let family = operation.family;
    let gone = operation.action == Action::Remove;
    match &operation.thing {
        Thing::Table(item) if gone => write!(out, "table {} {}", family, item.name),
        Thing::Table(item) => table(out, item, options),
        Thing::Chain(item) if gone => write!(out, "\tchain {}", item.name),
        Thing::Chain(item) => chain(out, item, family, options),
        Thing::ChainDevices(_, chain, devices) => {
            write!(out, "\tchain {chain}: devices {{ ")?;
            devices.iter().enumerate().try_for_each(|(at, device)| write!(out, "{}\"{device}\"", comma(at)))?;
            out.write_str(" }")
        }
        Thing::Rule(placed) => {
            write!(out, "\tchain {}: ", placed.chain)?;
            rule(out, &placed.rule, family, options)?;
            match operation.was.as_deref() {
                Some(Thing::Rule(was)) => {
                    let mut text = String::new();
                    rule(&mut text, &was.rule, family, options)?;
                    let lines: Vec<&str> = text.lines().map(str::trim).collect();
                    write!(out, " # was: {}", lines.join(" "))
                }
                Some(_) | None => Ok(()),
            }
        }
        Thing::Rules(chain, number) => write!(out, "\tchain {chain}: all {number} rules"),
        Thing::Set(item) if gone => write!(out, "\t{} {}", kind(item.is_map()), item.name),
        Thing::Set(item) => set(out, item, family, options),
        Thing::Elements(item, changed) => {
            write!(out, "\t{} {}: ", kind(item.is_map()), item.name)?;
            let mut text = String::new();
            elements(&mut text, item, changed, family, options)?;
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            out.write_str(&lines.join(" "))
        }
        Thing::Object(item) if gone => match item.kind.ty().name() {
            Some(ty) => write!(out, "\t{ty} {}", item.name),
            None => write!(out, "\tobject {}", item.name),
        },
        Thing::Object(item) => object(out, item, family, options),
        Thing::Flowtable(item) if gone => write!(out, "\tflowtable {}", item.name),
        Thing::Flowtable(item) => flowtable(out, item, family, options),
        Thing::FlowtableDevices(name, devices) => {
            write!(out, "\tflowtable {name}: devices {{ ")?;
            devices.iter().enumerate().try_for_each(|(at, device)| write!(out, "{}{device}", comma(at)))?;
            out.write_str(" }")
        }
        // Kinds that are newer than this printer.
        _ => write!(out, "\t{operation}"),
    }
}

const fn comma(at: usize) -> &'static str {
    if at == 0 { "" } else { ", " }
}

const fn kind(is_map: bool) -> &'static str {
    if is_map { "map" } else { "set" }
}

#[cfg(test)]
mod tests {
    use nft_core::NoEnvironment;

    use super::*;
    use crate::lower::ruleset;

    #[test]
    fn plan() {
        let from = ruleset(
            "table inet t { set s { type ipv4_addr; elements = { 1.1.1.1, 2.2.2.2 }; }
             chain b { counter; }
             chain c { type filter hook input priority 0; policy accept; tcp dport 22 accept; udp dport 53 jump b; }; }",
        );
        let to = ruleset(
            "table inet t { set s { type ipv4_addr; elements = { 1.1.1.1, 3.3.3.3 }; }
             chain c { type filter hook input priority 0; policy drop; tcp dport 23 accept; ip saddr @s drop; }; }
             table ip n { }",
        );
        let patch = from.unwrap().diff(&to.unwrap(), &NoEnvironment).unwrap();
        let mut text = String::new();
        self::patch(&mut text, &patch, &Options::default()).unwrap();
        let expected = "  table inet t
- \tchain b: all 1 rules
- \tchain c: udp dport 53 jump b
- \tset s: { 2.2.2.2 }
- \tchain b
~ \tchain c {
~ \t\ttype filter hook input priority filter; policy drop;
~ \t}
+ \tset s: { 3.3.3.3 }
~ \tchain c: tcp dport 23 accept # was: tcp dport 22 accept
+ \tchain c: ip saddr @s drop
+ table ip n {
+ }
";
        assert_eq!(text, expected);
        assert_eq!(patch.counts().rules, nft_core::diff::Tally { added: 1, removed: 2, altered: 1 });
    }
}
