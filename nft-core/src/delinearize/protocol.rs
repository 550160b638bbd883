//! Which headers a packet has at a point of a rule, and which statements say so.

use crate::model::{Expr, Payload};
use crate::schema::header::{Base, Field, Header};
use crate::schema::{CtKey, Family, MetaKey, proto};

/// `ARPHRD_ETHER`: the value of `meta iiftype` for Ethernet.
const ARPHRD_ETHER: u128 = 1;
/// The number of the customer tag of 802.1Q, the one that a `vlan` field implies.
const ETHERTYPE_8021Q: u128 = 0x8100;
/// Headers of one link layer: Ethernet and stacked tags.
const LINKS: usize = 4;

/// What a rule has said so far about the packet and about the inner one of a tunnel.
#[derive(Debug)]
pub(super) struct Protocols {
    family: Family,
    outer: Layers,
    inner: Option<Box<(&'static Header, Layers)>>,
}

/// The headers of a packet, as far as they are known.
#[derive(Debug, Default)]
struct Layers {
    /// Headers of the link layer, and where each begins, in bits.
    links: [Option<(&'static Header, u32)>; LINKS],
    network: Option<&'static Header>,
    transport: Option<&'static Header>,
    /// Whether the transport protocol is one that the schema does not know.
    other_transport: bool,
    /// Type of the ICMP message.
    icmp: Option<u128>,
    /// Statements that say no more than what a later field implies.
    link_said: Option<Said>,
    network_said: Option<Said>,
    transport_said: Option<Said>,
    icmp_said: Option<Said>,
}

/// A statement that says which header follows.
#[derive(Clone, Copy, Debug)]
struct Said {
    /// Its index.
    stmt: usize,
    /// The header; for ICMP, the one whose type it says.
    header: &'static Header,
    /// The number that it compares with.
    number: u128,
    /// Whether the statement restricts more than what it announces, and so stays.
    stays: bool,
    /// Whether a field says it, and no key.
    by_field: bool,
}

/// What was held back.
#[derive(Debug)]
#[must_use]
pub(super) struct Held(Option<Said>);

/// Whether a tunnel follows the IP header at once.
fn is_carrier(header: &'static Header) -> bool {
    [&proto::GRE, &proto::GRETAP].contains(&header)
}

impl Layers {
    fn new(family: Family) -> Self {
        let mut layers = Self::default();
        let outermost = family.outermost();
        match family {
            Family::Bridge => layers.links = [Some((outermost, 0)), None, None, None],
            Family::Ip | Family::Ip6 | Family::Arp => layers.network = Some(outermost),
            Family::Inet | Family::Netdev => {}
        }
        layers
    }

    /// Those of the inner packet of a tunnel.
    fn inside(tunnel: &'static Header) -> Self {
        let mut layers = Self::default();
        // GRE without `tap` carries network headers; the others carry Ethernet frames.
        if tunnel != &proto::GRE {
            layers.links = [Some((&proto::ETHER, 0)), None, None, None];
        }
        layers
    }

    /// Adds a tag behind the last header of the link layer.
    fn push_link(&mut self, header: &'static Header) {
        let offset = self.links.iter().flatten().last().map_or(0, |(last, at)| at + last.bits);
        if let Some(slot) = self.links.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some((header, offset));
        }
    }

    const fn forget(&mut self) {
        (self.link_said, self.network_said, self.transport_said, self.icmp_said) = (None, None, None, None);
    }
}

impl Protocols {
    /// What the family of the table says.
    pub(super) fn new(family: Family) -> Self {
        Self { family, outer: Layers::new(family), inner: None }
    }

    fn layers(&mut self, tunnel: Option<&'static Header>) -> &mut Layers {
        let Some(tunnel) = tunnel else { return &mut self.outer };
        if self.inner.as_ref().is_none_or(|inner| inner.0 != tunnel) {
            self.inner = Some(Box::new((tunnel, Layers::inside(tunnel))));
        }
        self.inner.as_mut().map_or(&mut self.outer, |inner| &mut inner.1)
    }

    /// The header in which a bit of the packet lies, and where it begins.
    pub(super) fn header_at(
        &mut self,
        tunnel: Option<&'static Header>,
        base: Base,
        offset: u32,
    ) -> Option<(&'static Header, u32)> {
        let layers = self.layers(tunnel);
        match base {
            Base::LinkLayer => layers.links.iter().flatten().rev().find(|(_, at)| *at <= offset).copied(),
            Base::Network => layers.network.map(|header| (header, 0)),
            // The ports lie at the same place in every protocol that has them.
            Base::Transport if layers.other_transport => None,
            Base::Transport => Some((layers.transport.unwrap_or(&proto::TH), 0)),
            Base::Tunnel => tunnel.map(|tunnel| (tunnel, 0)),
            Base::Inner => None,
        }
    }

