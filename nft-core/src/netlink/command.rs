//! Commands to messages: one batch of everything that a list of commands says.

use std::collections::{HashMap, HashSet};

use rustix::io::Errno;

use super::Transport;
use super::batch::{Batch, Subject};
use super::known::{Held, Known};
use super::set::Waiting;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, Part};
use crate::message::{chain, flowtable, object, table};
use crate::model::{Chain, Command, Flowtable, Item, Object, ObjectType, Origin, Position, Ruleset, Scope, Table, Target};
use crate::name::{ChainName, DeviceName, FlowtableName};
use crate::schema::{Family, Hook};
use crate::uapi::netlink::{NLM_F_CREATE, NLM_F_EXCL};
use crate::uapi::nf_tables::{
    NFT_MSG_DELCHAIN, NFT_MSG_DELFLOWTABLE, NFT_MSG_DELOBJ, NFT_MSG_DELRULE, NFT_MSG_DELSET, NFT_MSG_DELSETELEM,
    NFT_MSG_DELTABLE, NFT_MSG_DESTROYCHAIN, NFT_MSG_DESTROYFLOWTABLE, NFT_MSG_DESTROYOBJ, NFT_MSG_DESTROYRULE,
    NFT_MSG_DESTROYSET, NFT_MSG_DESTROYSETELEM, NFT_MSG_DESTROYTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWOBJ,
    NFT_MSG_NEWSETELEM, NFT_MSG_NEWTABLE, NFTA_CHAIN_HANDLE, NFTA_CHAIN_NAME, NFTA_CHAIN_TABLE, NFTA_FLOWTABLE_HANDLE,
    NFTA_FLOWTABLE_NAME, NFTA_FLOWTABLE_TABLE, NFTA_OBJ_DATA, NFTA_OBJ_HANDLE, NFTA_OBJ_TABLE, NFTA_OBJ_TYPE, NFTA_RULE_CHAIN,
    NFTA_RULE_HANDLE, NFTA_RULE_TABLE, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_HANDLE, NFTA_SET_NAME,
    NFTA_SET_TABLE, NFTA_TABLE_HANDLE, NFTA_TABLE_NAME,
};
use crate::wire::{Text, Writer};

/// Makes a batch of commands.
pub(super) struct Builder<'a, T> {
    pub(super) batch: Batch,
    pub(super) known: Known<'a, T>,
    pub(super) environment: &'a dyn Environment,
    /// Number of the next anonymous set, block and rule in the batch.
    pub(super) next_set: u32,
    pub(super) next_block: u32,
    pub(super) next_rule: u32,
    /// Chains in which a command counts rules: what stands there when the next command is read. Like nft, rules that this batch
    /// deletes or flushes still count: the kernel takes them out at the end, and until then others can be placed beside them.
    pub(super) counted: HashMap<(Family, Text, Text), Vec<RuleAt>>,
    /// Sets that rules of this batch change.
    pub(super) changed: HashSet<(Family, Text, Text)>,
    /// How many commands change the elements of a set.
    pub(super) changes: HashMap<(Family, Text, Text), u32>,
    /// Changes of sets that are sent together with later ones.
    pub(super) waiting: Vec<Waiting>,
    pub(super) userdata: Vec<u8>,
}

/// A rule by its number: the kernel's, or that in the batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RuleAt {
    Handle(u64),
    Batch(u32),
}

/// How a thing is added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    /// What exists already is no error.
    Add,
    /// What exists already is one.
    Create,
}

impl Mode {
    pub(super) const fn flags(self) -> u16 {
        match self {
            Self::Add => NLM_F_CREATE,
            Self::Create => NLM_F_CREATE | NLM_F_EXCL,
        }
    }
}

/// Where a rule goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Placement {
    /// Behind all others.
    Last,
    /// Before all others.
    First,
    /// Behind that one.
    Behind(RuleAt, Option<u32>),
    /// Before that one.
    Before(RuleAt, Option<u32>),
    /// In place of that one.
    Instead(u64),
}

