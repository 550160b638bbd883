//! Rules to messages: each is compiled into the batch's buffer, so that memory grows by its bytes alone.

use super::Transport;
use super::batch::Subject;
use super::command::{Builder, Placement, RuleAt, key};
use crate::bytecode::{ChainRef, Instruction, Text};
use crate::error::{Error, ErrorKind};
use crate::evaluate::{self, Compiled};
use crate::message::chain;
use crate::message::rule::{self, RuleHead};
use crate::model::{BaseChain, JumpTarget, Opaque, Rule, Stmt, Verdict};
use crate::name::ChainName;
use crate::schema::Family;
use crate::uapi::netlink::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_REPLACE};
use crate::uapi::nf_tables::{NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFTA_LIST_ELEM};
use crate::wire::Field;

impl<T: Transport> Builder<'_, T> {
    /// A rule of a chain that is named by a command of its own.
    pub(super) fn rule(
        &mut self,
        family: Family,
        table: &str,
        chain: &ChainName,
        rule: &Rule,
        placement: Placement,
    ) -> Result<(), Error> {
        let base = self.known.base(family, table, chain).cloned();
        self.rule_of(family, table, chain, base.as_ref(), rule, None, placement)
    }

    /// A rule of a chain of which it is known how it is attached.
    #[expect(clippy::too_many_arguments, reason = "where a rule stands, and the rule")]
    pub(super) fn rule_of(
        &mut self,
        family: Family,
        table: &str,
        chain: &ChainName,
        base: Option<&BaseChain>,
        rule: &Rule,
        index: Option<usize>,
        placement: Placement,
    ) -> Result<(), Error> {
        let subject = Subject { origin: rule.origin, rule: index };
        self.compile(family, table, chain, base, rule, subject, placement).map_err(|error| {
            error.with_origin(rule.origin).within(|path| {
                path.table.get_or_insert_with(|| format!("{family} {table}"));
                path.item.get_or_insert_with(|| format!("chain {}", &**chain));
                path.rule = path.rule.or(index);
            })
        })
    }

    #[expect(clippy::too_many_arguments, reason = "where a rule stands, and the rule")]
    fn compile(
        &mut self,
        family: Family,
        table: &str,
        chain: &ChainName,
        base: Option<&BaseChain>,
        rule: &Rule,
        subject: Subject,
        placement: Placement,
    ) -> Result<(), Error> {
        let target = ChainRef::Name(Text::new(chain));
        if let Some(opaque) = as_received(rule)? {
            let program =
                |writer: &mut crate::wire::Writer| opaque.program.iter().for_each(|step| step.write(NFTA_LIST_ELEM, writer));
            return self.rule_message(family, table, &target, rule, Some(opaque), subject, placement, program);
        }
        let mut context = evaluate::Context::new(family, table, self.environment, &self.known);
        context.base = base;
        context.first_set = self.next_set;
        context.first_block = self.next_block;
        let compiled = evaluate::compile(rule, &context)?;
        self.compiled(family, table, &target, rule, &compiled, subject, placement)
    }

    #[expect(clippy::too_many_arguments, reason = "where a rule stands, and the rule")]
    fn compiled(
        &mut self,
        family: Family,
        table: &str,
        chain: &ChainRef,
        rule: &Rule,
        compiled: &Compiled<'_>,
        subject: Subject,
        placement: Placement,
    ) -> Result<(), Error> {
        for block in &compiled.blocks {
            self.next_block = self.next_block.max(block.id.saturating_add(1));
            self.batch.message(NFT_MSG_NEWCHAIN, NLM_F_CREATE, family, subject, |writer| {
                chain::encode_anonymous(table, block.id, writer);
                Ok(())
            })?;
        }
        for set in &compiled.sets {
            self.next_set = self.next_set.max(set.id.saturating_add(1));
            self.anonymous_set(family, table, set, subject)?;
        }
        for block in &compiled.blocks {
            for (rule, compiled) in &block.rules {
                let subject = Subject { origin: rule.origin, ..subject };
                self.compiled(family, table, &ChainRef::Id(block.id), rule, compiled, subject, Placement::Last)?;
            }
        }
        self.rule_message(family, table, chain, rule, None, subject, placement, |writer| compiled.program.encode(writer))
    }

    #[expect(clippy::too_many_arguments, reason = "where a rule stands, and the rule")]
    fn rule_message(
        &mut self,
        family: Family,
        table: &str,
        chain: &ChainRef,
        rule: &Rule,
        opaque: Option<&Opaque>,
        subject: Subject,
        placement: Placement,
        program: impl FnOnce(&mut crate::wire::Writer),
    ) -> Result<(), Error> {
        let counted = self.count(family, table, chain, placement);
        let head = RuleHead { id: counted, ..RuleHead::default() };
        let (flags, head) = match placement {
            Placement::Last => (NLM_F_CREATE | NLM_F_APPEND, head),
            Placement::First => (NLM_F_CREATE, head),
            Placement::Behind(at, _) => (NLM_F_CREATE | NLM_F_APPEND, next_to(head, at)),
            Placement::Before(at, _) => (NLM_F_CREATE, next_to(head, at)),
            Placement::Instead(handle) => (NLM_F_REPLACE, RuleHead { replaced: Some(handle), ..head }),
        };
        let Self { batch, userdata, .. } = self;
        batch.message(NFT_MSG_NEWRULE, flags, family, subject, |writer| {
            rule::userdata_of(rule, userdata)?;
            let unknown = rule.opaque.as_deref().map_or(&[][..], |received| &received.attributes);
            let compat = opaque.and_then(|opaque| opaque.compat.as_deref());
            rule::encode(table, chain, &RuleHead { userdata, compat, unknown, ..head }, writer, program);
            Ok(())
        })
    }

    /// Where rules of the chain are counted, gives the rule a number and puts it to its place.
    fn count(&mut self, family: Family, table: &str, chain: &ChainRef, placement: Placement) -> Option<u32> {
        let ChainRef::Name(name) = chain else { return None };
        if self.counted.is_empty() {
            return None;
        }
        let rules = self.counted.get_mut(&key(family, table, name))?;
        let id = self.next_rule;
        let index = match placement {
            Placement::Last => Some(rules.len()),
            Placement::First => Some(0),
            Placement::Behind(_, Some(index)) | Placement::Before(_, Some(index)) => usize::try_from(index).ok(),
            Placement::Behind(at, None) => rules.iter().position(|rule| *rule == at).map(|index| index + 1),
            Placement::Before(at, None) => rules.iter().position(|rule| *rule == at),
            Placement::Instead(handle) => {
                // The kernel gives the new rule a number of its own.
                let place = rules.iter_mut().find(|rule| **rule == RuleAt::Handle(handle))?;
                *place = RuleAt::Batch(id);
                self.next_rule = id.wrapping_add(1);
                return Some(id);
            }
        };
        let index = index.filter(|index| *index <= rules.len())?;
        rules.insert(index, RuleAt::Batch(id));
        self.next_rule = id.wrapping_add(1);
        Some(id)
    }
}

