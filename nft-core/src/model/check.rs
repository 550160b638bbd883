//! Checks of the pipeline API: what the kernel or nft would refuse is refused where it is added.

use super::{BaseChain, Chain, Element, Expr, JumpTarget, KeyField, KeyType, MapData, Rule, Set, Stmt, Table, Verdict};
use crate::schema::hook::NAT_PRIORITY_FLOOR;
use crate::schema::{ChainType, Family, Hook, nearest};
use crate::{Error, ErrorKind};

/// Bytes of a comment: the kernel's userdata holds no more.
const COMMENT_LIMIT: usize = 128;

/// Bytes of a key or of data: sixteen registers.
const KEY_LIMIT: u32 = 64;

pub(super) fn misuse(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Misuse, message)
}

pub(super) fn comment(comment: Option<&str>) -> Result<(), Error> {
    match comment {
        Some(text) if text.len() > COMMENT_LIMIT => {
            Err(misuse(format!("a comment of {} bytes is longer than {COMMENT_LIMIT}", text.len())))
        }
        comment => quotes(comment),
    }
}

/// What a listing could not show: it would go on as other text.
pub(super) fn quotes(comment: Option<&str>) -> Result<(), Error> {
    match comment {
        Some(text) if text.contains('"') => Err(misuse("a comment cannot contain quotes")),
        Some(text) if text.contains('\0') => Err(misuse("a comment cannot contain a zero byte")),
        Some(_) | None => Ok(()),
    }
}

/// Whether a base chain may stand in a table of that family.
pub(super) fn base_chain(base: &BaseChain, family: Family) -> Result<(), Error> {
    let (ty, hook) = (base.ty, base.hook);
    if hook.number(family).is_none() {
        let hooks: Vec<_> = Hook::of(family).iter().map(|(hook, _)| hook.name()).collect();
        let help = format!("it has {}", hooks.join(", "));
        return Err(misuse(format!("family {} has no hook {hook}", family.name())).with_help(help));
    }
    if !ty.is_allowed(family, hook) {
        return Err(misuse(format!("a chain of type {ty} cannot be at hook {hook} in family {}", family.name())));
    }
    if ty == ChainType::Nat && base.priority <= NAT_PRIORITY_FLOOR {
        let help = "connection tracking has to run first";
        return Err(misuse(format!("a nat chain needs a priority above {NAT_PRIORITY_FLOOR}")).with_help(help));
    }
    if !base.devices.is_empty() && !hook.takes_devices(family) {
        return Err(misuse(format!("a chain at hook {hook} in family {} cannot be bound to a device", family.name())));
    }
    if let Some(device) = duplicate(base.devices.iter().map(|device| device.as_str())) {
        return Err(misuse(format!("device {device} stands twice")));
    }
    Ok(())
}

pub(super) fn duplicate<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

pub(super) fn chain(chain: &Chain, family: Family) -> Result<(), Error> {
    comment(chain.comment.as_deref())?;
    if let Some(base) = &chain.base {
        base_chain(base, family)?;
    }
    if let Some(tag) = duplicate(chain.rules.iter().filter_map(|rule| rule.tag.as_deref())) {
        return Err(misuse(format!("two rules have the tag `{tag}`")));
    }
    chain
        .rules
        .iter()
        .enumerate()
        .try_for_each(|(index, item)| rule(item).map_err(|error| error.within(|path| path.rule = Some(index))))
}

pub(super) fn rule(rule: &Rule) -> Result<(), Error> {
    comment(rule.comment.as_deref())?;
    if rule.stmts.is_empty() {
        return Err(misuse("a rule needs a statement"));
    }
    let terminal = rule.stmts.iter().position(Stmt::is_terminal);
    if let Some(index) = terminal.filter(|index| index + 1 < rule.stmts.len()) {
        let error = misuse("a statement behind a terminal one has no effect");
        return Err(error.within(|path| path.stmt = Some(index + 1)));
    }
    for block in rule.stmts.iter().filter_map(block) {
        if block.iter().flat_map(|rule| &rule.stmts).any(|stmt| self::block(stmt).is_some()) {
            return Err(misuse("an anonymous chain cannot stand in another"));
        }
        block.iter().try_for_each(self::rule)?;
    }
    Ok(())
}

/// The rules of an anonymous chain.
fn block(stmt: &Stmt) -> Option<&[Rule]> {
    match stmt {
        Stmt::Verdict(verdict) => match verdict.target()? {
            JumpTarget::Block(rules) => Some(rules),
            JumpTarget::Chain(_) => None,
        },
        _ => None,
    }
}

pub(super) fn set(set: &Set, family: Family) -> Result<(), Error> {
    comment(set.comment.as_deref())?;
    key_type(&set.key, family, "key")?;
    if let Some(MapData::Value { ty, .. }) = &set.data {
        key_type(ty, family, "data")?;
    }
    if set.auto_merge && set.is_map() {
        return Err(misuse("auto-merge is for sets, not for maps"));
    }
    if set.auto_merge && !set.is_interval() {
        return Err(misuse("auto-merge needs the interval flag"));
    }
    Ok(())
}