/// The messages that delete: those for which what is missing is an error, or those for which it is none.
struct Deletion {
    table: u8,
    chain: u8,
    rule: u8,
    set: u8,
    elements: u8,
    flowtable: u8,
    object: u8,
}

const DELETE: Deletion = Deletion {
    table: NFT_MSG_DELTABLE,
    chain: NFT_MSG_DELCHAIN,
    rule: NFT_MSG_DELRULE,
    set: NFT_MSG_DELSET,
    elements: NFT_MSG_DELSETELEM,
    flowtable: NFT_MSG_DELFLOWTABLE,
    object: NFT_MSG_DELOBJ,
};

const DESTROY: Deletion = Deletion {
    table: NFT_MSG_DESTROYTABLE,
    chain: NFT_MSG_DESTROYCHAIN,
    rule: NFT_MSG_DESTROYRULE,
    set: NFT_MSG_DESTROYSET,
    elements: NFT_MSG_DESTROYSETELEM,
    flowtable: NFT_MSG_DESTROYFLOWTABLE,
    object: NFT_MSG_DESTROYOBJ,
};

/// What a command is of, when that is no rule.
pub(super) const fn at(origin: Origin) -> Subject {
    Subject { origin, rule: None }
}

impl<'a, T: Transport> Builder<'a, T> {
    pub(super) fn new(batch: Batch, known: Known<'a, T>, environment: &'a dyn Environment) -> Self {
        Self {
            batch,
            known,
            environment,
            next_set: 1,
            next_block: 1,
            next_rule: 1,
            counted: HashMap::new(),
            changed: HashSet::new(),
            changes: HashMap::new(),
            waiting: Vec::new(),
            userdata: Vec::new(),
        }
    }

    /// All commands. What is wrong in one does not hide what is wrong in the next.
    pub(super) fn commands(&mut self, commands: &[Command]) -> Result<(), Error> {
        self.count_rules(commands)?;
        for command in commands {
            self.note_changes(command);
            self.count_changes(command);
        }
        let mut errors = Vec::new();
        for command in commands {
            errors.extend(self.command(command).err());
        }
        errors.extend(self.settle(None).err());
        if errors.is_empty() {
            return Ok(());
        }
        let first = errors.remove(0);
        Err(if errors.is_empty() { first } else { first.with_others(errors) })
    }

    /// Each table instead of what the kernel has under its name.
    pub(super) fn replace(&mut self, ruleset: &Ruleset, destroy: bool) -> Result<(), Error> {
        ruleset.check_push()?;
        for table in &ruleset.tables {
            if destroy {
                self.table_name(NFT_MSG_DESTROYTABLE, 0, table)?;
            } else {
                // Kernels before 6.3 cannot delete what may not be there: it is made first.
                self.table_name(NFT_MSG_NEWTABLE, NLM_F_CREATE, table)?;
                self.table_name(NFT_MSG_DELTABLE, 0, table)?;
            }
        }
        ruleset.tables.iter().for_each(|table| self.note_table(table));
        for table in &ruleset.tables {
            self.table(table, Mode::Add)?;
        }
        Ok(())
    }

    fn table_name(&mut self, message: u8, flags: u16, table: &Table) -> Result<(), Error> {
        self.batch.message(message, flags, table.family, at(table.origin), |writer| {
            writer.text(NFTA_TABLE_NAME, &table.name);
            Ok(())
        })
    }