const fn next_to(head: RuleHead<'_>, at: RuleAt) -> RuleHead<'_> {
    match at {
        RuleAt::Handle(handle) => RuleHead { position: Some(handle), ..head },
        RuleAt::Batch(id) => RuleHead { position_id: Some(id), ..head },
    }
}

/// The rule as it was pulled, if something in it is unknown and nothing was changed.
fn as_received(rule: &Rule) -> Result<Option<&Opaque>, Error> {
    let Some(opaque) = rule.opaque.as_deref() else {
        return if has_opaque(&rule.stmts) {
            Err(Error::new(ErrorKind::Misuse, "a statement of a pulled rule cannot stand in another rule"))
        } else {
            Ok(None)
        };
    };
    if opaque.stmts != rule.stmts {
        return if has_opaque(&rule.stmts) {
            Err(Error::new(ErrorKind::Unsupported, "a rule with an unknown statement can only be kept as it is or deleted"))
        } else {
            Ok(None)
        };
    }
    if opaque.program.iter().any(Instruction::names_anonymous) {
        return if has_opaque(&rule.stmts) {
            Err(Error::new(ErrorKind::Unsupported, "a rule with an unknown statement and a set of its own cannot be made anew"))
        } else {
            Ok(None)
        };
    }
    Ok(Some(opaque))
}

fn has_opaque(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|stmt| match stmt {
        Stmt::Opaque(..) => true,
        Stmt::Verdict(Verdict::Jump(JumpTarget::Block(rules)) | Verdict::Goto(JumpTarget::Block(rules))) => {
            rules.iter().any(|rule| has_opaque(&rule.stmts))
        }
        _ => false,
    })
}
