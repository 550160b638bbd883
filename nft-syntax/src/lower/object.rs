//! Blocks of stateful objects.

use nft_core::model::{CtExpectation, CtHelper, CtTimeout, Expr, Object, ObjectKind, Repr, Stmt, Synproxy};
use nft_core::schema::words::{CtTimeout as State, TCP_TIMEOUTS, UDP_TIMEOUTS};
use nft_core::schema::{DataType, Family};

use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::number;
use super::place;
use super::set_literal::once;
use super::table::Nested;
use crate::parse::{Block, Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

/// What the clauses of any object say; which may stand where, the reader knows.
#[derive(Default)]
pub(super) struct Clauses {
    body: Option<ObjectKind>,
    comment: Option<Box<str>>,
    helper: Option<Box<str>>,
    l4proto: Option<u8>,
    l3proto: Option<u16>,
    states: Option<Vec<(String, u32, nft_core::Span)>>,
    dport: Option<u16>,
    timeout: Option<u32>,
    size: Option<u8>,
    synproxy: Option<Synproxy>,
    pub(super) tunnel: nft_core::model::TunnelObject,
}

impl Lower<'_> {
    /// An object's block.
    pub(super) fn object_block(&mut self, head: &Nested, block: Block, reader: &mut Reader<'_>) -> Option<Object> {
        let failed = self.diagnostics.len();
        let mut clauses = Clauses::default();
        while let Some(step) = self.step(reader) {
            match step {
                Step::Close(_) => break,
                Step::Open(_) => {
                    let word =
                        reader.node().and_then(|node| node.child(K::Word).or(Some(node))).map(|node| node.text().to_owned());
                    self.tunnel_options(&word.unwrap_or_default(), head.span, reader, &mut clauses.tunnel);
                }
                Step::Item => {
                    let Some(node) = reader.node() else { continue };
                    if self.names(node) {
                        continue;
                    }
                    let done = self.object_clause(node, block, &mut clauses);
                    self.keep(done);
                }
            }
        }
        if self.diagnostics.len() != failed {
            return None;
        }
        let object = self.finish_object(head, block, clauses);
        self.keep(object)
    }

    /// An object without a block: `add counter ip t c packets 1 bytes 2`.
    pub(super) fn object_inline(&mut self, head: &Nested, block: Block, body: Option<Node<'_>>) -> Lowered<Object> {
        let mut clauses = Clauses::default();
        if let Some(body) = body {
            self.object_clause(body, block, &mut clauses)?;
        }
        self.finish_object(head, block, clauses)
    }

    fn object_clause(&mut self, node: Node<'_>, block: Block, clauses: &mut Clauses) -> Lowered<()> {
        match node.kind() {
            K::Comment => {
                once(clauses.comment.is_none(), node)?;
                clauses.comment = Some(self.comment(node)?);
            }
            K::CounterBody => {
                once(clauses.body.is_none(), node)?;
                if node.child(K::Packets).is_some() != node.child(K::Bytes).is_some() {
                    return Err(Fault::new(node.span(), "a counter has packets and bytes, or neither"));
                }
                if let Stmt::Counter { packets, bytes } = self.counter(node)? {
                    clauses.body = Some(ObjectKind::Counter { packets, bytes });
                }
            }
            K::QuotaBody => {
                once(clauses.body.is_none(), node)?;
                clauses.body = Some(ObjectKind::Quota(self.quota(node)?));
            }
            K::LimitBody => {
                once(clauses.body.is_none(), node)?;
                clauses.body = Some(ObjectKind::Limit(self.limit(node)?));
            }
            K::SecmarkBody => {
                once(clauses.body.is_none(), node)?;
                let value = expr::required(node, node.first())?;
                clauses.body = Some(ObjectKind::Secmark(self.literal_text(value)?.into()));
            }
            K::SynproxyBody => {
                let mut synproxy = clauses.synproxy.unwrap_or_default();
                for child in node.children() {
                    self.synproxy_value(child, &mut synproxy)?;
                }
                clauses.synproxy = Some(synproxy);
            }
            K::HelperType => {
                once(clauses.helper.is_none(), node)?;
                let value = expr::required(node, node.first())?;
                clauses.helper = Some(self.literal_text(value)?.into());
                clauses.l4proto = Some(l4proto(expr::child(node, K::Protocol)?)?);
            }
            K::Protocol => {
                once(clauses.l4proto.is_none(), node)?;
                clauses.l4proto = Some(l4proto(node)?);
            }
            K::L3proto => {
                once(clauses.l3proto.is_none(), node)?;
                let word = expr::child(node, K::Word)?;
                clauses.l3proto = match Family::by_name(word.text()) {
                    Some(family @ (Family::Ip | Family::Ip6 | Family::Inet)) => Some(u16::from(family.number())),
                    _ => return Err(Fault::unknown(word.span(), "layer 3 protocol", word.text(), ["ip", "ip6", "inet"])),
                };
            }
            K::TimeoutPolicy => {
                once(clauses.states.is_none(), node)?;
                let mut states = Vec::new();
                for state in node.all(K::TimeoutState) {
                    let word = expr::child(state, K::Word)?;
                    let value = expr::child(state, K::Literal)?;
                    let time = number::time_or_seconds(value.text())
                        .and_then(|time| u32::try_from(time / 1000).ok())
                        .ok_or_else(|| Fault::new(value.span(), "wrong time format"))?;
                    states.push((word.text().to_owned(), time, word.span()));
                }
                clauses.states = Some(states);
            }
            K::ExpectationDport => {
                once(clauses.dport.is_none(), node)?;
                let value = expr::child(node, K::Expr)?;
                let port = self.expr(value, &place::of(DataType::INET_SERVICE))?.expr;
                let port = port.as_value().and_then(|value| value.as_int()).and_then(|port| u16::try_from(port).ok());
                clauses.dport = Some(port.ok_or_else(|| Fault::new(value.span(), "a port is expected here"))?);
            }
            K::Timeout => {
                once(clauses.timeout.is_none(), node)?;
                let time = self.time(node)?;
                clauses.timeout = Some(u32::try_from(time).map_err(|_| Fault::new(node.span(), "value too large"))?);
            }
            K::SetSize => {
                once(clauses.size.is_none(), node)?;
                clauses.size = u8::try_from(self.number(node, 255)?).ok();
            }
            K::TunnelClause if block == Block::Tunnel => self.tunnel_clause(node, &mut clauses.tunnel)?,
            _ => return Err(Fault::new(node.span(), "this cannot stand in this object")),
        }
        Ok(())
    }

    fn finish_object(&mut self, head: &Nested, block: Block, clauses: Clauses) -> Lowered<Object> {
        let missing = |what: &str| Fault::new(head.span, format!("the {what} of this {} is missing", head.object));
        let kind = match block {
            Block::Counter => clauses.body.unwrap_or(ObjectKind::Counter { packets: 0, bytes: 0 }),
            Block::Quota | Block::Limit | Block::Secmark => clauses.body.ok_or_else(|| missing("value"))?,
            Block::Synproxy => ObjectKind::Synproxy(clauses.synproxy.unwrap_or_default()),
            Block::CtHelper => {
                let mut helper = CtHelper::new(
                    clauses.helper.ok_or_else(|| missing("type"))?,
                    clauses.l4proto.ok_or_else(|| missing("protocol"))?,
                );
                helper.l3proto = clauses.l3proto.unwrap_or(0);
                ObjectKind::CtHelper(helper)
            }
            Block::CtTimeout => {
                let l4proto = clauses.l4proto.ok_or_else(|| missing("protocol"))?;
                let known: &[State] = match l4proto {
                    6 => TCP_TIMEOUTS,
                    17 => UDP_TIMEOUTS,
                    _ => &[],
                };
                let mut policy = Vec::new();
                for (name, seconds, span) in clauses.states.unwrap_or_default() {
                    let Some(state) = known.iter().find(|state| state.name == name) else {
                        return Err(Fault::unknown(
                            span,
                            "state of this protocol",
                            &name,
                            known.iter().map(|state| state.name),
                        ));
                    };
                    policy.push((state.attribute, seconds));
                }
                let mut timeout = CtTimeout::new(l4proto, policy);
                timeout.l3proto = clauses.l3proto.unwrap_or(0);
                ObjectKind::CtTimeout(timeout)
            }
            Block::CtExpectation => {
                let mut expectation = CtExpectation::new(
                    clauses.l4proto.ok_or_else(|| missing("protocol"))?,
                    clauses.dport.ok_or_else(|| missing("dport"))?,
                    clauses.timeout.ok_or_else(|| missing("timeout"))?,
                    clauses.size.ok_or_else(|| missing("size"))?,
                );
                expectation.l3proto = clauses.l3proto.unwrap_or(0);
                ObjectKind::CtExpectation(expectation)
            }
            _ => ObjectKind::Tunnel(Box::new(clauses.tunnel)),
        };
        let mut object = head.object(kind, self.source)?;
        object.comment = clauses.comment;
        Ok(object)
    }
}

/// `protocol tcp`.
fn l4proto(node: Node<'_>) -> Lowered<u8> {
    let word = expr::child(node, K::Word)?;
    let number = match super::literal::expr(word.text(), word.span(), &super::literal::field(DataType::INET_PROTO))? {
        Expr::Value(value) => match value.repr {
            Repr::Int(number) => u8::try_from(number).ok(),
            _ => None,
        },
        _ => None,
    };
    number.ok_or_else(|| Fault::new(word.span(), format!("unknown protocol `{}`", word.text())))
}