    fn command(&mut self, command: &Command) -> Result<(), Error> {
        // What goes must not be changed afterwards.
        let ends = match command {
            Command::Delete(target) | Command::Destroy(target) => !matches!(target, Target::Elements(..)),
            Command::FlushRuleset(_) | Command::FlushSet(..) => true,
            _ => false,
        };
        if ends {
            self.settle(None)?;
        }
        self.batch.begin_command(written(command));
        match command {
            Command::Add(item) => self.add(item, Mode::Add),
            Command::Create(item) => self.add(item, Mode::Create),
            Command::Insert(Item::Rule(scope, chain, position, rule)) => {
                let placement = match self.position(scope, chain, *position, false)? {
                    None => Placement::First,
                    Some((rule, index)) => Placement::Before(rule, index),
                };
                self.rule(scope.family, &scope.table, chain, rule, placement)
            }
            Command::Insert(_) => Err(misuse("only rules can be inserted")),
            Command::Replace(scope, chain, handle, rule) => {
                self.rule(scope.family, &scope.table, chain, rule, Placement::Instead(*handle))
            }
            Command::Delete(target) => self.delete(target, &DELETE),
            Command::Destroy(target) => self.delete(target, &DESTROY),
            Command::FlushRuleset(family) => {
                self.known.forget_all();
                self.counted.values_mut().for_each(Vec::clear);
                let family = family.map_or(0, Family::number);
                self.batch.message_of(NFT_MSG_DELTABLE, 0, family, Subject::default(), |_| Ok(()))
            }
            Command::FlushTable(scope) => {
                self.scoped(NFT_MSG_DELRULE, 0, scope, |writer| writer.text(NFTA_RULE_TABLE, &scope.table))
            }
            Command::FlushChain(scope, chain) => self.scoped(NFT_MSG_DELRULE, 0, scope, |writer| {
                writer.text(NFTA_RULE_TABLE, &scope.table);
                writer.text(NFTA_RULE_CHAIN, chain);
            }),
            Command::FlushSet(scope, set) => {
                self.known.hold(scope.family, &scope.table, set, Held::default());
                self.scoped(NFT_MSG_DELSETELEM, 0, scope, |writer| {
                    writer.text(NFTA_SET_ELEM_LIST_SET, set);
                    writer.text(NFTA_SET_ELEM_LIST_TABLE, &scope.table);
                })
            }
            Command::RenameChain(scope, old, new) => {
                let handle = self
                    .known
                    .chain_handle(scope.family, &scope.table, old)
                    .map_err(|error| place(error, scope, "chain", old))?;
                self.scoped(NFT_MSG_NEWCHAIN, 0, scope, |writer| {
                    writer.text(NFTA_CHAIN_TABLE, &scope.table);
                    writer.text(NFTA_CHAIN_NAME, new);
                    writer.u64(NFTA_CHAIN_HANDLE, handle);
                })
            }
            Command::List(_) | Command::Reset(_) | Command::GetElement(..) | Command::Other(_) => {
                Err(misuse("a command that only lists is no part of a batch"))
            }
        }
    }

    fn add(&mut self, item: &Item, mode: Mode) -> Result<(), Error> {
        match item {
            Item::Table(table) => self.table(table, mode),
            Item::Chain(scope, chain) => {
                self.chain(scope.family, &scope.table, chain, mode)?;
                self.rules(scope.family, &scope.table, chain)
            }
            Item::Rule(scope, chain, position, rule) => {
                let placement = match self.position(scope, chain, *position, true)? {
                    None => Placement::Last,
                    Some((rule, index)) => Placement::Behind(rule, index),
                };
                self.rule(scope.family, &scope.table, chain, rule, placement)
            }
            Item::Set(scope, set) => self.set(scope.family, &scope.table, set, mode),
            Item::Elements(scope, set, elements) => self.elements(NFT_MSG_NEWSETELEM, mode.flags(), scope, set, elements),
            Item::Flowtable(scope, flowtable) => self.flowtable(scope.family, &scope.table, flowtable, mode),
            Item::Object(scope, object) => self.object(scope.family, &scope.table, object, mode),
        }
    }

    /// A table and what is in it: what is named before what names it.
    pub(super) fn table(&mut self, table: &Table, mode: Mode) -> Result<(), Error> {
        let Table { family, name, .. } = table;
        let flags = mode.flags();
        self.batch.message(NFT_MSG_NEWTABLE, flags, *family, at(table.origin), |writer| table::encode(table, writer))?;
        for set in &table.sets {
            self.known.declare(*family, name, set);
        }
        for chain in &table.chains {
            self.chain(*family, name, chain, Mode::Add)?;
        }
        for object in &table.objects {
            self.object(*family, name, object, Mode::Add)?;
        }
        for set in &table.sets {
            self.set(*family, name, set, Mode::Add)?;
        }
        for flowtable in &table.flowtables {
            self.flowtable(*family, name, flowtable, Mode::Add)?;
        }
        for chain in &table.chains {
            self.rules(*family, name, chain)?;
        }
        Ok(())
    }

