//! Address translation.

use super::set::{is_compound, range};
use super::stmt::address_field;
use super::term::Term;
use super::walk::Walk;
use crate::bytecode::{self, NatType, Register};
use crate::model::{Expr, KeyField, Nat, NatKind, Stmt, Tproxy};
use crate::schema::{DataType, Family, proto};
use crate::uapi::netfilter::{
    NF_NAT_RANGE_NETMAP, NF_NAT_RANGE_PERSISTENT, NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY,
};

/// The flags that the language has: random, persistent, fully random.
const WRITTEN: u32 = NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PERSISTENT | NF_NAT_RANGE_PROTO_RANDOM_FULLY;

/// The registers of an address or port, or of a range of them.
type Ends = (Option<Register>, Option<Register>);

impl Walk<'_> {
    /// `snat`, `dnat`.
    pub(super) fn nat(&mut self, nat: &bytecode::Nat) -> Option<Stmt> {
        let kind = match nat.ty {
            NatType::SNAT => NatKind::Snat,
            NatType::DNAT => NatKind::Dnat,
            _ => return None,
        };
        let family = Family::by_number(u8::try_from(nat.family).ok()?)?;
        let flags = nat.flags.unwrap_or(0);
        let mut stmt = Nat { flags: flags & WRITTEN, prefix: flags & NF_NAT_RANGE_NETMAP != 0, ..Nat::new(kind) };
        let compound = self.is_compound_map(nat.addr_min);
        if let Some(register) = nat.addr_min {
            let field = address_field(family)?;
            stmt.address =
                Some(if compound { self.operand(register, field)? } else { self.ends((Some(register), nat.addr_max), field)? });
            if compound || self.context.family != family {
                stmt.family = Some(family);
            }
        }
        if !compound {
            stmt.port = self.ports((nat.proto_min, nat.proto_max))?;
        }
        Some(Stmt::Nat(Box::new(stmt)))
    }

    /// `masquerade`.
    pub(super) fn masquerade(&mut self, masq: &bytecode::Masq) -> Option<Stmt> {
        let port = self.ports((masq.proto_min, masq.proto_max))?;
        let flags = masq.flags.unwrap_or(0) & WRITTEN;
        Some(Stmt::Nat(Box::new(Nat { port, flags, ..Nat::new(NatKind::Masquerade) })))
    }

    /// `redirect`.
    pub(super) fn redirect(&mut self, redir: &bytecode::Redir) -> Option<Stmt> {
        let port = self.ports((redir.proto_min, redir.proto_max))?;
        let flags = redir.flags.unwrap_or(0) & WRITTEN;
        Some(Stmt::Nat(Box::new(Nat { port, flags, ..Nat::new(NatKind::Redirect) })))
    }

    /// `tproxy`.
    pub(super) fn tproxy(&mut self, tproxy: &bytecode::Tproxy) -> Option<Stmt> {
        let family = match u8::try_from(tproxy.family).ok()? {
            0 => None,
            number => Some(Family::by_number(number)?),
        };
        let address = match tproxy.addr {
            Some(register) => {
                let family = family.or_else(|| match self.protocols.network() {
                    Some(header) if header == &proto::IP6 => Some(Family::Ip6),
                    Some(header) if header == &proto::IP => Some(Family::Ip),
                    _ => None,
                });
                Some(self.operand(register, address_field(family?)?)?)
            }
            None => None,
        };
        let port = self.ports((tproxy.port, None))?;
        let family = family.filter(|family| *family != self.context.family);
        Some(Stmt::Tproxy(Box::new(Tproxy { family, address, port })))
    }

    /// Whether a register holds what a map says that has several values for each key.
    fn is_compound_map(&mut self, register: Option<Register>) -> bool {
        match register.and_then(|register| self.take(register)) {
            Some(Term::Map(map)) => self.context.names.set(&map.set).and_then(|set| set.data.as_ref()).is_some_and(is_compound),
            _ => false,
        }
    }

    /// A port or range of ports, if there is one.
    #[expect(clippy::option_option, reason = "nothing written, or nothing known")]
    fn ports(&mut self, ends: Ends) -> Option<Option<Expr>> {
        if ends.0.is_none() {
            return Some(None);
        }
        self.ends(ends, KeyField::of(DataType::INET_SERVICE)).map(Some)
    }

    /// One value, a prefix or a range.
    fn ends(&mut self, (min, max): Ends, field: KeyField) -> Option<Expr> {
        let low = self.operand(min?, field)?;
        let Some(max) = max.filter(|max| Some(*max) != min) else { return Some(low) };
        let high = self.operand(max, field)?;
        if let (Expr::Value(low), Expr::Value(high)) = (&low, &high) {
            return Some(range(low.clone(), high.clone(), field.bits));
        }
        Some(Expr::range(low, high))
    }
}