    /// Whether the field is one of the ICMP message at hand, or nothing is known of it.
    pub(super) fn has(&mut self, tunnel: Option<&'static Header>, field: &Field) -> bool {
        match (field.icmp, self.layers(tunnel).icmp) {
            (Some(dependency), Some(number)) => dependency.types().iter().any(|ty| u128::from(*ty) == number),
            _ => true,
        }
    }

    /// The network header, if it is known.
    pub(super) const fn network(&self) -> Option<&'static Header> {
        self.outer.network
    }

    /// Notes what an equality says of later headers. `stmt` is the index of the statement. A statement that it makes superfluous
    /// comes back.
    pub(super) fn learn(&mut self, expr: &Expr, number: u128, stmt: usize) -> Option<usize> {
        match expr {
            Expr::Payload(payload) => self.learn_field(payload, number, stmt),
            Expr::Meta(key) => return self.learn_meta(None, *key, number, stmt),
            Expr::Ct(ct) => self.learn_connection(ct.key, number, stmt),
            _ => {}
        }
        None
    }

    /// The same for `ct protocol` and `ct l3proto`.
    fn learn_connection(&mut self, key: CtKey, number: u128, stmt: usize) {
        let by_number = |header: &'static Header| u32::try_from(number).ok().and_then(|number| header.upper_by_number(number));
        let layers = &mut self.outer;
        match key {
            CtKey::L3proto => {
                let Some(header) = by_number(&proto::INET) else { return };
                if layers.network.is_none_or(|network| network == header) {
                    layers.network = Some(header);
                    layers.network_said = Some(Said { stmt, header, number, stays: false, by_field: false });
                }
            }
            CtKey::Protocol => {
                let Some(header) = by_number(&proto::INET_SERVICE) else { return };
                let said = Some(Said { stmt, header, number, stays: false, by_field: false });
                if layers.transport == Some(header) {
                    layers.transport_said = said;
                } else if layers.transport.is_none() {
                    // Where both network protocols may come, nft takes it for no more than a hint.
                    if matches!(self.family, Family::Ip | Family::Ip6) {
                        (layers.transport, layers.transport_said) = (Some(header), said);
                    } else {
                        layers.other_transport = true;
                    }
                }
            }
            _ => {}
        }
    }

    /// The same for `meta` keys, those of inner packets too.
    pub(super) fn learn_meta(
        &mut self,
        tunnel: Option<&'static Header>,
        key: MetaKey,
        number: u128,
        stmt: usize,
    ) -> Option<usize> {
        let by_number = |header: &'static Header| u32::try_from(number).ok().and_then(|number| header.upper_by_number(number));
        let said = |header| Some(Said { stmt, header, number, stays: false, by_field: false });
        let announced = match key {
            MetaKey::L4proto => by_number(&proto::INET_SERVICE),
            MetaKey::Nfproto => by_number(&proto::INET),
            MetaKey::Protocol => by_number(&proto::NETDEV),
            MetaKey::Iiftype if number == ARPHRD_ETHER => Some(&proto::ETHER),
            _ => None,
        };
        let mut superfluous = None;
        let layers = self.layers(tunnel);
        match announced {
            Some(header) if key == MetaKey::Iiftype => {
                if layers.links.iter().all(Option::is_none) {
                    layers.push_link(header);
                }
                layers.link_said = said(header);
            }
            Some(header) if header.base == Base::Network => {
                layers.network = Some(header);
                layers.network_said = said(header);
            }
            Some(header) if header.base == Base::Transport => {
                // To nft each of these two messages is known to come with one network protocol.
                let carrier = match header {
                    header if header == &proto::ICMP => Some(&proto::IP),
                    header if header == &proto::ICMPV6 => Some(&proto::IP6),
                    _ => None,
                };
                if tunnel.is_none()
                    && let Some(network) = layers.network_said.take_if(|said| Some(said.header) == carrier && !said.stays)
                {
                    superfluous = Some(network.stmt);
                }
                (layers.transport, layers.other_transport) = (Some(header), false);
                layers.transport_said = said(header);
            }
            _ => layers.other_transport |= key == MetaKey::L4proto,
        }
        superfluous
    }

