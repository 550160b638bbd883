//! Tunnel objects.

use nft_core::Span;
use nft_core::model::{GeneveOption, TunnelAddresses, TunnelObject, TunnelOptions};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::number;
use crate::parse::{Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

/// Longest data of a Geneve option.
const GENEVE_DATA: usize = 124;

/// A word of a clause and where it stands.
type Part<'t> = (&'t str, Span);

impl Lower<'_> {
    /// `id 10`, `ip saddr 10.0.0.1`, `ttl 64`.
    pub(super) fn tunnel_clause(&mut self, node: Node<'_>, tunnel: &mut TunnelObject) -> Lowered<()> {
        let parts = parts(node);
        match *parts {
            [("id", _), value] => tunnel.id = Some(narrow(value)?),
            [("sport", _), value] => tunnel.sport = Some(narrow(value)?),
            [("dport", _), value] => tunnel.dport = Some(narrow(value)?),
            [("ttl", _), value] => tunnel.ttl = Some(narrow(value)?),
            [("tos", _), value] => tunnel.tos = Some(narrow(value)?),
            [("flags", _), value] => tunnel.flags = Some(narrow(value)?),
            [("ip", family), ("saddr" | "daddr", _), value] => {
                let address: Ipv4Addr = value.0.parse().map_err(|_| Fault::new(value.1, "an IPv4 address is expected here"))?;
                let (source, destination) = match tunnel.addresses {
                    Some(TunnelAddresses::Ip6 { .. }) => {
                        return Err(Fault::new(family, "specify either ip or ip6 for address matching"));
                    }
                    Some(TunnelAddresses::Ip { source, destination }) => (source, destination),
                    _ => (None, None),
                };
                let is_source = parts.get(1).is_some_and(|(word, _)| *word == "saddr");
                tunnel.addresses = Some(if is_source {
                    TunnelAddresses::Ip { source: Some(address), destination }
                } else {
                    TunnelAddresses::Ip { source, destination: Some(address) }
                });
            }
            [("ip6", family), ("saddr" | "daddr", _), value] => {
                let address: Ipv6Addr = value.0.parse().map_err(|_| Fault::new(value.1, "an IPv6 address is expected here"))?;
                let (source, destination) = match tunnel.addresses {
                    Some(TunnelAddresses::Ip { .. }) => {
                        return Err(Fault::new(family, "specify either ip or ip6 for address matching"));
                    }
                    Some(TunnelAddresses::Ip6 { source, destination }) => (source, destination),
                    _ => (None, None),
                };
                let is_source = parts.get(1).is_some_and(|(word, _)| *word == "saddr");
                tunnel.addresses = Some(if is_source {
                    TunnelAddresses::Ip6 { source: Some(address), destination }
                } else {
                    TunnelAddresses::Ip6 { source, destination: Some(address) }
                });
            }
            _ => return Err(unknown(node, &["id", "ip", "ip6", "sport", "dport", "ttl", "tos"])),
        }
        Ok(())
    }

    /// `vxlan { … }`, `erspan { … }`, `geneve { … }`.
    pub(super) fn tunnel_options(&mut self, kind: &str, span: Span, reader: &mut Reader<'_>, tunnel: &mut TunnelObject) {
        let (mut gbp, mut version, mut index, mut direction, mut hardware) = (None, None, None, None, None);
        let mut geneve = Vec::new();
        while let Some(step) = self.step(reader) {
            if matches!(step, Step::Close(_)) {
                break;
            }
            let Some(node) = reader.node() else { continue };
            let mut read = || -> Lowered<()> {
                match (kind, &*parts(node)) {
                    ("vxlan", [("gbp", _), value]) => gbp = Some(narrow(*value)?),
                    ("erspan", [("version", _), value]) => version = Some(narrow::<u8>(*value)?),
                    ("erspan", [("index", _), value]) => index = Some(narrow(*value)?),
                    ("erspan", [("id", _), value]) => hardware = Some(narrow(*value)?),
                    ("erspan", [("direction", _), (word, span)]) => {
                        direction = Some(match *word {
                            "ingress" => 0,
                            "egress" => 1,
                            _ => return Err(Fault::unknown(*span, "direction", word, ["ingress", "egress"])),
                        });
                    }
                    ("geneve", [("class", _), class, ("opt-type", _), ty, ("data", _), data]) => {
                        geneve.push(GeneveOption::new(narrow(*class)?, narrow(*ty)?, bytes(*data)?));
                    }
                    ("vxlan", _) => return Err(unknown(node, &["gbp"])),
                    ("erspan", _) => return Err(unknown(node, &["version", "index", "direction", "id"])),
                    _ => return Err(unknown(node, &["class"])),
                }
                Ok(())
            };
            let done = read();
            self.keep(done);
        }
        let missing = |what| Fault::new(span, format!("the {what} of this tunnel is missing"));
        let options = match kind {
            "vxlan" => gbp.map(|gbp| TunnelOptions::Vxlan { gbp }).ok_or_else(|| missing("gbp")),
            "geneve" => Ok(TunnelOptions::Geneve(geneve)),
            _ => match (version, index, direction, hardware) {
                (Some(1), Some(index), _, _) => Ok(TunnelOptions::Erspan1 { index }),
                (Some(2), _, Some(direction), Some(hardware)) => Ok(TunnelOptions::Erspan2 { direction, hardware }),
                (Some(1), None, _, _) => Err(missing("index")),
                (Some(2), ..) => Err(missing("direction or id")),
                _ => Err(missing("version, 1 or 2,")),
            },
        };
        if let Some(options) = self.keep(options) {
            tunnel.options = Some(options);
        }
    }
}

fn parts(node: Node<'_>) -> Vec<Part<'_>> {
    node.children()
        .filter(|child| matches!(child.kind(), K::Word | K::Literal | K::String | K::Number))
        .map(|child| (expr::literal_text(child), child.span()))
        .collect()
}

fn unknown(node: Node<'_>, known: &[&'static str]) -> Fault {
    match parts(node).first() {
        Some((word, span)) => Fault::unknown(*span, "clause", word, known.iter().copied()),
        None => Fault::new(node.span(), "a clause is expected here"),
    }
}

fn narrow<T: TryFrom<u64>>((text, span): Part<'_>) -> Lowered<T> {
    let number = number::parse(text).ok_or_else(|| Fault::new(span, format!("`{text}` is no number")))?;
    T::try_from(number).map_err(|_| Fault::new(span, "value too large"))
}

/// `"0x12345678"`.
fn bytes((text, span): Part<'_>) -> Lowered<Box<[u8]>> {
    let invalid = || Fault::new(span, "the data are hexadecimal: `\"0x12345678\"`");
    let digits = text.strip_prefix("0x").ok_or_else(invalid)?;
    if digits.is_empty() || !digits.len().is_multiple_of(2) || digits.len() > 2 * GENEVE_DATA {
        return Err(invalid());
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<_>>()
        .ok_or_else(invalid)
}
