//! Flowtable blocks.

use nft_core::model::Flowtable;
use nft_core::name::FlowtableName;
use nft_core::schema::words::FLOWTABLE_FLAGS;

use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::set_literal::{name_at, once};
use super::table::Nested;
use crate::parse::{Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

impl Lower<'_> {
    /// A flowtable's block.
    pub(super) fn flowtable_block(&mut self, head: &Nested, reader: &mut Reader<'_>) -> Option<Flowtable> {
        let name = name_at(FlowtableName::new(head.name.clone()), head.span);
        let Some(name) = self.keep(name) else {
            self.skip_block(reader);
            return None;
        };
        let mut flowtable = Flowtable::new(name, 0);
        flowtable.priority = None;
        flowtable.origin = head.origin(self.source);
        while let Some(step) = self.step(reader) {
            if matches!(step, Step::Close(_)) {
                break;
            }
            let Some(node) = reader.node() else { continue };
            if !self.names(node) {
                let done = self.flowtable_clause(node, &mut flowtable);
                self.keep(done);
            }
        }
        Some(flowtable)
    }

    fn flowtable_clause(&mut self, node: Node<'_>, flowtable: &mut Flowtable) -> Lowered<()> {
        match node.kind() {
            K::FlowtableHook => {
                once(flowtable.priority.is_none(), node)?;
                let hook = expr::child(node, K::Word)?;
                if hook.text() != "ingress" {
                    return Err(Fault::unknown(hook.span(), "hook of a flowtable", hook.text(), ["ingress"]));
                }
                flowtable.priority = Some(self.priority(expr::child(node, K::Priority)?, None)?);
            }
            K::DeviceList => flowtable.devices.extend(self.devices(node)?),
            K::StmtCounter => flowtable.counter = true,
            K::Flags => {
                for word in node.all(K::Word) {
                    if FLOWTABLE_FLAGS.number(word.text()).is_none() {
                        let known = FLOWTABLE_FLAGS.all().map(|(name, _)| name);
                        return Err(Fault::unknown(word.span(), "flowtable flag", word.text(), known));
                    }
                    flowtable.offload = true;
                }
            }
            _ => return Err(Fault::new(node.span(), "this cannot stand in a flowtable")),
        }
        Ok(())
    }
}
