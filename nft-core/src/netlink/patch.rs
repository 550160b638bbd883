//! Patches to messages.

use std::rc::Rc;

use super::Transport;
use super::batch::Subject;
use super::command::{Builder, Mode, Placement, RuleAt, at};
use super::known::Held;
use crate::diff::{Action, Operation, Patch, PlacedRule, Thing};
use crate::error::{Error, ErrorKind};
use crate::message::{chain, flowtable, object, table};
use crate::model::{Elements, Set};
use crate::name::ChainName;
use crate::schema::Family;
use crate::set::{self, Purpose, Shape, Target, WriteContext};
use crate::uapi::netlink::NLM_F_CREATE;
use crate::uapi::nf_tables::{
    NFT_MSG_DELCHAIN, NFT_MSG_DELFLOWTABLE, NFT_MSG_DELOBJ, NFT_MSG_DELRULE, NFT_MSG_DELSET, NFT_MSG_DELSETELEM,
    NFT_MSG_DELTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWOBJ, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM,
    NFT_MSG_NEWTABLE, NFTA_CHAIN_NAME, NFTA_CHAIN_TABLE, NFTA_FLOWTABLE_NAME, NFTA_FLOWTABLE_TABLE, NFTA_OBJ_DATA,
    NFTA_RULE_CHAIN, NFTA_RULE_HANDLE, NFTA_RULE_TABLE, NFTA_SET_NAME, NFTA_SET_TABLE, NFTA_TABLE_NAME,
};

