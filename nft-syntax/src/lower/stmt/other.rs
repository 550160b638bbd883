//! `reject`, `queue`, `dup`, `fwd`, `synproxy`, `reset`.

use nft_core::model::{Dup, Expr, ExthdrPart, Fwd, Queue, QueueTarget, Reject, Repr, Stmt, Synproxy};
use nft_core::schema::words::QUEUE_FLAGS;
use nft_core::schema::{DataType, Family, RejectType};

use super::nat::written_family;
use crate::lower::context::Lower;
use crate::lower::expr;
use crate::lower::fault::{Fault, Lowered};
use crate::lower::hole;
use crate::lower::place;
use crate::lower::selector;
use crate::lower::set_literal::once;
use crate::tree::{Node, SyntaxKind as K};

/// The largest window scale.
const WSCALE: u64 = 14;

impl Lower<'_> {
    /// `reject with icmp port-unreachable`.
    pub(super) fn reject(&mut self, node: Node<'_>) -> Lowered<Reject> {
        if node.child(K::RejectReset).is_some() {
            return Ok(Reject::new(Some(RejectType::TcpReset), None));
        }
        let Some(kind) = node.child(K::RejectKind) else { return Ok(Reject::new(None, None)) };
        let (with, ty) = match kind.text() {
            "icmp" => (RejectType::Icmp, DataType::ICMP_CODE),
            "icmpv6" => (RejectType::Icmp, DataType::ICMPV6_CODE),
            _ => (RejectType::Icmpx, DataType::ICMPX_CODE),
        };
        let value = expr::child(node, K::Expr)?;
        let code @ Expr::Value(_) = self.expr(value, &place::of(ty))?.expr else {
            return Err(Fault::new(value.span(), "a code is expected here"));
        };
        Ok(Reject::new(Some(with), Some(code)))
    }

    /// `queue flags bypass to 1-3`.
    pub(super) fn queue(&mut self, node: Node<'_>) -> Lowered<Queue> {
        let mut flags = 0;
        let mut target = None;
        for child in node.children() {
            match child.kind() {
                K::FlagsList => {
                    for word in child.all(K::Word) {
                        let Some(flag) = QUEUE_FLAGS.number(word.text()) else {
                            return Err(Fault::unknown(
                                word.span(),
                                "flag",
                                word.text(),
                                QUEUE_FLAGS.all().map(|(name, _)| name),
                            ));
                        };
                        flags |= flag;
                    }
                }
                K::QueueTo => {
                    once(target.is_none(), child)?;
                    target = Some(self.queue_target(child)?);
                }
                _ => {}
            }
        }
        let target = target.unwrap_or(QueueTarget::Default);
        let is_single =
            matches!(target, QueueTarget::Default) || matches!(target, QueueTarget::Range(low, high) if low == high);
        let fanout = QUEUE_FLAGS.number("fanout").unwrap_or(0);
        if flags & fanout != 0 && is_single {
            return Err(Fault::new(node.span(), "fanout requires a range to be specified"));
        }
        Ok(Queue::new(target, flags))
    }

    fn queue_target(&mut self, node: Node<'_>) -> Lowered<QueueTarget> {
        let value = expr::required(node, node.first())?;
        let typed = self.expr(value, &place::queue())?;
        let number = |expr: &Expr| {
            let found = expr.as_value()?;
            if let Repr::Name(name) = &found.repr {
                let hole = hole::stand_in(hole::number(name)?, u64::from(u16::MAX), value.span());
                return u16::try_from(hole.ok()?).ok();
            }
            let number = u16::try_from(found.as_int()?).ok()?;
            hole::check(number.into(), u64::from(u16::MAX), self.holes, value.span()).is_ok().then_some(number)
        };
        match typed.expr {
            Expr::Value(_) => {
                let queue = number(&typed.expr).ok_or_else(|| Fault::new(value.span(), "a queue is a number up to 65535"))?;
                Ok(QueueTarget::Range(queue, queue))
            }
            Expr::Range(ends) => match (number(&ends.0), number(&ends.1)) {
                (Some(low), Some(high)) => Ok(QueueTarget::Range(low, high)),
                _ => Err(Fault::new(value.span(), "queues are numbers up to 65535")),
            },
            expr @ (Expr::Numgen(_) | Expr::Hash(_) | Expr::Map(_)) if node.text().starts_with("to") => {
                let most = match &expr {
                    Expr::Numgen(numgen) => u64::from(numgen.offset) + u64::from(numgen.modulus) - 1,
                    Expr::Hash(hash) => u64::from(hash.offset) + u64::from(hash.modulus) - 1,
                    _ => 0,
                };
                if most > 65535 {
                    return Err(Fault::new(value.span(), "queue expression max value exceeds 65535"));
                }
                Ok(QueueTarget::Expr(expr))
            }
            _ => Err(Fault::new(value.span(), "a queue is a number, a range of them, a generator, a hash or a map")),
        }
    }

    /// `dup to 10.0.0.1 device "eth0"`.
    pub(super) fn dup(&mut self, node: Node<'_>) -> Lowered<Dup> {
        let value = expr::child(node, K::Expr)?;
        let device = match node.child(K::Device) {
            Some(device) => Some(self.device_index(expr::child(device, K::Expr)?)?),
            None => None,
        };
        let to = match self.family {
            Family::Netdev => self.device_index(value)?,
            _ => self.address(value, None)?,
        };
        if matches!(to, Expr::Range(_) | Expr::Prefix(..)) {
            return Err(Fault::new(value.span(), "a single value is expected here"));
        }
        Ok(Dup::new(to, device))
    }

    /// `fwd ip to 10.0.0.1 device "eth0"`, `fwd to "eth0"`.
    pub(super) fn fwd(&mut self, node: Node<'_>) -> Lowered<Fwd> {
        let family = written_family(node)?;
        let value = expr::child(node, K::Expr)?;
        match node.child(K::Device) {
            None if family.is_some() => Err(Fault::new(node.span(), "a device is missing")),
            None => Ok(Fwd::new(None, None, self.device_index(value)?)),
            Some(device) => {
                let address = self.address(value, family)?;
                let device = self.device_index(expr::child(device, K::Expr)?)?;
                Ok(Fwd::new(family, Some(address), device))
            }
        }
    }

    fn device_index(&mut self, node: Node<'_>) -> Lowered<Expr> {
        match self.stmt_expr(node, &place::of(DataType::IFACE_INDEX))?.expr {
            Expr::Set(_) | Expr::SetRef(_) | Expr::List(_) | Expr::Range(_) | Expr::Prefix(..) => {
                Err(Fault::new(node.span(), "a device is expected here"))
            }
            expr => Ok(expr),
        }
    }

    /// `synproxy mss 1460 wscale 7 timestamp sack-perm`.
    pub(in crate::lower) fn synproxy(&mut self, node: Node<'_>) -> Lowered<Synproxy> {
        let mut synproxy = Synproxy::default();
        for child in node.children() {
            self.synproxy_value(child, &mut synproxy)?;
        }
        Ok(synproxy)
    }

    /// One value of it.
    pub(in crate::lower) fn synproxy_value(&mut self, node: Node<'_>, synproxy: &mut Synproxy) -> Lowered<()> {
        match node.kind() {
            K::SynproxyMss => {
                once(synproxy.mss.is_none(), node)?;
                synproxy.mss = u16::try_from(self.number(node, 65535)?).ok();
            }
            K::SynproxyWscale => {
                once(synproxy.wscale.is_none(), node)?;
                synproxy.wscale = u8::try_from(self.number(node, WSCALE)?).ok();
            }
            K::SynproxyFlag if node.text() == "timestamp" => synproxy.timestamp = true,
            K::SynproxyFlag => synproxy.sack_perm = true,
            _ => {}
        }
        Ok(())
    }

    /// `reset tcp option maxseg`.
    pub(super) fn reset(&mut self, node: Node<'_>) -> Lowered<Stmt> {
        let header = expr::child(node, K::Header)?;
        let name = expr::child(node, K::OptionName)?;
        if header.text() != "tcp" {
            return Err(Fault::new(header.span(), "only tcp options can be reset"));
        }
        match selector::tcp_option(expr::word(name), None)? {
            Expr::Exthdr(exthdr) if matches!(exthdr.part, ExthdrPart::Present) => Ok(Stmt::ResetTcpOption(exthdr.number)),
            _ => Err(Fault::new(name.span(), "a tcp option is expected here")),
        }
    }
}