fn key_type(ty: &KeyType, family: Family, what: &str) -> Result<(), Error> {
    let fields = ty.fields_in(family);
    let parts = match ty {
        KeyType::Types(types) => types.len(),
        KeyType::Typeof(expr) => match &**expr {
            Expr::Concat(parts) => parts.len(),
            _ => 1,
        },
        KeyType::Sized(..) => 1,
    };
    if fields.is_empty() || fields.len() != parts {
        return Err(misuse(format!("the {what} has no type")));
    }
    if let Some(field) = fields.iter().find(|field| field.bits == 0) {
        let error = misuse(format!("type {} has no width of its own", field.ty));
        return Err(error.with_help("give an expression instead: typeof"));
    }
    let bytes: u32 = fields.iter().map(|field| field.bytes().next_multiple_of(4)).sum();
    if bytes > KEY_LIMIT {
        return Err(misuse(format!("a {what} of {bytes} bytes is wider than {KEY_LIMIT}")));
    }
    Ok(())
}

/// Whether an element fits a set.
pub(super) fn element(set: &Set, element: &Element, family: Family) -> Result<(), Error> {
    comment(element.comment.as_deref())?;
    if let Some(key) = &element.key {
        expr(key, &set.key.fields_in(family), set.is_interval(), "key")?;
    }
    match (&set.data, &element.data) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(misuse("an element of a set has no data")),
        (Some(_), None) => Err(misuse("an element of a map needs data")),
        (Some(MapData::Verdict), Some(Expr::Verdict(_))) => Ok(()),
        (Some(MapData::Verdict), Some(_)) => Err(misuse("the data of a verdict map are verdicts")),
        (Some(MapData::Value { ty, interval }), Some(data)) => expr(data, &ty.fields_in(family), *interval, "data"),
        (Some(MapData::Object(_) | MapData::Queue), Some(_)) => Ok(()),
    }
}

/// Whether an expression is made of constants of these types.
fn expr(expr: &Expr, fields: &[KeyField], ranges: bool, what: &str) -> Result<(), Error> {
    let parts = match expr {
        Expr::Concat(parts) => parts,
        single => std::slice::from_ref(single),
    };
    if parts.len() != fields.len() {
        return Err(misuse(format!("the {what} has {} parts, not {}", fields.len(), parts.len())));
    }
    for (part, field) in parts.iter().zip(fields) {
        let (low, high) = match part {
            Expr::Range(ends) => (&ends.0, Some(&ends.1)),
            Expr::Prefix(inner, _) => (&**inner, None),
            part => (part, None),
        };
        for value in [Some(low), high].into_iter().flatten().filter_map(Expr::as_value) {
            if value.ty != field.ty && value.ty.root() != field.ty {
                return Err(misuse(format!("the {what} is of type {}, not {}", field.ty, value.ty)));
            }
            if value.as_int().is_some_and(|number| field.bits < 128 && number >> field.bits != 0) {
                return Err(misuse(format!("a value is too large for {}", field.ty)));
            }
        }
        if matches!(part, Expr::Range(_) | Expr::Prefix(..)) && !ranges {
            return Err(misuse(format!("ranges in the {what} need the interval flag")));
        }
    }
    Ok(())
}

/// Whether every chain that a table's rules and maps jump to is there, and no base chain.
pub(super) fn jumps(table: &Table) -> Result<(), Error> {
    let check = |verdict: &Verdict| -> Result<(), Error> {
        let Some(JumpTarget::Chain(name)) = verdict.target() else { return Ok(()) };
        match table.chain(name) {
            Some(chain) if chain.base.is_some() => Err(misuse(format!("chain {name} is a base chain: nothing can jump to it"))),
            Some(_) => Ok(()),
            None => {
                let error = misuse(format!("chain {name} does not exist"));
                Err(match nearest(name, table.chains.iter().map(|chain| chain.name.as_str())) {
                    Some(near) => error.with_help(format!("did you mean `{near}`?")),
                    None => error,
                })
            }
        }
    };
    for set in &table.sets {
        for element in set.elements.others() {
            if let Some(Expr::Verdict(verdict)) = &element.data {
                check(verdict).map_err(|error| error.within(|path| path.item = Some(format!("map {}", set.name))))?;
            }
        }
    }
    for chain in &table.chains {
        for (index, rule) in chain.rules.iter().enumerate() {
            rule_jumps(rule, &check).map_err(|error| {
                error.within(|path| (path.item, path.rule) = (Some(format!("chain {}", chain.name)), Some(index)))
            })?;
        }
    }
    Ok(())
}

fn rule_jumps(rule: &Rule, check: &impl Fn(&Verdict) -> Result<(), Error>) -> Result<(), Error> {
    for stmt in &rule.stmts {
        match stmt {
            Stmt::Verdict(verdict) => check(verdict)?,
            Stmt::Vmap(vmap) => {
                let Expr::Set(elements) = &vmap.map else { continue };
                for element in elements {
                    if let Some(Expr::Verdict(verdict)) = &element.data {
                        check(verdict)?;
                    }
                }
            }
            _ => {}
        }
        if let Some(rules) = block(stmt) {
            rules.iter().try_for_each(|rule| rule_jumps(rule, check))?;
        }
    }
    Ok(())
}