    pub(super) fn chain(&mut self, family: Family, table: &str, chain: &Chain, mode: Mode) -> Result<(), Error> {
        if let Some(base) = &chain.base
            && base.hook.number(family).is_none()
        {
            let error = Error::source_text(format!("family {family} has no hook {}", base.hook));
            return Err(error.with_origin(chain.origin).within(|path| {
                path.table = Some(format!("{family} {table}"));
                path.item = Some(format!("chain {}", &*chain.name));
            }));
        }
        self.known.declare_chain(family, table, chain);
        let subject = at(chain.origin);
        self.batch
            .message(NFT_MSG_NEWCHAIN, mode.flags(), family, subject, |writer| chain::encode(table, family, chain, writer))
    }

    fn rules(&mut self, family: Family, table: &str, chain: &Chain) -> Result<(), Error> {
        let mut errors = Vec::new();
        for (index, rule) in chain.rules.iter().enumerate() {
            let added = self.rule_of(family, table, &chain.name, chain.base.as_ref(), rule, Some(index), Placement::Last);
            errors.extend(added.err());
        }
        if errors.is_empty() {
            return Ok(());
        }
        let first = errors.remove(0);
        Err(if errors.is_empty() { first } else { first.with_others(errors) })
    }

    fn object(&mut self, family: Family, table: &str, object: &Object, mode: Mode) -> Result<(), Error> {
        let subject = at(object.origin);
        self.batch.message(NFT_MSG_NEWOBJ, mode.flags(), family, subject, |writer| object::encode(table, object, writer))
    }

    fn flowtable(&mut self, family: Family, table: &str, flowtable: &Flowtable, mode: Mode) -> Result<(), Error> {
        let subject = at(flowtable.origin);
        self.batch.message(NFT_MSG_NEWFLOWTABLE, mode.flags(), family, subject, |writer| {
            flowtable::encode(table, flowtable, writer);
            Ok(())
        })
    }

    fn delete(&mut self, target: &Target, messages: &Deletion) -> Result<(), Error> {
        match target {
            Target::Table(scope) => {
                self.known.forget(scope.family, &scope.table);
                let of_table =
                    |(family, table, _): &(Family, Text, Text)| *family == scope.family && *table.as_str() == *scope.table;
                self.counted.iter_mut().filter(|(chain, _)| of_table(chain)).for_each(|(_, rules)| rules.clear());
                self.scoped(messages.table, 0, scope, |writer| writer.text(NFTA_TABLE_NAME, &scope.table))
            }
            Target::TableHandle(family, handle) => {
                self.batch.message(messages.table, 0, *family, Subject::default(), |writer| {
                    writer.u64(NFTA_TABLE_HANDLE, *handle);
                    Ok(())
                })
            }
            Target::Chain(scope, name) => {
                if let Some(rules) = self.counted.get_mut(&key(scope.family, &scope.table, name)) {
                    rules.clear();
                }
                self.scoped(messages.chain, 0, scope, |writer| {
                    writer.text(NFTA_CHAIN_TABLE, &scope.table);
                    writer.text(NFTA_CHAIN_NAME, name);
                })
            }
            Target::ChainDevices(scope, name, devices) => self.chain_devices(messages.chain, scope, name, devices),
            Target::ChainHandle(scope, handle) => self.scoped(messages.chain, 0, scope, |writer| {
                writer.text(NFTA_CHAIN_TABLE, &scope.table);
                writer.u64(NFTA_CHAIN_HANDLE, *handle);
            }),
            Target::Rule(scope, chain, handle) => self.scoped(messages.rule, 0, scope, |writer| {
                writer.text(NFTA_RULE_TABLE, &scope.table);
                writer.text(NFTA_RULE_CHAIN, chain);
                writer.u64(NFTA_RULE_HANDLE, *handle);
            }),
            Target::Set(scope, name) => {
                self.known.hold(scope.family, &scope.table, name, Held::default());
                self.scoped(messages.set, 0, scope, |writer| {
                    writer.text(NFTA_SET_TABLE, &scope.table);
                    writer.text(NFTA_SET_NAME, name);
                })
            }
            Target::SetHandle(scope, handle) => self.scoped(messages.set, 0, scope, |writer| {
                writer.text(NFTA_SET_TABLE, &scope.table);
                writer.u64(NFTA_SET_HANDLE, *handle);
            }),
            Target::Elements(scope, set, elements) => self.elements(messages.elements, 0, scope, set, elements),
            Target::Flowtable(scope, name) => self.scoped(messages.flowtable, 0, scope, |writer| {
                writer.text(NFTA_FLOWTABLE_TABLE, &scope.table);
                writer.text(NFTA_FLOWTABLE_NAME, name);
            }),
            Target::FlowtableDevices(scope, name, devices) => self.flowtable_devices(messages.flowtable, scope, name, devices),
            Target::FlowtableHandle(scope, handle) => self.scoped(messages.flowtable, 0, scope, |writer| {
                writer.text(NFTA_FLOWTABLE_TABLE, &scope.table);
                writer.u64(NFTA_FLOWTABLE_HANDLE, *handle);
            }),
            Target::Object(scope, ty, name) => self.object_name(messages.object, scope, *ty, name),
            Target::ObjectHandle(scope, ty, handle) => self.scoped(messages.object, 0, scope, |writer| {
                writer.text(NFTA_OBJ_TABLE, &scope.table);
                writer.u32(NFTA_OBJ_TYPE, ty.0);
                writer.u64(NFTA_OBJ_HANDLE, *handle);
            }),
        }
    }

