//! Address translation and transparent proxies.

use nft_core::model::{Expr, MapData, Nat, NatKind, Tproxy};
use nft_core::schema::words::NAT_FLAGS;
use nft_core::schema::{DataType, Family};

use crate::lower::context::Lower;
use crate::lower::expr;
use crate::lower::fault::{Fault, Lowered};
use crate::lower::place::{self, Fields};
use crate::tree::{Node, SyntaxKind as K};

impl Lower<'_> {
    /// `snat`, `dnat`, `masquerade`, `redirect`.
    pub(super) fn nat(&mut self, node: Node<'_>) -> Lowered<Nat> {
        let kind = match node.kind() {
            K::StmtMasquerade => NatKind::Masquerade,
            K::StmtRedirect => NatKind::Redirect,
            _ if expr::child(node, K::NatWord)?.text() == "snat" => NatKind::Snat,
            _ => NatKind::Dnat,
        };
        let mut nat = Nat::new(kind);
        nat.family = written_family(node)?;
        if let Some(form) = node.child(K::NatForm) {
            nat.prefix = form.text() == "prefix";
            if nat.family.is_none() && form.text().starts_with("addr") {
                return Err(
                    Fault::new(form.span(), "unexpected `addr . port`").help("the family stands before it: `ip` or `ip6`")
                );
            }
            if let Some(port) = node.child(K::NatPort) {
                let message = format!("unexpected port: `{}` takes none behind the address", form.text());
                return Err(Fault::new(port.span(), message));
            }
        }
        if let Some(address) = node.child(K::NatAddress) {
            let value = expr::required(address, address.first())?;
            if kind == NatKind::Redirect {
                nat.port = Some(self.port(value)?);
            } else {
                let address = self.nat_address(value, nat.family)?;
                let pairs = node.child(K::NatForm).is_some_and(|form| form.text().starts_with("addr"));
                if pairs && !self.gives_pairs(&address) {
                    return Err(
                        Fault::new(value.span(), "an address and a port are expected").help("such as a map to `1.2.3.4 . 80`")
                    );
                }
                nat.address = Some(address);
            }
        }
        if let Some(port) = node.child(K::NatPort) {
            let value = expr::required(port, port.first())?;
            if matches!(nat.address, Some(Expr::Map(_) | Expr::Range(_)))
                && let Some(Expr::Map(map)) = &nat.address
                && has_port(&map.map)
            {
                return Err(Fault::new(port.span(), "transport protocol mapping and map are mutually exclusive"));
            }
            nat.port = Some(self.port(value)?);
        }
        // Of several lists the last counts, as with nft; and with flags it forgets that prefixes are mapped one to one.
        if let Some(list) = node.all(K::FlagsList).last() {
            nat.prefix = false;
            for word in list.all(K::Word) {
                let Some(flag) = NAT_FLAGS.number(word.text()) else {
                    return Err(Fault::unknown(word.span(), "flag", word.text(), NAT_FLAGS.all().map(|(name, _)| name)));
                };
                nat.flags |= flag;
            }
        }
        Ok(nat)
    }

    /// Whether it is an address and a port in one.
    fn gives_pairs(&self, address: &Expr) -> bool {
        let Expr::Map(map) = address else { return matches!(address, Expr::Concat(_)) };
        match &map.map {
            Expr::SetRef(name) => {
                let head = self.declared.set(self.family, &self.table, name);
                let data = head.as_ref().and_then(|head| head.data.as_ref());
                matches!(data, Some(MapData::Value { ty, .. }) if ty.fields_in(self.family).len() > 1)
            }
            map => has_port(map),
        }
    }

    /// `tproxy ip to 127.0.0.1:8080`.
    pub(super) fn tproxy(&mut self, node: Node<'_>) -> Lowered<Tproxy> {
        let family = written_family(node)?;
        let mut tproxy = Tproxy::new(family, None, None);
        if let Some(address) = node.child(K::NatAddress) {
            let value = expr::required(address, address.first())?;
            let expr = self.address(value, family)?;
            if matches!(expr, Expr::Range(_) | Expr::Prefix(..)) {
                return Err(Fault::new(value.span(), "address ranges are not supported for tproxy"));
            }
            tproxy.address = Some(expr);
        }
        if let Some(port) = node.child(K::NatPort) {
            let value = expr::required(port, port.first())?;
            let expr = self.port(value)?;
            if matches!(expr, Expr::Range(_)) {
                return Err(Fault::new(value.span(), "port ranges are not supported for tproxy"));
            }
            tproxy.port = Some(expr);
        }
        Ok(tproxy)
    }

    /// A new address: value, range, prefix or map; maps may give the port, too.
    fn nat_address(&mut self, node: Node<'_>, family: Option<Family>) -> Lowered<Expr> {
        let mut fields = self.address_fields(node, family);
        if node.child(K::Map).is_none() {
            let expr = self.stmt_expr(node, &fields)?.expr;
            return match expr {
                Expr::Set(_) | Expr::SetRef(_) | Expr::List(_) => Err(Fault::new(node.span(), "an address is expected here")),
                expr => Ok(expr),
            };
        }
        fields.extend(place::of(DataType::INET_SERVICE));
        Ok(self.with_optional_port(|lower| lower.stmt_expr(node, &fields))?.expr)
    }

    /// An address for `tproxy`.
    pub(super) fn address(&mut self, node: Node<'_>, family: Option<Family>) -> Lowered<Expr> {
        let fields = self.address_fields(node, family);
        match self.stmt_expr(node, &fields)?.expr {
            Expr::Set(_) | Expr::SetRef(_) | Expr::List(_) => Err(Fault::new(node.span(), "an address is expected here")),
            expr => Ok(expr),
        }
    }

    /// The type of an address: that of the family that is written or known, else as it looks. (Whether it may be left open, evaluate
    /// decides: it knows what the rule's matches imply.)
    fn address_fields(&self, node: Node<'_>, family: Option<Family>) -> Fields {
        let ty = match family.or_else(|| self.network()) {
            Some(Family::Ip6) => DataType::IPV6_ADDR,
            Some(_) => DataType::IPV4_ADDR,
            None => {
                let looks_ip6 = |text: &str| text.matches(':').count() > 1 && text.contains("::") || text.starts_with('[');
                let data = node.child(K::Map).map_or(node, |map| map);
                if looks_ip6(data.text()) { DataType::IPV6_ADDR } else { DataType::IPV4_ADDR }
            }
        };
        place::of(ty)
    }

    /// A new port, or a range of them.
    fn port(&mut self, node: Node<'_>) -> Lowered<Expr> {
        match self.stmt_expr(node, &place::of(DataType::INET_SERVICE))?.expr {
            Expr::Set(_) | Expr::SetRef(_) | Expr::List(_) | Expr::Prefix(..) => {
                Err(Fault::new(node.span(), "a port is expected here"))
            }
            expr => Ok(expr),
        }
    }
}

/// The `ip` or `ip6` of `dnat ip to`.
pub(super) fn written_family(node: Node<'_>) -> Lowered<Option<Family>> {
    let Some(word) = node.child(K::Family) else { return Ok(None) };
    match Family::by_name(word.text()) {
        Some(family @ (Family::Ip | Family::Ip6)) => Ok(Some(family)),
        _ => Err(Fault::unknown(word.span(), "family", word.text(), ["ip", "ip6"])),
    }
}

/// Whether the data of an anonymous map carry a port.
fn has_port(map: &Expr) -> bool {
    match map {
        Expr::Set(elements) => elements.iter().any(|element| matches!(element.data, Some(Expr::Concat(_)))),
        _ => false,
    }
}
