//! Commands.

mod listing;

use nft_core::Span;
use nft_core::model::{Chain, Command, Item, ObjectType, Position, Scope, Set, SetFlags, Table, Target};
use nft_core::name::{ChainName, FlowtableName, ObjectName, SetName, TableName};

use super::context::Lower;
use super::expr::{self, number_of};
use super::fault::{Fault, Lowered};
use super::item::{self, Head, Verb};
use super::set_literal::name_at;
use super::table::Nested;
use super::variable::origin;
use crate::include::Files;
use crate::parse::{Block, Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

impl Lower<'_> {
    /// Everything at the top level of a text.
    pub(super) fn top(&mut self, reader: &mut Reader<'_>, files: &mut dyn Files, commands: &mut Vec<Command>) {
        while let Some(step) = self.step(reader) {
            match step {
                Step::Close(_) => {}
                Step::Open(block) => {
                    let head = match reader.node() {
                        Some(node) => expr::child(node, K::ObjectHead).and_then(|head| self.head(head)),
                        None => continue,
                    };
                    match self.keep(head) {
                        Some(head) => self.open(block, head, reader, files, commands),
                        None => self.skip_block(reader),
                    }
                }
                Step::Item => {
                    let Some(node) = reader.node() else { continue };
                    if self.names(node) {
                        continue;
                    }
                    if node.kind() == K::Include {
                        if let Some(path) = self.include_path(node) {
                            self.include(path, Block::Top, files, &mut |lower, reader, files| {
                                lower.top(reader, files, commands)
                            });
                        }
                        continue;
                    }
                    let lowered = self.command(node);
                    commands.extend(self.keep(lowered).flatten());
                }
            }
        }
    }

    /// Sets that the same text declares and whose elements its rules change become dynamic, as with nft.
    pub(super) fn mark_dynamic(&self, commands: &mut [Command]) {
        if self.dynamic.is_empty() {
            return;
        }
        let mark = |family, table: &TableName, set: &mut Set| {
            if self.dynamic.contains(&(family, table.as_str().into(), set.name.clone())) {
                set.flags |= SetFlags::DYNAMIC;
            }
        };
        for command in commands {
            let (Command::Add(item) | Command::Create(item)) = command else { continue };
            match item {
                Item::Table(table) => {
                    let (family, name) = (table.family, table.name.clone());
                    table.sets.iter_mut().for_each(|set| mark(family, &name, set));
                }
                Item::Set(scope, set) => mark(scope.family, &scope.table, set),
                _ => {}
            }
        }
    }

    /// A command with a block.
    fn open(&mut self, block: Block, head: Head, reader: &mut Reader<'_>, files: &mut dyn Files, commands: &mut Vec<Command>) {
        self.enter_table(head.scope.family, &head.scope.table);
        if block == Block::Table {
            let mut table = Table::new(head.scope.family, head.scope.table.clone());
            table.origin = head.scope.origin;
            // If some of it could not be read, the rest is still checked.
            let table = self.table_block(reader, files, table);
            let done = adding(&head, Item::Table(Box::new(table)));
            commands.extend(self.keep(done));
            return;
        }
        let named =
            head.required_name().map(|(name, span)| Nested { object: head.object.to_string(), name: name.into(), span });
        let Some(named) = self.keep(named) else { return self.skip_block(reader) };
        let entered = self.scopes.enter().map_err(|error| Fault::new(head.span, error.to_string()));
        self.keep(entered);
        let failed = self.diagnostics.len();
        let scope = head.scope.clone();
        let command = match block {
            Block::Chain => self.chain_block(&named, None, reader, files).map(|chain| {
                if matches!(head.verb, Verb::Delete | Verb::Destroy) {
                    without_devices(&head, chain)
                } else {
                    adding(&head, Item::Chain(scope, Box::new(chain)))
                }
            }),
            Block::Set | Block::Map => self.set_block(&named, block, reader, files).map(|set| {
                self.declared.declare_set(scope.family, &scope.table, &set);
                adding(&head, Item::Set(scope, Box::new(set)))
            }),
            Block::Flowtable => self.flowtable_block(&named, reader).map(|flowtable| {
                if matches!(head.verb, Verb::Delete | Verb::Destroy) {
                    deleting(&head, Target::FlowtableDevices(scope, flowtable.name, flowtable.devices))
                } else {
                    adding(&head, Item::Flowtable(scope, Box::new(flowtable)))
                }
            }),
            _ => self.object_block(&named, block, reader).map(|object| adding(&head, Item::Object(scope, Box::new(object)))),
        };
        self.scopes.leave();
        // If some of the block could not be read, the rest is still checked, and what follows from the gap is not told.
        let whole = self.diagnostics.len() == failed;
        commands.extend(command.and_then(|command| if whole { self.keep(command) } else { command.ok() }));
    }

    /// A command without a block.
    fn command(&mut self, node: Node<'_>) -> Lowered<Option<Command>> {
        if let Some(head) = node.child(K::RuleHead) {
            return self.rule_command(node, head);
        }
        if let Some(words) = node.child(K::CommandWords) {
            return self.listing(words).map(Some);
        }
        let mut head = self.head(expr::child(node, K::ObjectHead)?)?;
        head.scope.origin = origin(self.source, node.span());
        self.enter_table(head.scope.family, &head.scope.table);
        if &*head.object == "element" {
            return self.element_command(node, &head).map(Some);
        }
        match head.verb {
            Verb::Delete | Verb::Destroy => {
                let target = deleted(&head)?;
                deleting(&head, target).map(Some)
            }
            _ => {
                let item = self.added(node, &head)?;
                adding(&head, item).map(Some)
            }
        }
    }

    /// `add table ip t`, `add chain ip t c`, `add counter ip t x`.
    fn added(&mut self, node: Node<'_>, head: &Head) -> Lowered<Item> {
        let scope = head.scope.clone();
        if &*head.object == "table" {
            let mut table = Table::new(scope.family, scope.table);
            table.origin = scope.origin;
            return Ok(Item::Table(Box::new(table)));
        }
        let (name, span) = head.required_name()?;
        if &*head.object == "chain" {
            let mut chain = Chain::new(name_at(ChainName::new(name), span)?);
            chain.origin = scope.origin;
            return Ok(Item::Chain(scope, Box::new(chain)));
        }
        let block = match &*head.object {
            "counter" => Block::Counter,
            "quota" => Block::Quota,
            "limit" => Block::Limit,
            "secmark" => Block::Secmark,
            "synproxy" => Block::Synproxy,
            other => {
                return Err(Fault::new(Span::new(head.span.end, head.span.end), format!("a {other} needs a block"))
                    .help("write what it is between `{` and `}`"));
            }
        };
        let body = node.children().find(|child| {
            matches!(child.kind(), K::CounterBody | K::QuotaBody | K::LimitBody | K::SecmarkBody | K::SynproxyBody)
        });
        let nested = Nested { object: head.object.to_string(), name: name.into(), span };
        Ok(Item::Object(scope, Box::new(self.object_inline(&nested, block, body)?)))
    }

    /// `add element ip t s { … }` and the like.
    fn element_command(&mut self, node: Node<'_>, head: &Head) -> Lowered<Command> {
        let (name, span) = head.required_name()?;
        let body = expr::child(node, K::ElementBody)?;
        let whole = expr::child(node, K::ObjectHead)?;
        let name_node = whole.all(K::Name).nth(1).unwrap_or(whole);
        let (_, set) = self.set_named(name_node, name_node)?;
        let name = name_at(SetName::new(name), span)?;
        let scope = head.scope.clone();
        Ok(match head.verb {
            Verb::Add | Verb::Insert | Verb::Replace => {
                Command::Add(Item::Elements(scope, name, self.element_body(body, &set)?))
            }
            Verb::Create => Command::Create(Item::Elements(scope, name, self.element_body(body, &set)?)),
            Verb::Delete => Command::Delete(Target::Elements(scope, name, self.element_keys(body, &set)?)),
            Verb::Destroy => Command::Destroy(Target::Elements(scope, name, self.element_keys(body, &set)?)),
            Verb::Get => Command::GetElement(scope, name, self.element_keys(body, &set)?),
            Verb::Reset => Command::Reset(nft_core::model::ListTarget::Elements(scope, name, self.element_keys(body, &set)?)),
        })
    }

    /// `add rule ip t c …`, `insert rule …`, `replace rule … handle 5 …`, `delete rule … handle 5`.
    fn rule_command(&mut self, node: Node<'_>, head: Node<'_>) -> Lowered<Option<Command>> {
        let rule = node.child(K::Rule);
        let verb = item::verb(head.child(K::RuleVerb));
        let mut names = head.all(K::Name);
        let (table, chain) = (expr::required(head, names.next())?, expr::required(head, names.next())?);
        let family = item::family(head.child(K::Family));
        let mut scope = Scope::new(family, name_at(TableName::new(table.text()), table.span())?);
        scope.origin = origin(self.source, node.span());
        let chain = name_at(ChainName::new(chain.text()), chain.span())?;
        self.enter_table(family, &scope.table);
        let handle = match head.child(K::Handle).or_else(|| head.child(K::Position)) {
            Some(node) => Some(number_of(expr::child(node, K::Number)?)?.0),
            None => None,
        };
        let index = match head.child(K::IndexNumber) {
            Some(node) => Some(u32::try_from(self.number(node, u64::from(u32::MAX))?).unwrap_or(u32::MAX)),
            None => None,
        };
        let needs_handle = || {
            let place = match (head.child(K::IndexNumber), rule) {
                (Some(index), _) => Span::new(index.span().start, index.span().start + 5),
                (None, Some(rule)) => rule.first().map_or(rule.span(), |stmt| stmt.first().unwrap_or(stmt).span()),
                (None, None) => Span::new(head.span().end, head.span().end),
            };
            Fault::new(place, "the rule is named by its handle: `handle N`")
        };
        if matches!(verb, Verb::Delete | Verb::Destroy) {
            let target = Target::Rule(scope, chain, handle.ok_or_else(needs_handle)?);
            return Ok(Some(if verb == Verb::Delete { Command::Delete(target) } else { Command::Destroy(target) }));
        }
        let Some(rule) = self.rule(expr::required(head, rule)?) else { return Ok(None) };
        let rule = Box::new(rule);
        let position = handle.map(Position::Handle).or(index.map(Position::Index));
        Ok(Some(match verb {
            Verb::Insert => Command::Insert(Item::Rule(scope, chain, position, rule)),
            Verb::Replace => Command::Replace(scope, chain, handle.ok_or_else(needs_handle)?, rule),
            Verb::Create => return Err(Fault::new(head.span(), "rules are added or inserted, not created")),
            _ => Command::Add(Item::Rule(scope, chain, position, rule)),
        }))
    }
}

