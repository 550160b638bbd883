//! Header fields: the matches that nft adds so that a field is what it is called.

use super::protocol::{Layer, Protocols};
use super::selector::Typed;
use super::term::{Load, Match, PayloadLoad, Role, Step, Term, Test};
use super::{Evaluator, source};
use crate::bytecode::{CmpOp, Data};
use crate::error::Error;
use crate::model::{Element, Expr, KeyField, Payload, RawPayload, Value};
use crate::schema::header::{IcmpDependency, Link};
use crate::schema::proto::{ARP, ETHER, GRE, GRETAP, ICMP, ICMPV6, IGMP, INET_SERVICE, IP, IP6, TH, UDP, VLAN};
use crate::schema::{Base, ByteOrder, Field, Header, MetaKey};
use crate::set::{DataShape, Shape};

/// `ARPHRD_ETHER`, what `meta iiftype ether` compares with.
const ARPHRD_ETHER: u16 = 1;

/// `NFT_INNER_LL`: a tunnel's packets begin with a link layer header.
const INNER_LINK: u32 = 2;

/// Which headers of the packet are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    Outer,
    /// Those inside a tunnel.
    Inner(&'static Header),
}

/// How a match of a network header is to be made in a bridge, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Need {
    /// Directly before the statement; the frame's type may be asked from the kernel.
    Field,
    /// Directly before the statement; by the frame's header.
    Message,
    /// At the start of the rule; the frame's type may be asked from the kernel.
    HoistedField,
    /// At the start of the rule; by the frame's header.
    HoistedMessage,
}

