//! The way of packets through the rules, step by step.

use crate::error::Error;
use crate::message::packet::PacketMessage;
use crate::model::{JumpTarget, Policy, Rule, Ruleset, Stmt, Table, Verdict};
use crate::name::{ChainName, TableName};
use crate::schema::Family;
use crate::set;
use crate::uapi::nf_tables::{NFT_TRACETYPE_POLICY, NFT_TRACETYPE_RETURN, NFT_TRACETYPE_RULE};
use crate::wire::{Attributes, Message};

/// A step of a packet that a rule marked with `meta nftrace set 1`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceEvent {
    /// The same for all steps of one packet in one hook.
    pub id: u32,
    /// What kind of step it is.
    pub step: Step,
    /// Family of the table.
    pub family: Option<Family>,
    /// The table.
    pub table: TableName,
    /// The chain.
    pub chain: ChainName,
    /// Handle of the rule, where there is one.
    pub rule_handle: Option<u64>,
    /// What was decided. A rule without a verdict that holds says `continue`.
    pub verdict: Option<Verdict>,
    /// The base chain's policy, where that decides.
    pub policy: Option<Policy>,
    /// `NFPROTO_*` of the packet.
    pub protocol: Option<u32>,
    /// Index of the interface by which the packet came.
    pub iif: Option<u32>,
    /// `ARPHRD_*` of it.
    pub iif_type: Option<u16>,
    /// Index of the interface by which it goes.
    pub oif: Option<u32>,
    /// `ARPHRD_*` of it.
    pub oif_type: Option<u16>,
    /// The packet's mark, if it is not 0.
    pub mark: Option<u32>,
    /// Bytes of the link layer's header. The headers come with the first step of a packet alone.
    pub link_header: Option<Box<[u8]>>,
    /// Bytes of the network header.
    pub network_header: Option<Box<[u8]>>,
    /// Bytes of the transport header.
    pub transport_header: Option<Box<[u8]>>,
}

/// A kind of step (`NFT_TRACETYPE_*`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// The base chain's policy decided.
    Policy,
    /// The end of a chain that was jumped to.
    Return,
    /// A rule held.
    Rule,
    /// Another.
    Other(u32),
}

impl TraceEvent {
    pub(super) fn decode(message: &Message<'_>) -> Result<Self, Error> {
        let found = PacketMessage::decode(message.reader())?;
        let step = match found.ty.unwrap_or_default() {
            NFT_TRACETYPE_POLICY => Step::Policy,
            NFT_TRACETYPE_RETURN => Step::Return,
            NFT_TRACETYPE_RULE => Step::Rule,
            other => Step::Other(other),
        };
        Ok(Self {
            id: found.id.unwrap_or_default(),
            step,
            family: Family::by_number(message.header.family),
            table: TableName::received(&found.table.unwrap_or_default()),
            chain: ChainName::received(&found.chain.unwrap_or_default()),
            rule_handle: found.rule,
            verdict: found.verdict.as_ref().map(set::read_verdict),
            policy: found.policy.and_then(Policy::by_number),
            protocol: found.protocol,
            iif: found.iif,
            iif_type: found.iif_type,
            oif: found.oif,
            oif_type: found.oif_type,
            mark: found.mark.filter(|mark| *mark != 0),
            link_header: found.link_header.map(Box::from),
            network_header: found.network_header.map(Box::from),
            transport_header: found.transport_header.map(Box::from),
        })
    }

    /// The rule that it speaks of, in a value that was pulled or is kept equal to the kernel's ruleset.
    #[must_use]
    pub fn rule<'r>(&self, ruleset: &'r Ruleset) -> Option<&'r Rule> {
        let handle = self.rule_handle?;
        let of_family = |table: &&Table| self.family.is_none_or(|family| family == table.family) && table.name == *self.table;
        ruleset.tables.iter().filter(of_family).find_map(|table| match table.chain(&self.chain) {
            Some(chain) => chain.rules.iter().find(|rule| rule.handle == Some(handle)),
            // A chain without a name of its own stands in the rule that jumps to it.
            None => table.chains.iter().flat_map(|chain| &chain.rules).find_map(|rule| inside(rule, handle)),
        })
    }
}

/// The rule of that handle in the chains that stand in a rule.
fn inside(rule: &Rule, handle: u64) -> Option<&Rule> {
    rule.stmts.iter().find_map(|stmt| match stmt {
        Stmt::Verdict(Verdict::Jump(JumpTarget::Block(rules)) | Verdict::Goto(JumpTarget::Block(rules))) => {
            rules.iter().find_map(|rule| if rule.handle == Some(handle) { Some(rule) } else { inside(rule, handle) })
        }
        _ => None,
    })
}