impl<T: Transport> Builder<'_, T> {
    /// Everything that a patch does, in its order.
    pub(super) fn patch(&mut self, patch: &Patch) -> Result<(), Error> {
        for ((family, table), context) in &patch.contexts {
            let heads = context.sets.iter().map(|(name, head)| (name.clone(), Rc::new(head.clone())));
            self.known.declare_all(*family, table, heads.collect());
        }
        // Tables that are new bring their own declarations.
        for operation in patch {
            if let (Action::Add, Thing::Table(table)) = (operation.action, &operation.thing) {
                self.note_table(table);
            }
        }
        let mut errors = Vec::new();
        for operation in patch {
            errors.extend(self.operation(operation, patch).err());
        }
        if errors.is_empty() {
            return Ok(());
        }
        let first = errors.remove(0);
        Err(if errors.is_empty() { first } else { first.with_others(errors) })
    }

    fn operation(&mut self, operation: &Operation, patch: &Patch) -> Result<(), Error> {
        let Operation { action, family, table, thing, .. } = operation;
        let (family, name): (Family, &str) = (*family, table);
        match (thing, action) {
            (Thing::Table(table), Action::Add) => {
                self.known.forget(family, name);
                self.table(table, Mode::Create)
            }
            (Thing::Table(_), Action::Remove) => self.delete_named(NFT_MSG_DELTABLE, family, (NFTA_TABLE_NAME, name), None),
            (Thing::Table(table), Action::Alter) => {
                self.batch
                    .message(NFT_MSG_NEWTABLE, NLM_F_CREATE, family, at(table.origin), |writer| table::encode(table, writer))
            }
            (Thing::Chain(chain), Action::Remove) => {
                self.delete_named(NFT_MSG_DELCHAIN, family, (NFTA_CHAIN_TABLE, name), Some((NFTA_CHAIN_NAME, &chain.name)))
            }
            (Thing::Chain(chain), Action::Add | Action::Alter) => {
                let mut chain = chain.clone();
                // Devices come and go by themselves.
                if let (Action::Alter, Some(base)) = (action, &mut chain.base) {
                    base.devices.clear();
                }
                self.chain(family, name, &chain, Mode::Add)
            }
            (Thing::ChainDevices(base, chain, devices), action) => {
                let message = if *action == Action::Remove { NFT_MSG_DELCHAIN } else { NFT_MSG_NEWCHAIN };
                let flags = if *action == Action::Remove { 0 } else { NLM_F_CREATE };
                self.batch.message(message, flags, family, Subject::default(), |writer| {
                    writer.text(NFTA_CHAIN_TABLE, name);
                    writer.text(NFTA_CHAIN_NAME, chain);
                    if *action != Action::Remove {
                        writer.text(crate::uapi::nf_tables::NFTA_CHAIN_TYPE, base.ty.name());
                    }
                    chain::encode_devices_of(family, base, *action != Action::Remove, devices, writer)
                })
            }
            (Thing::Rule(placed), action) => self.placed_rule(*action, family, name, placed, patch),
            (Thing::Rules(chain, _), _) => {
                self.delete_named(NFT_MSG_DELRULE, family, (NFTA_RULE_TABLE, name), Some((NFTA_RULE_CHAIN, chain)))
            }
            (Thing::Set(set), Action::Remove) => {
                self.delete_named(NFT_MSG_DELSET, family, (NFTA_SET_TABLE, name), Some((NFTA_SET_NAME, &set.name)))
            }
            (Thing::Set(set), Action::Add) => {
                // The kernel may still have another set of that name.
                self.known.hold(family, name, &set.name, Held::default());
                self.set(family, name, set, Mode::Create)
            }
            (Thing::Set(set), Action::Alter) => {
                let head = set::head(set, family, self.next_set)?;
                self.next_set = self.next_set.wrapping_add(1);
                self.batch.message(NFT_MSG_NEWSET, NLM_F_CREATE, family, at(set.origin), |writer| {
                    head.encode(name, writer);
                    Ok(())
                })
            }
            (Thing::Elements(set, elements), action) => self.changed_elements(*action, family, name, set, elements),
            (Thing::Object(object), Action::Remove) => {
                self.batch.message(NFT_MSG_DELOBJ, 0, family, Subject::default(), |writer| {
                    object::encode_name(name, object.kind.ty(), &object.name, writer);
                    writer.nest(NFTA_OBJ_DATA, |_| {});
                    Ok(())
                })
            }
            (Thing::Object(object), Action::Add | Action::Alter) => {
                let subject = at(object.origin);
                self.batch.message(NFT_MSG_NEWOBJ, NLM_F_CREATE, family, subject, |writer| object::encode(name, object, writer))
            }
            (Thing::Flowtable(flowtable), Action::Remove) => {
                let named = (NFTA_FLOWTABLE_NAME, flowtable.name.as_str());
                self.delete_named(NFT_MSG_DELFLOWTABLE, family, (NFTA_FLOWTABLE_TABLE, name), Some(named))
            }
            (Thing::Flowtable(flowtable), Action::Add | Action::Alter) => {
                let subject = at(flowtable.origin);
                self.batch.message(NFT_MSG_NEWFLOWTABLE, NLM_F_CREATE, family, subject, |writer| {
                    flowtable::encode(name, flowtable, writer);
                    Ok(())
                })
            }
            (Thing::FlowtableDevices(flowtable, devices), _) => {
                self.batch.message(NFT_MSG_DELFLOWTABLE, 0, family, Subject::default(), |writer| {
                    writer.text(NFTA_FLOWTABLE_TABLE, name);
                    writer.text(NFTA_FLOWTABLE_NAME, flowtable);
                    flowtable::encode_hook(None, devices, writer);
                    Ok(())
                })
            }
        }
    }

    fn placed_rule(
        &mut self,
        action: Action,
        family: Family,
        table: &str,
        placed: &PlacedRule,
        patch: &Patch,
    ) -> Result<(), Error> {
        let PlacedRule { chain, index, rule, handle, before } = placed;
        if (action != Action::Add && *handle == 0) || *before == Some(0) {
            return Err(no_handle(family, table, chain, *index));
        }
        let placement = match (action, before) {
            (Action::Remove, _) => {
                return self.batch.message(NFT_MSG_DELRULE, 0, family, Subject::default(), |writer| {
                    writer.text(NFTA_RULE_TABLE, table);
                    writer.text(NFTA_RULE_CHAIN, chain);
                    writer.u64(NFTA_RULE_HANDLE, *handle);
                    Ok(())
                });
            }
            (Action::Alter, _) => Placement::Instead(*handle),
            (Action::Add, None) => Placement::Last,
            (Action::Add, Some(before)) => Placement::Before(RuleAt::Handle(*before), None),
        };
        let context = patch.contexts.get(&(family, crate::wire::Text::new(table)));
        let base = context.and_then(|context| context.bases.get(&crate::wire::Text::new(chain)));
        self.rule_of(family, table, chain, base, rule, Some(*index), placement)
    }

    fn changed_elements(
        &mut self,
        action: Action,
        family: Family,
        table: &str,
        set: &Set,
        elements: &Elements,
    ) -> Result<(), Error> {
        let shape = Shape::of(set, family);
        let target = Target { table, set: &set.name, id: None };
        let (message, flags) = match action {
            Action::Remove => (NFT_MSG_DELSETELEM, 0),
            Action::Add | Action::Alter => (NFT_MSG_NEWSETELEM, NLM_F_CREATE),
        };
        let Self { batch, environment, .. } = self;
        // Ranges were merged before.
        let context = WriteContext { shape: &shape, auto_merge: false, environment: *environment };
        batch
            .messages(message, flags, family, at(set.origin), |header, writer| {
                set::write_elements(elements, &context, Purpose::Change, &target, header, writer)
            })
            .map_err(|error| {
                error.with_origin(set.origin).within(|path| {
                    path.table.get_or_insert_with(|| format!("{family} {table}"));
                    path.item.get_or_insert_with(|| format!("set {}", &*set.name));
                })
            })
    }

    fn delete_named(
        &mut self,
        message: u8,
        family: Family,
        table: (u16, &str),
        item: Option<(u16, &str)>,
    ) -> Result<(), Error> {
        self.batch.message(message, 0, family, Subject::default(), |writer| {
            writer.text(table.0, table.1);
            if let Some((attribute, name)) = item {
                writer.text(attribute, name);
            }
            Ok(())
        })
    }
}

fn no_handle(family: Family, table: &str, chain: &ChainName, index: usize) -> Error {
    let error = Error::new(ErrorKind::Misuse, "the patch does not know the kernel's number of the rule");
    error.with_help("compare with a ruleset that was pulled").within(|path| {
        path.table = Some(format!("{family} {table}"));
        path.item = Some(format!("chain {}", &**chain));
        path.rule = Some(index);
    })
}
