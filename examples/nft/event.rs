//! Events as `nft monitor` prints them: commands, one on a line.

use std::fmt::{self, Write};

use nft::model::{BaseChain, Policy, Set, Table, TableFlags};
use nft::netlink::{Deleted, Entity, Event, How, Place, UnknownEvent};
use nft::schema::{Family, priority};
use nft::syntax::print;

/// Prints an event; a line with its end.
pub(crate) fn print(out: &mut impl Write, event: &Event, options: &print::Options<'_>) -> fmt::Result {
    match event {
        Event::Added(how, entity) => {
            out.write_str(match how {
                How::Create => "create ",
                How::Insert => "insert ",
                _ => "add ",
            })?;
            added(out, entity, options)?;
        }
        Event::Deleted(what) => {
            out.write_str("delete ")?;
            deleted(out, what, options)?;
        }
        Event::Unknown(UnknownEvent { message, .. }) => write!(out, "# message {message} is not known")?,
        _ => return Ok(()),
    }
    out.write_char('\n')
}

fn handle(out: &mut impl Write, handle: Option<u64>, options: &print::Options<'_>) -> fmt::Result {
    match handle {
        Some(handle) if options.handles => write!(out, " # handle {handle}"),
        _ => Ok(()),
    }
}

fn added(out: &mut impl Write, entity: &Entity, options: &print::Options<'_>) -> fmt::Result {
    match entity {
        Entity::Table(table) => self::table(out, table, options),
        Entity::Chain(scope, chain) => {
            write!(out, "chain {} {} {}", scope.family, scope.table, chain.name)?;
            if let Some(base) = &chain.base {
                base_chain(out, base, scope.family, options)?;
            }
            handle(out, chain.handle, options)
        }
        Entity::Rule(scope, chain, place, rule) => {
            write!(out, "rule {} {} {chain} ", scope.family, scope.table)?;
            if let Place::Behind(handle) = place {
                write!(out, "handle {handle} ")?;
            }
            print::rule(out, rule, scope.family, options)?;
            handle(out, rule.handle, options)
        }
        Entity::Set(scope, set) => {
            let place = format!("{} {}", scope.family, scope.table);
            // How many elements there are is nothing that was declared.
            let mut set = (**set).clone();
            set.count = None;
            block(out, &place, &shown(|text| print::set(text, &set, scope.family, options))?, Ends::Semicolon)
        }
        Entity::Elements(scope, set) => elements(out, scope.family, &scope.table, set, options),
        Entity::Object(scope, object) => {
            let place = format!("{} {}", scope.family, scope.table);
            let ends = match object.kind.ty().name() {
                Some(name) if name.starts_with("ct ") => Ends::SemicolonButComment,
                Some("synproxy") => Ends::SemicolonLast,
                _ => Ends::Blank,
            };
            block(out, &place, &shown(|text| print::object(text, object, scope.family, options))?, ends)
        }
        Entity::Flowtable(scope, flowtable) => {
            let place = format!("{} {}", scope.family, scope.table);
            block(out, &place, &shown(|text| print::flowtable(text, flowtable, scope.family, options))?, Ends::Semicolon)
        }
        _ => Ok(()),
    }
}

fn table(out: &mut impl Write, table: &Table, options: &print::Options<'_>) -> fmt::Result {
    write!(out, "table {} {}", table.family, table.name)?;
    // nft names the other flags only in listings.
    if table.flags.contains(TableFlags::DORMANT) {
        out.write_str(" { flags dormant; }")?;
    }
    handle(out, table.handle, options)
}

fn base_chain(out: &mut impl Write, base: &BaseChain, family: Family, options: &print::Options<'_>) -> fmt::Result {
    write!(out, " {{ type {} hook {} ", base.ty, base.hook)?;
    if !base.devices.is_empty() {
        let mut devices: Vec<_> = base.devices.iter().collect();
        devices.sort_unstable();
        out.write_str("devices = { ")?;
        for (index, device) in devices.into_iter().enumerate() {
            write!(out, "{}\"{device}\"", if index > 0 { ", " } else { "" })?;
        }
        out.write_str(" } ")?;
    }
    out.write_str("priority ")?;
    if options.numeric_priority || options.style.numeric {
        write!(out, "{}", base.priority)?;
    } else {
        priority::write(out, family, base.hook, base.priority)?;
    }
    write!(out, "; policy {}; }}", base.policy.unwrap_or(Policy::Accept).name())
}

fn elements(out: &mut impl Write, family: Family, table: &str, set: &Set, options: &print::Options<'_>) -> fmt::Result {
    write!(out, "element {family} {table} {} ", set.name)?;
    print::elements(out, set, &set.elements, family, options)
}

/// What stands behind a clause.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Ends {
    Semicolon,
    SemicolonButComment,
    SemicolonLast,
    Blank,
}

fn shown(print: impl FnOnce(&mut String) -> fmt::Result) -> Result<String, fmt::Error> {
    let mut text = String::new();
    print(&mut text)?;
    Ok(text)
}

/// A declaration of several lines on one; the table stands behind the first word, or the first two.
fn block(out: &mut impl Write, table: &str, text: &str, ends: Ends) -> fmt::Result {
    let mut lines = text.lines().map(str::trim);
    let head = lines.next().unwrap_or_default();
    let name_at = head.split(" {").next().unwrap_or_default().rfind(' ').unwrap_or(0);
    let (kind, name) = head.split_at(name_at);
    write!(out, "{kind} {table}{name} ")?;
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        let semicolon = match ends {
            Ends::Blank => false,
            Ends::Semicolon => line != "}",
            Ends::SemicolonButComment => line != "}" && !line.starts_with("comment "),
            Ends::SemicolonLast => lines.peek() == Some(&"}"),
        };
        write!(out, "{line}{}", if semicolon { "; " } else { " " })?;
    }
    Ok(())
}

fn deleted(out: &mut impl Write, what: &Deleted, options: &print::Options<'_>) -> fmt::Result {
    match what {
        Deleted::Table(family, name, number) => {
            write!(out, "table {family} {name}")?;
            handle(out, *number, options)
        }
        Deleted::Chain(scope, name, _) => write!(out, "chain {} {} {name}", scope.family, scope.table),
        Deleted::ChainDevices(scope, name, devices) => {
            write!(out, "chain {} {} {name} ", scope.family, scope.table)?;
            self::devices(out, devices)
        }
        Deleted::Rule(scope, chain, rule) => {
            write!(out, "rule {} {} {chain} handle {}", scope.family, scope.table, rule.handle.unwrap_or_default())
        }
        Deleted::Set(scope, name, _) => write!(out, "set {} {} {name}", scope.family, scope.table),
        Deleted::Elements(scope, set) => elements(out, scope.family, &scope.table, set, options),
        Deleted::Flowtable(scope, name, _) => write!(out, "flowtable {} {} {name}", scope.family, scope.table),
        Deleted::FlowtableDevices(scope, name, devices) => {
            write!(out, "flowtable {} {} {name} ", scope.family, scope.table)?;
            self::devices(out, devices)
        }
        Deleted::Object(scope, ty, name, _) => {
            write!(out, "{} {} {} {name}", ty.name().unwrap_or("object"), scope.family, scope.table)
        }
        _ => Ok(()),
    }
}

fn devices(out: &mut impl Write, devices: &[nft::name::DeviceName]) -> fmt::Result {
    out.write_str("{ devices = { ")?;
    for (index, device) in devices.iter().enumerate() {
        write!(out, "{}{device}", if index > 0 { ", " } else { "" })?;
    }
    out.write_str(" }; }")
}