    /// nft sends an empty data nest when it deletes an object.
    fn object_name(&mut self, message: u8, scope: &Scope, ty: ObjectType, name: &str) -> Result<(), Error> {
        self.scoped(message, 0, scope, |writer| {
            object::encode_name(&scope.table, ty, name, writer);
            writer.nest(NFTA_OBJ_DATA, |_| {});
        })
    }

    fn chain_devices(&mut self, message: u8, scope: &Scope, name: &ChainName, devices: &[DeviceName]) -> Result<(), Error> {
        let hook = self.known.chain_hook(scope.family, &scope.table, name).unwrap_or(Hook::Ingress);
        let subject = at(scope.origin);
        self.batch.message(message, 0, scope.family, subject, |writer| {
            writer.text(NFTA_CHAIN_TABLE, &scope.table);
            writer.text(NFTA_CHAIN_NAME, name);
            chain::encode_hook(scope.family, hook, devices, writer)
        })
    }

    fn flowtable_devices(
        &mut self,
        message: u8,
        scope: &Scope,
        name: &FlowtableName,
        devices: &[DeviceName],
    ) -> Result<(), Error> {
        self.scoped(message, 0, scope, |writer| {
            writer.text(NFTA_FLOWTABLE_TABLE, &scope.table);
            writer.text(NFTA_FLOWTABLE_NAME, name);
            flowtable::encode_hook(None, devices, writer);
        })
    }

    fn scoped(&mut self, message: u8, flags: u16, scope: &Scope, body: impl FnOnce(&mut Writer)) -> Result<(), Error> {
        self.batch.message(message, flags, scope.family, at(scope.origin), |writer| {
            body(writer);
            Ok(())
        })
    }

    /// Chains in which a command counts rules are read from the kernel first, and rules that are added there get numbers.
    fn count_rules(&mut self, commands: &[Command]) -> Result<(), Error> {
        for command in commands {
            if let Command::Add(Item::Rule(scope, chain, Some(Position::Index(_)), _))
            | Command::Create(Item::Rule(scope, chain, Some(Position::Index(_)), _))
            | Command::Insert(Item::Rule(scope, chain, Some(Position::Index(_)), _)) = command
            {
                let key = key(scope.family, &scope.table, chain);
                if !self.counted.contains_key(&key) {
                    let handles = self.known.rule_handles(scope.family, &scope.table, chain)?;
                    self.counted.insert(key, handles.into_iter().map(RuleAt::Handle).collect());
                }
            }
        }
        Ok(())
    }

