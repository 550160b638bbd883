//! What a rule has said about the headers of the packet so far.

use smallvec::{SmallVec, smallvec};

use crate::schema::header::Link;
use crate::schema::proto::{ETHER, GRE, INET, INET_SERVICE, NETDEV, VLAN};
use crate::schema::{Base, Family, Field, Header};

/// The protocol of each layer, as far as it is known.
///
/// A layer may have two: a set of protocols was matched. Then no field of either may be used.
#[derive(Clone, Debug)]
pub(crate) struct Protocols {
    /// The link layer, outermost first: a stand-in of the family, or Ethernet and tags behind it.
    pub(crate) link: SmallVec<[&'static Header; 3]>,
    /// Whether Ethernet is what the family's packets begin with, and not what the rule found out.
    pub(crate) framed: bool,
    /// What the innermost link header was matched to announce.
    pub(crate) announced: Option<u32>,
    pub(crate) network: Layer,
    pub(crate) transport: Layer,
    /// The ICMP types that were matched.
    pub(crate) icmp: SmallVec<[u8; 4]>,
    /// Whether the ICMP type was compared otherwise than for equality.
    pub(crate) icmp_excluded: bool,
}

/// What is known of one layer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Layer {
    pub(crate) header: Option<&'static Header>,
    pub(crate) other: Option<&'static Header>,
}

impl Protocols {
    /// What every packet of a family is.
    pub(crate) fn new(family: Family) -> Self {
        let outermost = family.outermost();
        let mut this = Self {
            link: SmallVec::new(),
            framed: outermost == &ETHER,
            announced: None,
            network: Layer::default(),
            transport: Layer::default(),
            icmp: SmallVec::new(),
            icmp_excluded: false,
        };
        if outermost.base == Base::Network {
            this.network = Layer::of(outermost);
        } else {
            this.link.push(outermost);
        }
        this
    }

    /// What every packet in a tunnel is.
    pub(crate) fn inside(tunnel: &'static Header) -> Self {
        let first: &'static Header = if tunnel == &GRE { &NETDEV } else { &ETHER };
        Self {
            link: smallvec![first],
            framed: true,
            announced: None,
            network: Layer::default(),
            transport: Layer::default(),
            icmp: SmallVec::new(),
            icmp_excluded: false,
        }
    }

    /// The innermost header of the link layer.
    pub(crate) fn last_link(&self) -> Option<&'static Header> {
        self.link.last().copied()
    }

    /// Whether the frame's headers are known.
    pub(crate) fn is_ethernet(&self) -> bool {
        self.link.first().is_some_and(|header| **header == ETHER)
    }

    /// Bits in front of the innermost VLAN tag.
    pub(crate) fn tag_offset(&self) -> u32 {
        self.link.iter().rev().skip(1).map(|header| header.bits).sum()
    }

    /// Takes note that a field of a header equals that number.
    pub(crate) fn learn_field(&mut self, header: &'static Header, field: &Field, number: u32, first: bool) {
        if header.protocol != field.template || header.protocol == 0 {
            return;
        }
        match header.base {
            Base::LinkLayer if self.last_link() == Some(header) => {
                self.announced = Some(number);
                match header.upper_by_number(number) {
                    Some(upper) if upper.base == Base::LinkLayer => {
                        self.link.push(upper);
                        self.announced = None;
                    }
                    Some(upper) => self.network.learn(upper, first),
                    None => {}
                }
            }
            Base::Network => self.learn_transport(header.upper_by_number(number), first),
            Base::Transport if header.upper.is_empty() => {
                if first {
                    self.icmp.clear();
                }
                self.icmp.extend(u8::try_from(number));
            }
            Base::LinkLayer | Base::Transport | Base::Inner | Base::Tunnel => {}
        }
    }

    /// Takes note of the network protocol that `meta protocol` gives.
    pub(crate) fn learn_protocol(&mut self, number: u32, first: bool) {
        let Some(link) = self.last_link().filter(|link| matches!(link.link, Link::Protocol | Link::Field)) else { return };
        if let Some(upper) = link.upper_by_number(number).filter(|upper| upper.base == Base::Network) {
            self.network.learn(upper, first);
        }
    }

    /// Takes note of the network protocol that `meta nfproto` gives.
    pub(crate) fn learn_family(&mut self, number: u32, first: bool) {
        if !self.link.is_empty()
            && let Some(upper) = INET.upper_by_number(number)
        {
            self.network.learn(upper, first);
        }
    }

    /// Takes note of the transport protocol that `meta l4proto` gives.
    pub(crate) fn learn_l4proto(&mut self, number: u32, first: bool) {
        self.learn_transport(INET_SERVICE.upper_by_number(number), first);
    }

    /// Takes note that the interface is an Ethernet one.
    pub(crate) fn learn_ethernet(&mut self) {
        if !self.is_ethernet() {
            self.link = smallvec![&ETHER];
            self.framed = false;
        }
    }

    /// Takes note of a VLAN tag.
    pub(crate) fn learn_tag(&mut self) {
        self.link.push(&VLAN);
        self.announced = None;
    }

    fn learn_transport(&mut self, upper: Option<&'static Header>, first: bool) {
        if let Some(upper) = upper {
            self.transport.learn(upper, first);
        } else {
            self.transport.forget(first);
        }
    }
}

impl Layer {
    pub(crate) const fn of(header: &'static Header) -> Self {
        Self { header: Some(header), other: None }
    }

    fn learn(&mut self, header: &'static Header, first: bool) {
        match self.header {
            Some(known) if !first && known != header => self.other = Some(header),
            _ if first => *self = Self::of(header),
            Some(_) => {}
            None => self.header = Some(header),
        }
    }

    const fn forget(&mut self, first: bool) {
        if first {
            self.header = None;
        }
    }

    /// The protocol that stands in the way of this one.
    pub(crate) fn conflict(&self, wanted: &Header) -> Option<&'static Header> {
        [self.other, self.header].into_iter().flatten().find(|known| *known != wanted)
    }
}