/// `add` or `create`.
fn adding(head: &Head, item: Item) -> Lowered<Command> {
    match head.verb {
        Verb::Add => Ok(Command::Add(item)),
        Verb::Create => Ok(Command::Create(item)),
        _ => Err(Fault::new(head.span, "this command takes no block")),
    }
}

/// `delete` or `destroy`.
fn deleting(head: &Head, target: Target) -> Lowered<Command> {
    match head.verb {
        Verb::Delete => Ok(Command::Delete(target)),
        Verb::Destroy => Ok(Command::Destroy(target)),
        _ => Err(Fault::new(head.span, "this command takes no block")),
    }
}

fn without_devices(head: &Head, chain: Chain) -> Lowered<Command> {
    if head.verb == Verb::Destroy {
        return Err(Fault::new(head.span, "this command takes no block"));
    }
    let devices = chain.base.map_or(chain.new_devices, |base| base.devices);
    if devices.is_empty() {
        // Like nft: what else the block says does not count.
        return deleting(head, Target::Chain(head.scope.clone(), chain.name));
    }
    deleting(head, Target::ChainDevices(head.scope.clone(), chain.name, devices))
}

/// What a `delete` names.
fn deleted(head: &Head) -> Lowered<Target> {
    let scope = head.scope.clone();
    if &*head.object == "table" {
        return Ok(match head.handle {
            Some(handle) => Target::TableHandle(scope.family, handle),
            None => Target::Table(scope),
        });
    }
    if let (Some(handle), None) = (head.handle, &head.name) {
        return Ok(match &*head.object {
            "chain" => Target::ChainHandle(scope, handle),
            "set" | "map" => Target::SetHandle(scope, handle),
            "flowtable" => Target::FlowtableHandle(scope, handle),
            other => Target::ObjectHandle(scope, object_type(other, head)?, handle),
        });
    }
    let (name, span) = head.required_name()?;
    Ok(match &*head.object {
        "chain" => Target::Chain(scope, name_at(ChainName::new(name), span)?),
        "set" | "map" => Target::Set(scope, name_at(SetName::new(name), span)?),
        "flowtable" => Target::Flowtable(scope, name_at(FlowtableName::new(name), span)?),
        other => Target::Object(scope, object_type(other, head)?, name_at(ObjectName::new(name), span)?),
    })
}

fn object_type(name: &str, head: &Head) -> Lowered<ObjectType> {
    ObjectType::by_name(name).ok_or_else(|| Fault::new(head.span, format!("unknown object `{name}`")))
}
