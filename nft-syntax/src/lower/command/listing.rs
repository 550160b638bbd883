//! `list`, `reset`, `flush`, `rename` and the commands that only programs carry out.

use nft_core::Span;
use nft_core::model::{Command, ListTarget, ObjectType, Scope, SetFlags};
use nft_core::name::{ChainName, DeviceName, FlowtableName, ObjectName, SetName, TableName};
use nft_core::schema::Family;
use nft_core::schema::words::OBJECT_TYPES;

use crate::lower::context::Lower;
use crate::lower::fault::{Fault, Lowered};
use crate::lower::number;
use crate::lower::selector::Word;
use crate::lower::set_literal::name_at;
use crate::lower::variable::origin;
use crate::tree::{Node, SyntaxKind as K};

/// Words of a command, taken one by one.
struct Words<'t> {
    rest: std::vec::IntoIter<Word<'t>>,
    /// The whole command.
    span: Span,
    end: Span,
    source: u32,
    /// The word that says what is meant, and the one that was taken last.
    object: Option<Word<'t>>,
    last: Option<Word<'t>>,
}

impl<'t> Words<'t> {
    fn peek(&self) -> Option<Word<'t>> {
        self.rest.as_slice().first().copied()
    }

    fn next(&mut self) -> Option<Word<'t>> {
        let word = self.rest.next()?;
        self.last = Some(word);
        Some(word)
    }

    /// Takes the word if it is that one.
    fn take(&mut self, text: &str) -> bool {
        let is = self.peek().is_some_and(|word| word.text == text);
        if is {
            self.next();
        }
        is
    }

    fn required(&mut self, what: &str) -> Lowered<Word<'t>> {
        self.next().ok_or_else(|| Fault::new(self.end, format!("the {what} is missing")))
    }

    fn family(&mut self) -> Option<Family> {
        let family = Family::by_name(self.peek()?.text)?;
        self.next();
        Some(family)
    }

    fn scope(&mut self) -> Lowered<Scope> {
        let family = self.family().unwrap_or_default();
        let table = self.required("table")?;
        let mut scope = Scope::new(family, name_at(TableName::new(table.text), table.span)?);
        scope.origin = origin(self.source, self.span);
        Ok(scope)
    }

    fn chain(&mut self) -> Lowered<ChainName> {
        let word = self.required("chain")?;
        name_at(ChainName::new(word.text), word.span)
    }

    fn set(&mut self) -> Lowered<SetName> {
        let word = self.required("set")?;
        name_at(SetName::new(word.text), word.span)
    }

    /// `[family]`, `table [family] T` or `[family] T`.
    fn filter(&mut self) -> Lowered<(Option<Family>, Option<TableName>)> {
        let has_table = self.take("table");
        let family = self.family();
        let table = match self.next() {
            Some(word) => Some(name_at(TableName::new(word.text), word.span)?),
            None if has_table => return Err(Fault::new(self.end, "the table is missing")),
            None => None,
        };
        // A table without a family is one of `ip`.
        Ok((family.or(table.as_ref().map(|_| Family::Ip)), table))
    }

    fn handle(&mut self) -> Lowered<u64> {
        if !self.take("handle") {
            return Err(Fault::new(self.end, "`handle N` is missing"));
        }
        let word = self.required("handle")?;
        number::parse(word.text).ok_or_else(|| Fault::new(word.span, format!("`{}` is no number", word.text)))
    }

    fn finish(&mut self) -> Lowered<()> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err(Fault::new(word.span, format!("unexpected `{}`", word.text))),
        }
    }
}

impl Lower<'_> {
    /// A command that is a row of words.
    pub(super) fn listing(&mut self, node: Node<'_>) -> Lowered<Command> {
        let all: Vec<_> = node.children().map(|child| Word::new(super::expr::literal_text(child), child.span())).collect();
        let end = Span::new(node.span().end, node.span().end);
        let mut words = Words { rest: all.into_iter(), span: node.span(), end, source: self.source, object: None, last: None };
        let verb = words.required("command")?;
        words.object = words.peek();
        let command = match verb.text {
            "list" => {
                let target = list_target(&mut words)?;
                self.check_kind(&words, &target)?;
                Command::List(target)
            }
            "reset" => {
                let target = reset_target(&mut words)?;
                self.check_kind(&words, &target)?;
                Command::Reset(target)
            }
            "flush" => {
                let command = flush(&mut words)?;
                if let Command::FlushSet(scope, name) = &command {
                    self.check_set_kind(&words, scope, name)?;
                }
                command
            }
            "rename" => {
                let object = words.required("object")?;
                if object.text != "chain" {
                    return Err(Fault::new(object.span, format!("unexpected `{}`: only chains are renamed", object.text)));
                }
                Command::RenameChain(words.scope()?, words.chain()?, words.chain()?)
            }
            // Lists with an element list are `get` and `reset element`, read elsewhere.
            _ if node.child(K::Elements).is_some() => return Err(Fault::new(node.span(), "unexpected list")),
            _ => return Ok(Command::Other(node.text().into())),
        };
        words.finish()?;
        Ok(command)
    }
}

impl Lower<'_> {
    fn check_kind(&self, words: &Words<'_>, target: &ListTarget) -> Lowered<()> {
        match target {
            ListTarget::Set(scope, name) => self.check_set_kind(words, scope, name),
            _ => Ok(()),
        }
    }

    /// Refuses a map by the word `set`, a set by the word `map`, and a `meter` that no rule fills. What is not there at all is the
    /// kernel's to refuse.
    fn check_set_kind(&self, words: &Words<'_>, scope: &Scope, name: &SetName) -> Lowered<()> {
        let (Some(object), Some(last)) = (words.object, words.last) else { return Ok(()) };
        let Some(head) = self.declared.set(scope.family, &scope.table, name) else { return Ok(()) };
        let is_map = head.data.is_some();
        let is_meter = head.flags.contains(SetFlags::DYNAMIC);
        let fits = match object.text {
            "set" => !is_map,
            "map" => is_map,
            "meter" => is_meter,
            _ => true,
        };
        if fits {
            return Ok(());
        }
        let kind = if is_map { "map" } else { "set" };
        let fault = Fault::new(last.span, format!("no such file or directory: {} `{name}`", object.text));
        Err(fault.help(format!("it is a {kind}")))
    }
}