impl<'r> Evaluator<'_, 'r> {
    /// A header field.
    pub(super) fn payload(&mut self, payload: &Payload) -> Result<Typed, Error> {
        let (header, field) = (payload.header, payload.field);
        let side = self.tunnel(header, payload.tunnel)?;
        if let Side::Inner(tunnel) = side
            && header.base == Base::LinkLayer
            && tunnel.tunnel.is_some_and(|facts| facts.flags & INNER_LINK == 0)
        {
            return Err(source(format!("{} does not carry frames: there is no {} header in it", tunnel.name, header.name)));
        }
        if header.base != Base::Tunnel {
            self.require(header, side, Need::Field)?;
        }
        if let Some(dependency) = field.icmp {
            self.require_icmp(dependency, side)?;
        }
        let mut offset = field.offset;
        if header == &VLAN {
            offset += self.protocols(side).tag_offset();
        }
        let own_side = if header.base == Base::Tunnel { Side::Inner(header) } else { side };
        Ok(Typed::bits(
            KeyField::new(field.ty, field.bits, field.ty.byte_order().unwrap_or(ByteOrder::Big)),
            offset,
            |offset, len| own_side.load(PayloadLoad { base: header.base, offset, len }),
        ))
    }

    /// Bits of the packet by their place.
    pub(super) fn raw(&mut self, raw: &RawPayload) -> Result<Typed, Error> {
        if raw.bits == 0 || raw.bits > 512 {
            return Err(source("raw payload expressions must be 1 to 512 bits long"));
        }
        let side = match raw.tunnel {
            Some(tunnel) => self.tunnel(tunnel, Some(tunnel))?,
            None => Side::Outer,
        };
        // Ports are ports, by whatever words.
        let port = if raw.base == Base::Transport { TH.at(raw.offset, raw.bits) } else { None };
        let ty = port.map_or(crate::schema::DataType::INTEGER, |field| field.ty);
        let field = KeyField::new(ty, raw.bits, ByteOrder::Big);
        Ok(Typed::bits(field, raw.offset, |offset, len| side.load(PayloadLoad { base: raw.base, offset, len })))
    }

    /// Makes sure that the tunnel is there whose header, or whose inner packet, is meant.
    fn tunnel(&mut self, header: &'static Header, tunnel: Option<&'static Header>) -> Result<Side, Error> {
        let carrier = tunnel.or_else(|| (header.base == Base::Tunnel).then_some(header));
        let Some(carrier) = carrier else { return Ok(Side::Outer) };
        if carrier == &GRE || carrier == &GRETAP {
            self.require(carrier, Side::Outer, Need::Field)?;
        } else {
            match self.outer.transport.header {
                None => return Err(source("no transport protocol specified")),
                Some(known) if known != &UDP => {
                    return Err(source(format!("unexpected transport protocol {}", known.name)));
                }
                Some(_) => {}
            }
        }
        if tunnel.is_none() {
            return Ok(Side::Outer);
        }
        if self.inner.is_none() {
            self.inner = Some(Protocols::inside(carrier));
        }
        Ok(Side::Inner(carrier))
    }

    pub(super) fn protocols(&mut self, side: Side) -> &mut Protocols {
        match side {
            Side::Outer => &mut self.outer,
            Side::Inner(tunnel) => self.inner.get_or_insert_with(|| Protocols::inside(tunnel)),
        }
    }

    /// Adds the matches that make sure that a header is there.
    pub(super) fn require(&mut self, header: &'static Header, side: Side, need: Need) -> Result<(), Error> {
        match header.base {
            Base::LinkLayer => self.require_link(header, side),
            Base::Network => self.require_network(header, side, need),
            Base::Transport => self.require_transport(header, side, need),
            Base::Inner | Base::Tunnel => Ok(()),
        }
    }

    fn require_link(&mut self, header: &'static Header, side: Side) -> Result<(), Error> {
        if !self.protocols(side).is_ethernet() {
            let data = Data::new(&ARPHRD_ETHER.to_ne_bytes());
            self.push_match(side.meta(MetaKey::Iiftype), data, Role::Alone, Need::Field);
            self.protocols(side).learn_ethernet();
        }
        if header == &VLAN && self.protocols(side).last_link() == Some(&ETHER) {
            if self.protocols(side).announced.is_some() {
                return Err(source("conflicting statements"));
            }
            self.require_type(header, side, Need::Field);
            self.protocols(side).learn_tag();
        }
        Ok(())
    }

    pub(super) fn require_network(&mut self, header: &'static Header, side: Side, need: Need) -> Result<(), Error> {
        let protocols = self.protocols(side);
        if let Some(known) = protocols.network.conflict(header) {
            return Err(source(format!("conflicting network layer protocols specified: {} vs. {}", known.name, header.name)));
        }
        if protocols.network.header.is_some() {
            return Ok(());
        }
        let Some(link) = protocols.last_link() else { return Ok(()) };
        let framed = protocols.framed;
        let Some(number) = link.number_of(header) else {
            return Err(source(format!("conflicting protocols specified: {} vs. {}", link.name, header.name)));
        };
        // The kernel knows the protocol of a bridged frame, tags skipped. nft asks it where it can.
        let ask = match link.link {
            Link::NetworkFamily => Some(MetaKey::Nfproto),
            Link::Protocol => Some(MetaKey::Protocol),
            Link::Field if framed && link == &ETHER && need.may_ask() && header != &ARP => Some(MetaKey::Protocol),
            Link::Field | Link::None | Link::L4Protocol => None,
        };
        match ask {
            Some(key) => {
                let data = number_data(number, key.bits(), key.byte_order());
                self.push_match(side.meta(key), data, Role::Alone, need);
            }
            None => {
                self.require_type(header, side, need);
                self.protocols(side).announced = Some(number);
            }
        }
        self.protocols(side).network = Layer::of(header);
        Ok(())
    }

    fn require_transport(&mut self, header: &'static Header, side: Side, need: Need) -> Result<(), Error> {
        if header == &TH {
            return Ok(());
        }
        let protocols = self.protocols(side);
        if let Some(known) = protocols.transport.conflict(header) {
            let layer = if protocols.transport.other.is_some() { "" } else { "transport layer " };
            return Err(source(format!("conflicting {layer}protocols specified: {} vs. {}", known.name, header.name)));
        }
        if protocols.transport.header.is_some() {
            return Ok(());
        }
        if let Some(network) = protocols.network.header
            && network.number_of(header).is_none()
        {
            return Err(source(format!("conflicting protocols specified: {} vs. {}", network.name, header.name)));
        }
        if protocols.network.header.is_none() {
            if header == &ICMP || header == &IGMP {
                self.require_network(&IP, side, Need::Message)?;
            } else if header == &ICMPV6 {
                self.require_network(&IP6, side, Need::Message)?;
            }
        }
        if let Some(number) = INET_SERVICE.number_of(header) {
            let data = number_data(number, 8, ByteOrder::Host);
            self.push_match(side.meta(MetaKey::L4proto), data, Role::Alone, need);
        }
        self.protocols(side).transport = Layer::of(header);
        Ok(())
    }

    /// `meta l4proto` for `reject with tcp reset`, at the start of the rule.
    pub(super) fn require_hoisted_transport(&mut self, header: &'static Header) -> Result<(), Error> {
        self.require_transport(header, Side::Outer, Need::HoistedField)
    }

    /// A match of the field in which the innermost link header says that `header` follows.
    fn require_type(&mut self, header: &'static Header, side: Side, need: Need) {
        let protocols = self.protocols(side);
        let Some((link, field)) = protocols.last_link().and_then(|link| Some((link, link.protocol_field()?))) else { return };
        let Some(number) = link.number_of(header) else { return };
        let start = if link == &VLAN { protocols.tag_offset() } else { 0 };
        let offset = (start + field.offset) / 8;
        let load = side.load(PayloadLoad { base: Base::LinkLayer, offset, len: field.bits / 8 });
        self.push_match(load, number_data(number, field.bits, ByteOrder::Big), Role::Protocol, need);
    }

    /// Makes sure that the message is of a type that has the field.
    fn require_icmp(&mut self, dependency: IcmpDependency, side: Side) -> Result<(), Error> {
        let (header, types) = (dependency.header(), dependency.types());
        let protocols = self.protocols(side);
        let known = &protocols.icmp;
        if known.is_empty() && protocols.icmp_excluded {
            return Err(source("conflicting statements"));
        }
        if !known.is_empty() {
            return match known.iter().find(|known| !types.contains(known)) {
                Some(wrong) => Err(source(format!(
                    "incompatible icmp match: rule has {wrong}, need {}",
                    types.first().copied().unwrap_or_default()
                ))),
                None => Ok(()),
            };
        }
        let Some(field) = header.protocol_field() else { return Ok(()) };
        let load = side.load(PayloadLoad { base: header.base, offset: field.offset / 8, len: 1 });
        if let [only] = types {
            self.push_match(load, Data::new(&[*only]), Role::Protocol, Need::Field);
        } else {
            let set = self.icmp_set(header, field, types)?;
            self.steps.push(Step::Match(Match {
                term: Term::load(load),
                test: Test::Lookup { set, invert: false },
                role: Role::Alone,
            }));
        }
        self.protocols(side).icmp.extend(types.iter().copied());
        Ok(())
    }

    fn icmp_set(&mut self, header: &'static Header, field: &'static Field, types: &[u8]) -> Result<super::term::SetUse, Error> {
        let element = |ty: &u8| Element::new(Expr::Value(Value::int(field.ty, u128::from(*ty))));
        let elements: Vec<Element> = types.iter().map(element).collect();
        let key = vec![KeyField::new(field.ty, 8, ByteOrder::Big)];
        let shape = Shape { key, interval: false, data: DataShape::None };
        let selector = Expr::Payload(Payload::new(header, field));
        self.add_set(&elements, &shape, Some(&selector), None)
    }

    /// A match that nft adds.
    fn push_match(&mut self, load: Load, data: Data, role: Role, need: Need) {
        let step = Step::Match(Match { term: Term::load(load), test: Test::Compare(CmpOp::EQ, data), role });
        if need.is_hoisted() {
            self.steps.insert(0, step);
        } else {
            self.steps.push(step);
        }
    }
}

impl Need {
    const fn may_ask(self) -> bool {
        matches!(self, Self::Field | Self::HoistedField)
    }

    const fn is_hoisted(self) -> bool {
        matches!(self, Self::HoistedField | Self::HoistedMessage)
    }
}

impl Side {
    /// A load of packet bytes on this side.
    pub(super) const fn load(self, payload: PayloadLoad) -> Load {
        match self {
            Self::Outer => Load::Payload(payload),
            Self::Inner(tunnel) => Load::InnerPayload(tunnel, payload),
        }
    }

    const fn meta(self, key: MetaKey) -> Load {
        match self {
            Self::Outer => Load::Meta(key),
            Self::Inner(tunnel) => Load::InnerMeta(tunnel, key),
        }
    }
}

fn number_data(number: u32, bits: u32, order: ByteOrder) -> Data {
    super::constant::number_bytes(number.into(), bits.div_ceil(8) as usize, order)
}
