//! Chain blocks.

use nft_core::Span;
use nft_core::model::{BaseChain, Chain, Policy};
use nft_core::name::{ChainName, DeviceName};
use nft_core::schema::words::CHAIN_FLAGS;

use super::attach;
use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::set_literal::{name_at, once};
use super::table::Nested;
use crate::include::Files;
use crate::parse::{Block, Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

/// What the clauses of a chain say besides its rules.
#[derive(Default)]
struct Clauses {
    base: Option<BaseChain>,
    policy: Option<(Policy, Span)>,
    offload: Option<Span>,
    devices: Option<(Vec<DeviceName>, Span)>,
}

impl Lower<'_> {
    /// A chain's block. `before` is the same chain of an earlier block.
    pub(super) fn chain_block(
        &mut self,
        head: &Nested,
        before: Option<Chain>,
        reader: &mut Reader<'_>,
        files: &mut dyn Files,
    ) -> Option<Chain> {
        let name = name_at(ChainName::new(head.name.clone()), head.span);
        let Some(name) = self.keep(name) else {
            self.skip_block(reader);
            return None;
        };
        let mut chain = before.unwrap_or_else(|| Chain::new(name));
        chain.origin = head.origin(self.source);
        let mut clauses = Clauses::default();
        self.chain_items(reader, files, &mut chain, &mut clauses);
        let finished = self.finish_chain(&mut chain, clauses);
        self.keep(finished);
        Some(chain)
    }

    fn chain_items(&mut self, reader: &mut Reader<'_>, files: &mut dyn Files, chain: &mut Chain, clauses: &mut Clauses) {
        while let Some(step) = self.step(reader) {
            if matches!(step, Step::Close(_)) {
                return;
            }
            let Some(node) = reader.node() else { continue };
            match node.kind() {
                K::Rule => {
                    if let Some(rule) = self.rule(node) {
                        chain.rules.push(rule);
                    }
                }
                K::Include => {
                    if let Some(path) = self.include_path(node) {
                        self.include(path, Block::Chain, files, &mut |lower, reader, files| {
                            lower.chain_items(reader, files, chain, clauses);
                        });
                    }
                }
                _ if self.names(node) => {}
                _ => {
                    let done = self.chain_clause(node, chain, clauses);
                    self.keep(done);
                }
            }
        }
    }

    fn chain_clause(&mut self, node: Node<'_>, chain: &mut Chain, clauses: &mut Clauses) -> Lowered<()> {
        match node.kind() {
            K::ChainType => {
                once(clauses.base.is_none(), node)?;
                clauses.base = Some(self.base_chain(node, clauses)?);
            }
            K::Policy => {
                once(clauses.policy.is_none(), node)?;
                let value = expr::required(node, node.first())?;
                let text = self.literal_text(value)?;
                let policy = match &*text {
                    "accept" => Policy::Accept,
                    "drop" => Policy::Drop,
                    _ => {
                        return Err(
                            Fault::new(value.span(), format!("invalid policy `{text}`")).help("it is `accept` or `drop`")
                        );
                    }
                };
                clauses.policy = Some((policy, node.span()));
            }
            K::Flags => {
                for word in node.all(K::Word) {
                    if CHAIN_FLAGS.number(word.text()).is_none() {
                        return Err(Fault::unknown(
                            word.span(),
                            "chain flag",
                            word.text(),
                            CHAIN_FLAGS.all().map(|(name, _)| name),
                        ));
                    }
                }
                clauses.offload = Some(node.span());
            }
            K::DeviceList => {
                let devices = self.devices(node)?;
                match &mut clauses.devices {
                    Some((all, _)) => all.extend(devices),
                    none => *none = Some((devices, node.span())),
                }
            }
            K::Comment => {
                once(chain.comment.is_none(), node)?;
                chain.comment = Some(self.comment(node)?);
            }
            _ => return Err(Fault::new(node.span(), "this cannot stand in a chain")),
        }
        Ok(())
    }

    /// `type filter hook input device "lo" priority filter`.
    fn base_chain(&mut self, node: Node<'_>, clauses: &mut Clauses) -> Lowered<BaseChain> {
        let mut words = node.all(K::Word);
        let (ty_node, hook_node) = (expr::required(node, words.next())?, expr::required(node, words.next())?);
        let ty = attach::chain_type(expr::word(ty_node))?;
        let hook = attach::hook(expr::word(hook_node), self.family)?;
        for child in node.children().filter(|child| matches!(child.kind(), K::Device | K::DeviceList)) {
            let devices = self.devices(child)?;
            match &mut clauses.devices {
                Some((all, _)) => all.extend(devices),
                none => *none = Some((devices, child.span())),
            }
        }
        let priority_node = expr::child(node, K::Priority)?;
        let priority = self.priority(priority_node, Some(hook))?;
        attach::check(self.family, (ty, ty_node.span()), (hook, hook_node.span()), (priority, priority_node.span()))?;
        Ok(BaseChain::new(ty, hook, priority))
    }

    fn finish_chain(&mut self, chain: &mut Chain, clauses: Clauses) -> Lowered<()> {
        if let Some(base) = clauses.base {
            chain.base = Some(base);
        }
        let Some(base) = &mut chain.base else {
            if let Some((policy, _)) = clauses.policy {
                chain.new_policy = Some(policy);
            }
            if let Some((devices, span)) = clauses.devices
                && !devices.is_empty()
            {
                // Those of a base chain that is there already.
                if self.family != nft_core::schema::Family::Netdev {
                    return Err(Fault::new(span, "only base chains have devices"));
                }
                chain.new_devices.extend(devices);
            }
            return Ok(());
        };
        let policy = clauses.policy.map(|(policy, _)| policy).or(chain.new_policy.take());
        base.policy = policy.or(base.policy);
        base.devices.append(&mut chain.new_devices);
        base.offload |= clauses.offload.is_some();
        if let Some((devices, span)) = clauses.devices {
            if !base.hook.takes_devices(self.family) {
                return Err(Fault::new(
                    span,
                    format!("chains at hook `{}` of the {} family cannot be bound to devices", base.hook, self.family),
                ));
            }
            base.devices.extend(devices);
        }
        Ok(())
    }

    /// `filter - 5`, `$priority`, `"filter - 5"`.
    pub(super) fn priority(&mut self, node: Node<'_>, hook: Option<nft_core::schema::Hook>) -> Lowered<i32> {
        let mut text = String::new();
        for child in node.children() {
            match child.kind() {
                K::Sign => text.push_str(child.text()),
                _ => text.push_str(&self.literal_text(child)?),
            }
            text.push(' ');
        }
        attach::priority(&text, node.span(), self.family, hook)
    }

    /// `device "lo"`, `devices = { lo, $x }`.
    pub(super) fn devices(&mut self, node: Node<'_>) -> Lowered<Vec<DeviceName>> {
        let mut words = Vec::new();
        for child in node.children() {
            match child.kind() {
                K::Set => self.set_words(child, &mut words)?,
                K::Variable => self.variable_words(child, &mut words)?,
                K::Literal | K::String => words.push(expr::literal_text(child).to_owned()),
                K::Expr => {
                    let mut operands = child.children();
                    match (operands.next(), operands.next()) {
                        (Some(only), None) if only.kind() == K::Variable => self.variable_words(only, &mut words)?,
                        (Some(only), None) if matches!(only.kind(), K::Literal | K::String) => {
                            words.push(expr::literal_text(only).to_owned());
                        }
                        _ => return Err(Fault::new(child.span(), "a device is expected here")),
                    }
                }
                _ => {}
            }
        }
        words.into_iter().map(|word| name_at(DeviceName::new(word), node.span())).collect()
    }
}