    /// The rule behind or before which a rule goes.
    fn position(
        &self,
        scope: &Scope,
        chain: &ChainName,
        position: Option<Position>,
        behind: bool,
    ) -> Result<Option<(RuleAt, Option<u32>)>, Error> {
        let index = match position {
            None => return Ok(None),
            Some(Position::Handle(handle)) => return Ok(Some((RuleAt::Handle(handle), None))),
            Some(Position::Index(index)) => index,
        };
        let rules = self.counted.get(&key(scope.family, &scope.table, chain)).map_or(&[][..], Vec::as_slice);
        let found = usize::try_from(index).ok().and_then(|index| rules.get(index)).copied();
        let number = if behind { index.saturating_add(1) } else { index };
        match found {
            Some(rule) => Ok(Some((rule, Some(number)))),
            None => {
                let error = Error::source_text(format!("there is no rule with index {index}: the chain has {}", rules.len()));
                let error = error.with_errno(Errno::NOENT.raw_os_error()).within(|path| path.part = Some(Part::Handle));
                Err(place(error, scope, "chain", chain))
            }
        }
    }
}

/// Where a command was written; nothing of tables, whose parts know it themselves.
fn written(command: &Command) -> Origin {
    match command {
        Command::Add(item) | Command::Create(item) | Command::Insert(item) => match item {
            Item::Table(table) if table.chains.is_empty() && table.sets.is_empty() && table.objects.is_empty() => table.origin,
            Item::Table(_) => Origin::None,
            Item::Chain(scope, _)
            | Item::Rule(scope, ..)
            | Item::Set(scope, _)
            | Item::Elements(scope, ..)
            | Item::Flowtable(scope, _)
            | Item::Object(scope, _) => scope.origin,
        },
        Command::Replace(scope, ..)
        | Command::FlushTable(scope)
        | Command::FlushChain(scope, _)
        | Command::FlushSet(scope, _)
        | Command::RenameChain(scope, ..) => scope.origin,
        Command::Delete(target) | Command::Destroy(target) => match target {
            Target::TableHandle(..) => Origin::None,
            Target::Table(scope)
            | Target::Chain(scope, _)
            | Target::ChainDevices(scope, ..)
            | Target::ChainHandle(scope, _)
            | Target::Rule(scope, ..)
            | Target::Set(scope, _)
            | Target::SetHandle(scope, _)
            | Target::Elements(scope, ..)
            | Target::Flowtable(scope, _)
            | Target::FlowtableDevices(scope, ..)
            | Target::FlowtableHandle(scope, _)
            | Target::Object(scope, ..)
            | Target::ObjectHandle(scope, ..) => scope.origin,
        },
        Command::FlushRuleset(_) | Command::List(_) | Command::Reset(_) | Command::GetElement(..) | Command::Other(_) => {
            Origin::None
        }
    }
}

/// Whether that is the name.
pub(super) fn named(family: Family, table: &Text, item: &Text, name: &(Family, Text, Text)) -> bool {
    (family, table, item) == (name.0, &name.1, &name.2)
}

pub(super) fn key(family: Family, table: &str, chain: &str) -> (Family, Text, Text) {
    (family, Text::new(table), Text::new(chain))
}

fn misuse(text: &str) -> Error {
    Error::new(ErrorKind::Misuse, text)
}

/// Adds to an error what it is about.
pub(super) fn place(error: Error, scope: &Scope, kind: &str, name: &str) -> Error {
    error.with_origin(scope.origin).within(|path| {
        path.table.get_or_insert_with(|| format!("{} {}", scope.family, &*scope.table));
        path.item.get_or_insert_with(|| format!("{kind} {name}"));
        if path.key.is_none() && path.element.is_none() && path.part.is_none() {
            path.part = Some(Part::Item);
        }
    })
}
