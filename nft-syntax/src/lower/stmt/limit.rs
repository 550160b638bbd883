//! Statements that count: `counter`, `quota`, `limit`, `last`, `ct count`.

use nft_core::model::{CtCount, Last, Limit, LimitKind, Quota, Stmt};
use nft_core::schema::words::{BYTE_UNITS, TIME_UNITS};

use crate::lower::context::Lower;
use crate::lower::expr;
use crate::lower::fault::{Fault, Lowered};
use crate::lower::hole;
use crate::lower::number;
use crate::lower::set_literal::once;
use crate::tree::{Node, SyntaxKind as K};

/// Packets that may come at once if nothing is said.
const BURST: u32 = 5;

impl Lower<'_> {
    /// `counter packets 1 bytes 2`; what is missing is 0.
    pub(in crate::lower) fn counter(&mut self, node: Node<'_>) -> Lowered<Stmt> {
        let (mut packets, mut bytes) = (None, None);
        for child in node.children() {
            let slot = match child.kind() {
                K::Packets => &mut packets,
                K::Bytes => &mut bytes,
                _ => continue,
            };
            once(slot.is_none(), child)?;
            *slot = Some(child);
        }
        let mut count = |node: Option<Node<'_>>| node.map_or(Ok(0), |node| self.number(node, u64::MAX));
        Ok(Stmt::Counter { packets: count(packets)?, bytes: count(bytes)? })
    }

    /// `over 10 mbytes used 1 kbytes`.
    pub(in crate::lower) fn quota(&mut self, node: Node<'_>) -> Lowered<Quota> {
        let bytes = self.bytes(expr::child(node, K::Amount)?)?;
        let used = match node.child(K::Used) {
            Some(used) => self.bytes(expr::child(used, K::Amount)?)?,
            None => 0,
        };
        Ok(Quota::new(bytes, used, is_over(node)))
    }

    /// `rate over 10 mbytes/second burst 5 kbytes`.
    pub(in crate::lower) fn limit(&mut self, node: Node<'_>) -> Lowered<Limit> {
        let amount = node.child(K::Amount);
        let (kind, rate, rate_node) = match (amount, node.child(K::Number)) {
            (Some(amount), _) => (LimitKind::Bytes, self.bytes(amount)?, amount),
            (None, Some(number)) => (LimitKind::Packets, self.number_at(number, u64::MAX)?, number),
            (None, None) => return Err(Fault::new(node.span(), "a rate is missing")),
        };
        if rate == 0 {
            return Err(Fault::new(rate_node.span(), "limit rate must be > 0"));
        }
        let unit = expr::child(node, K::Unit)?;
        let Some(seconds) = TIME_UNITS.number(unit.text()) else {
            return Err(Fault::unknown(unit.span(), "unit of time", unit.text(), TIME_UNITS.all().map(|(name, _)| name)));
        };
        let burst = match node.child(K::Burst) {
            None if kind == LimitKind::Packets => BURST,
            None => 0,
            Some(burst) => {
                let amount = expr::child(burst, K::Amount)?;
                let unit = expr::child(amount, K::Unit)?;
                let number = match (kind, unit.text()) {
                    (LimitKind::Packets, "packets") => self.number(amount, u64::from(u32::MAX))?,
                    (LimitKind::Bytes, word) if word != "packets" => self.bytes(amount)?,
                    (LimitKind::Packets, word) => {
                        return Err(Fault::new(unit.span(), format!("unexpected {word}: this limit counts packets")));
                    }
                    (LimitKind::Bytes, word) => {
                        return Err(Fault::new(unit.span(), format!("unexpected {word}: this limit counts bytes")));
                    }
                };
                let number = match kind {
                    LimitKind::Bytes => hole::narrow(number, self.holes),
                    _ => u32::try_from(number).ok(),
                };
                let number = number.ok_or_else(|| Fault::new(amount.span(), "burst is too large"))?;
                if number == 0 && kind == LimitKind::Packets {
                    return Err(Fault::new(amount.span(), "packet limit burst must be > 0"));
                }
                number
            }
        };
        Ok(Limit::new(kind, rate, u64::from(seconds), burst, is_over(node)))
    }

    /// `last used 5s`.
    pub(super) fn last(&mut self, node: Node<'_>) -> Lowered<Last> {
        let Some(used) = node.first() else { return Ok(Last::new(None)) };
        if used.text() == "never" {
            return Ok(Last::new(None));
        }
        number::time(used.text()).map(|time| Last::new(Some(time))).ok_or_else(|| Fault::new(used.span(), "wrong time format"))
    }

    /// `ct count over 10`.
    pub(super) fn ct_count(&mut self, node: Node<'_>) -> Lowered<CtCount> {
        let count = u32::try_from(self.number(node, u64::from(u32::MAX))?).unwrap_or(u32::MAX);
        Ok(CtCount::new(count, is_over(node)))
    }

    /// `10 mbytes`.
    fn bytes(&mut self, amount: Node<'_>) -> Lowered<u64> {
        let number = self.number(amount, u64::MAX)?;
        let unit = expr::child(amount, K::Unit)?;
        let Some(factor) = BYTE_UNITS.number(unit.text()) else {
            return Err(Fault::unknown(unit.span(), "unit of bytes", unit.text(), BYTE_UNITS.all().map(|(name, _)| name)));
        };
        hole::scale(number, factor, self.holes).ok_or_else(|| Fault::new(amount.span(), "value too large"))
    }
}

fn is_over(node: Node<'_>) -> bool {
    node.child(K::Bound).is_some_and(|bound| bound.text() == "over")
}