    fn learn_field(&mut self, payload: &Payload, number: u128, stmt: usize) {
        let header = payload.header;
        if header.protocol == 0 || payload.field.template != header.protocol {
            return;
        }
        let family = self.family;
        let layers = self.layers(payload.tunnel);
        if header.base == Base::Transport {
            layers.icmp = Some(number);
            layers.icmp_said = Some(Said { stmt, header, number, stays: false, by_field: true });
            return;
        }
        let Some(upper) = u32::try_from(number).ok().and_then(|number| header.upper_by_number(number)) else { return };
        let said = |stays| Some(Said { stmt, header: upper, number, stays, by_field: true });
        match upper.base {
            Base::LinkLayer => {
                layers.push_link(upper);
                // A service tag is no less than what was asked for, and neither is a tag inside another.
                layers.link_said = said(header == &proto::VLAN || number != ETHERTYPE_8021Q);
            }
            Base::Network => {
                layers.network = Some(upper);
                layers.network_said = said(false);
            }
            Base::Transport => {
                layers.transport = Some(upper);
                // Where both protocols may come, the field tells IPv4 from IPv6 too.
                layers.transport_said = said(payload.tunnel.is_some() || family.outermost() != header);
            }
            Base::Inner | Base::Tunnel => {}
        }
    }

    /// Notes one of several types of an ICMP message.
    pub(super) fn learn_icmp(&mut self, payload: &Payload, number: u128) {
        if payload.header.base == Base::Transport && payload.field.template == payload.header.protocol {
            self.layers(payload.tunnel).icmp = Some(number);
        }
    }

    /// Takes out the statements that the use of a field makes superfluous.
    ///
    /// `alone` says that the field is compared with one constant.
    pub(super) fn implied(&mut self, payload: &Payload, alone: bool, mut remove: impl FnMut(usize)) {
        let header = payload.header;
        let mut take = |said: &mut Option<Said>, what: &dyn Fn(&Said) -> bool| {
            if let Some(found) = *said
                && what(&found)
            {
                *said = None;
                if !found.stays {
                    remove(found.stmt);
                }
            }
        };
        if payload.tunnel.is_some() || header.tunnel.is_some() {
            // `ip protocol gre` stays before an inner field; `meta l4proto gre` does not.
            let inner = payload.tunnel.is_some();
            if payload.tunnel.is_some_and(is_carrier) || is_carrier(header) {
                take(&mut self.outer.transport_said, &|said| is_carrier(said.header) && !(inner && said.by_field));
            }
        }
        let layers = self.layers(payload.tunnel);
        match header.base {
            // What a tag carries says less than that there is a tag.
            Base::LinkLayer if alone && header == &proto::VLAN && payload.field.template == header.protocol => {}
            Base::LinkLayer => take(&mut layers.link_said, &|said| said.header == header),
            Base::Network => take(&mut layers.network_said, &|said| said.header == header),
            Base::Transport => {
                take(&mut layers.transport_said, &|said| said.header == header);
                if [&proto::ICMP, &proto::ICMPV6].contains(&header) {
                    take(&mut layers.network_said, &|said| (said.header == &proto::IP6) == (header == &proto::ICMPV6));
                }
                if let Some(dependency) = payload.field.icmp {
                    take(
                        &mut layers.icmp_said,
                        &|said| matches!(dependency.types(), [only] if u128::from(*only) == said.number),
                    );
                }
            }
            Base::Inner | Base::Tunnel => {}
        }
    }

    /// Takes out the statement that says the network protocol, if one does and nothing stands between.
    pub(super) const fn take_network(&mut self) -> Option<usize> {
        match self.outer.network_said.take() {
            Some(said) if !said.stays => Some(said.stmt),
            _ => None,
        }
    }

    /// Takes out the statement that says the transport protocol.
    pub(super) const fn take_transport(&mut self) -> Option<usize> {
        match self.outer.transport_said.take() {
            Some(said) if !said.stays => Some(said.stmt),
            _ => None,
        }
    }

    /// Holds back what says that a tunnel of GRE follows, for a use of its inner packet that does not make it superfluous.
    pub(super) fn hold_carrier(&mut self, tunnel: Option<&'static Header>) -> Held {
        let held = tunnel.is_some_and(is_carrier) && self.outer.transport_said.is_some_and(|said| is_carrier(said.header));
        Held(if held { self.outer.transport_said.take() } else { None })
    }

    /// Ends the holding back.
    pub(super) const fn release(&mut self, held: Held) {
        if held.0.is_some() {
            self.outer.transport_said = held.0;
        }
    }

    /// After a statement that does something, what was said before it stays.
    pub(super) fn barrier(&mut self) {
        self.outer.forget();
        if let Some(inner) = &mut self.inner {
            inner.1.forget();
        }
    }
}
