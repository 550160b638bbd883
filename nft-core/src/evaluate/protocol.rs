//! What a rule has said about the headers of the packet so far.

use smallvec::{SmallVec, smallvec};

use crate::schema::header::Link;
use crate::schema::proto::{ETHER, GRE, GRETAP, INET, INET_SERVICE, NETDEV, VLAN};
use crate::schema::{Base, Family, Field, Header};

/// What nft takes a number for that it knows no protocol of.
static UNKNOWN: Header = Header::new("unknown", Base::Inner, &[]);

/// The protocol of each layer, as far as it is known.
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
    /// A second one: a set of transport protocols was matched, or one after the other. Then no field of either may be used. (Of
    /// network protocols nft remembers the last.)
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

    /// Takes note that a field of a header equals that number. Numbers that no protocol is known by say nothing here.
    pub(crate) fn learn_field(&mut self, header: &'static Header, field: &Field, number: u32, first: bool) {
        if header.protocol != field.template || header.protocol == 0 {
            return;
        }
        let upper = header.upper_by_number(number);
        match header.base {
            Base::LinkLayer => {
                let is_last = self.last_link() == Some(header);
                if is_last {
                    self.announced = Some(number);
                }
                match upper {
                    Some(upper) if upper.base == Base::LinkLayer && is_last => {
                        self.link.push(upper);
                        self.announced = None;
                    }
                    Some(upper) if upper.base == Base::Network && self.link.contains(&header) => {
                        self.network = Layer::of(upper);
                    }
                    _ => {}
                }
            }
            Base::Network => self.learn_transport(upper),
            Base::Transport if header.upper.is_empty() => {
                if first {
                    self.icmp.clear();
                }
                self.icmp.extend(u8::try_from(number));
            }
            Base::Transport | Base::Inner | Base::Tunnel => {}
        }
    }

    /// Takes note of the network protocol that `meta protocol` gives.
    pub(crate) fn learn_protocol(&mut self, number: u32) {
        let Some(link) = self.last_link().filter(|link| matches!(link.link, Link::Protocol | Link::Field)) else { return };
        match link.upper_by_number(number) {
            Some(upper) if upper.base != Base::Network => {}
            upper => self.network = Layer::of(upper.unwrap_or(&UNKNOWN)),
        }
    }

    /// Takes note of the network protocol that `meta nfproto` or `ct l3proto` gives.
    pub(crate) fn learn_family(&mut self, number: u32) {
        if !self.link.is_empty() {
            self.network = Layer::of(INET.upper_by_number(number).unwrap_or(&UNKNOWN));
        }
    }

    /// Takes note of the transport protocol that `meta l4proto` gives.
    pub(crate) fn learn_l4proto(&mut self, number: u32) {
        self.learn_transport(Some(INET_SERVICE.upper_by_number(number).unwrap_or(&UNKNOWN)));
    }

    /// Takes note of the transport protocol that `ct protocol` gives. It counts where the network protocol is known already.
    pub(crate) fn learn_tracked(&mut self, number: u32) {
        let upper = self.network.header.and_then(|network| network.upper_by_number(number));
        self.learn_transport(upper);
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

    fn learn_transport(&mut self, upper: Option<&'static Header>) {
        let Some(upper) = upper else { return };
        match self.transport.header {
            Some(known) if known != upper => {
                self.transport.other.get_or_insert(upper);
            }
            Some(_) => {}
            None => self.transport = Layer::of(upper),
        }
    }
}

impl Layer {
    pub(crate) const fn of(header: &'static Header) -> Self {
        Self { header: Some(header), other: None }
    }

    /// The protocol that stands in the way of this one.
    pub(crate) fn conflict(&self, wanted: &Header) -> Option<&'static Header> {
        // Both are the protocol 47; what is inside tells them apart.
        let is_same = |known: &Header| known == wanted || (known == &GRE && wanted == &GRETAP);
        [self.header, self.other].into_iter().flatten().find(|known| !is_same(known))
    }
}
