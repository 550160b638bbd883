//! What is wrong with commands, as far as it can be told without a kernel.

use super::{Context, compile};
use crate::declarations::Declarations;
use crate::environment::Environment;
use crate::error::Error;
use crate::model::{Chain, Command, Item, Rule, Set};
use crate::schema::Family;
use crate::set::{self, Purpose, Shape, Target, WriteContext};
use crate::uapi::nf_tables::NFT_MSG_NEWSETELEM;
use crate::wire::{Header, Writer};

/// Everything that the compiler refuses in the rules, sets and maps that the commands add, in their order: what
/// [`ErrorKind::Source`](crate::ErrorKind::Source) stands for. Nothing is sent, and nothing of the result is kept.
#[must_use]
pub fn check(commands: &[Command], environment: &dyn Environment, declarations: &dyn Declarations) -> Vec<Error> {
    let mut check = Check { environment, declarations, found: Vec::new() };
    commands.iter().for_each(|command| check.command(command));
    check.found
}

struct Check<'a> {
    environment: &'a dyn Environment,
    declarations: &'a dyn Declarations,
    found: Vec<Error>,
}

impl Check<'_> {
    fn command(&mut self, command: &Command) {
        match command {
            Command::Add(item) | Command::Create(item) | Command::Insert(item) => self.item(item),
            Command::Replace(scope, _, _, rule) => self.rule(scope.family, &scope.table, None, rule),
            Command::Delete(_)
            | Command::Destroy(_)
            | Command::FlushRuleset(_)
            | Command::FlushTable(_)
            | Command::FlushChain(..)
            | Command::FlushSet(..)
            | Command::RenameChain(..)
            | Command::List(_)
            | Command::Reset(_)
            | Command::GetElement(..)
            | Command::Other(_) => {}
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Table(table) => {
                table.sets.iter().for_each(|set| self.set(table.family, set));
                table.chains.iter().for_each(|chain| self.chain(table.family, &table.name, chain));
            }
            Item::Chain(scope, chain) => self.chain(scope.family, &scope.table, chain),
            Item::Rule(scope, _, _, rule) => self.rule(scope.family, &scope.table, None, rule),
            Item::Set(scope, set) => self.set(scope.family, set),
            Item::Elements(..) | Item::Flowtable(..) | Item::Object(..) => {}
        }
    }

    fn chain(&mut self, family: Family, table: &str, chain: &Chain) {
        chain.rules.iter().for_each(|rule| self.rule(family, table, Some(chain), rule));
    }

    fn rule(&mut self, family: Family, table: &str, chain: Option<&Chain>, rule: &Rule) {
        let mut context = Context::new(family, table, self.environment, self.declarations);
        context.base = chain.and_then(|chain| chain.base.as_ref());
        self.found.extend(compile(rule, &context).err().map(|error| error.with_origin(rule.origin)));
    }

    fn set(&mut self, family: Family, set: &Set) {
        let shape = Shape::of(set, family);
        let written = set::head(set, family, 1).and_then(|head| {
            let target = Target { table: "", set: &set.name, id: Some(head.id) };
            let context = WriteContext { shape: &shape, auto_merge: set.auto_merge, environment: self.environment };
            let header = Header::nftables(NFT_MSG_NEWSETELEM, 0, family.number());
            set::write_elements(&set.elements, &context, Purpose::Fill, &target, &header, &mut Writer::new())
        });
        self.found.extend(written.err().map(|error| error.with_origin(set.origin)));
    }
}