fn list_target(words: &mut Words<'_>) -> Lowered<ListTarget> {
    let object = words.required("object")?;
    Ok(match object.text {
        "ruleset" => ListTarget::Ruleset(words.family()),
        "tables" => ListTarget::Tables(words.family()),
        "table" => ListTarget::Table(words.scope()?),
        "chains" => {
            let (family, table) = words.filter()?;
            ListTarget::Chains(family, table)
        }
        "chain" => ListTarget::Chain(words.scope()?, words.chain()?),
        "sets" => {
            let (family, table) = words.filter()?;
            ListTarget::Sets(family, table)
        }
        "maps" => {
            let (family, table) = words.filter()?;
            ListTarget::Maps(family, table)
        }
        "meters" => {
            let (family, table) = words.filter()?;
            ListTarget::Meters(family, table)
        }
        "set" | "map" | "meter" => ListTarget::Set(words.scope()?, words.set()?),
        "flowtables" => {
            let (family, table) = words.filter()?;
            ListTarget::Flowtables(family, table)
        }
        "flowtable" => flowtable(words)?,
        "flow" if words.take("tables") => {
            let (family, table) = words.filter()?;
            ListTarget::Flowtables(family, table)
        }
        "flow" if words.take("table") => flowtable(words)?,
        "hooks" => {
            let family = words.family();
            let device = match words.take("device") {
                true => {
                    let word = words.required("device")?;
                    Some(name_at(DeviceName::new(word.text), word.span)?)
                }
                false => None,
            };
            ListTarget::Hooks(family, device)
        }
        "rules" => rules(words)?,
        _ => objects(object, words)?,
    })
}

fn reset_target(words: &mut Words<'_>) -> Lowered<ListTarget> {
    let object = words.required("object")?;
    Ok(match object.text {
        "rules" => rules(words)?,
        "rule" => {
            let (scope, chain) = (words.scope()?, words.chain()?);
            ListTarget::Rule(scope, chain, words.handle()?)
        }
        "set" | "map" => ListTarget::Set(words.scope()?, words.set()?),
        "counter" | "counters" | "quota" | "quotas" => objects(object, words)?,
        other => {
            return Err(Fault::unknown(
                object.span,
                "object to reset",
                other,
                ["rules", "rule", "set", "map", "element", "counter", "counters", "quota", "quotas"],
            ));
        }
    })
}

fn flowtable(words: &mut Words<'_>) -> Lowered<ListTarget> {
    let scope = words.scope()?;
    let word = words.required("flowtable")?;
    Ok(ListTarget::Flowtable(scope, name_at(FlowtableName::new(word.text), word.span)?))
}

/// `rules`, `rules table T`, `rules chain T C`.
fn rules(words: &mut Words<'_>) -> Lowered<ListTarget> {
    if words.take("ruleset") {
        return Ok(ListTarget::Rules(words.family(), None, None));
    }
    if words.take("chain") {
        let scope = words.scope()?;
        return Ok(ListTarget::Rules(Some(scope.family), Some(scope.table), Some(words.chain()?)));
    }
    let (family, table) = words.filter_then_chain()?;
    let chain = match words.peek() {
        Some(_) if table.is_some() => Some(words.chain()?),
        _ => None,
    };
    Ok(ListTarget::Rules(family, table, chain))
}

impl Words<'_> {
    fn filter_then_chain(&mut self) -> Lowered<(Option<Family>, Option<TableName>)> {
        self.filter()
    }
}

/// `counters`, `counter ip t x`, `ct helper ip t x`.
fn objects(first: Word<'_>, words: &mut Words<'_>) -> Lowered<ListTarget> {
    let (name, span) = match first.text {
        "ct" => {
            let second = words.required("object")?;
            (format!("ct {}", second.text), first.span.to(second.span))
        }
        text => (text.to_owned(), first.span),
    };
    if let Some(ty) = ObjectType::by_name(&name) {
        // `list ct timeout table ip t` is a plural.
        if words.take("table") {
            let scope = words.scope()?;
            return Ok(ListTarget::Objects(ty, Some(scope.family), Some(scope.table)));
        }
        let scope = words.scope()?;
        let word = words.required("name")?;
        return Ok(ListTarget::Object(scope, ty, name_at(ObjectName::new(word.text), word.span)?));
    }
    match name.strip_suffix('s').and_then(ObjectType::by_name) {
        Some(ty) => {
            let (family, table) = words.filter()?;
            Ok(ListTarget::Objects(ty, family, table))
        }
        None => Err(Fault::unknown(span, "object", &name, OBJECT_TYPES.all().map(|(name, _)| name))),
    }
}

fn flush(words: &mut Words<'_>) -> Lowered<Command> {
    let object = words.required("object")?;
    Ok(match object.text {
        "ruleset" => Command::FlushRuleset(words.family()),
        "table" => Command::FlushTable(words.scope()?),
        "chain" => Command::FlushChain(words.scope()?, words.chain()?),
        "set" | "map" | "meter" => Command::FlushSet(words.scope()?, words.set()?),
        other => {
            let known = ["ruleset", "table", "chain", "set", "map", "meter"];
            return Err(Fault::unknown(object.span, "object to flush", other, known));
        }
    })
}
