//! The headers of a logged packet, decoded by the crate `etherparse` (feature `etherparse`), in types of our own: so that its versions
//! are no concern of those who use this.

use std::net::IpAddr;

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};

use super::Packet;
use crate::schema::Hook;

/// What stands in the headers of a packet, as far as it was copied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Headers<'a> {
    /// The network header, if it is IPv4 or IPv6.
    pub network: Option<Network>,
    /// The transport header, if it is there and known: not in later fragments.
    pub transport: Option<Transport>,
    /// What follows the last header that was understood.
    pub payload: &'a [u8],
}

/// The header of IPv4 or IPv6.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Network {
    /// `saddr`.
    pub source: IpAddr,
    /// `daddr`.
    pub destination: IpAddr,
    /// `meta l4proto`: `IPPROTO_*` of what follows the network headers.
    pub protocol: u8,
    /// `ip ttl`, `ip6 hoplimit`.
    pub ttl: u8,
    /// `dscp`.
    pub dscp: u8,
    /// `ecn`.
    pub ecn: u8,
    /// `ip id`; 0 in IPv6.
    pub id: u16,
    /// Whether this is a part of a larger packet.
    pub fragment: bool,
}

/// A transport header.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// TCP.
    Tcp {
        /// `tcp sport`.
        source_port: u16,
        /// `tcp dport`.
        destination_port: u16,
        /// `tcp sequence`.
        sequence: u32,
        /// `tcp ackseq`.
        acknowledgement: u32,
        /// `tcp flags`.
        flags: u8,
        /// `tcp window`.
        window: u16,
    },
    /// UDP.
    Udp {
        /// `udp sport`.
        source_port: u16,
        /// `udp dport`.
        destination_port: u16,
        /// `udp length`.
        length: u16,
    },
    /// ICMP of IPv4.
    Icmp {
        /// `icmp type`.
        kind: u8,
        /// `icmp code`.
        code: u8,
    },
    /// ICMP of IPv6.
    Icmp6 {
        /// `icmpv6 type`.
        kind: u8,
        /// `icmpv6 code`.
        code: u8,
    },
}

impl Packet {
    /// The headers of the payload (feature `etherparse`). What is not there or broken is `None`.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        let sliced = match self.hook() {
            Some(Hook::Egress) => LaxSlicedPacket::from_ethernet(&self.payload).ok(),
            _ => Some(LaxSlicedPacket::from_ether_type(EtherType(self.ether_type), &self.payload)),
        };
        let Some(sliced) = sliced else { return Headers { network: None, transport: None, payload: &self.payload } };
        let network = match &sliced.net {
            Some(LaxNetSlice::Ipv4(slice)) => {
                let header = slice.header();
                Some(Network {
                    source: header.source_addr().into(),
                    destination: header.destination_addr().into(),
                    protocol: slice.payload_ip_number().0,
                    ttl: header.ttl(),
                    dscp: header.dcp().value(),
                    ecn: header.ecn().value(),
                    id: header.identification(),
                    fragment: slice.is_payload_fragmented(),
                })
            }
            Some(LaxNetSlice::Ipv6(slice)) => {
                let header = slice.header();
                Some(Network {
                    source: header.source_addr().into(),
                    destination: header.destination_addr().into(),
                    protocol: slice.payload().ip_number.0,
                    ttl: header.hop_limit(),
                    dscp: header.traffic_class() >> 2,
                    ecn: header.traffic_class() & 3,
                    id: 0,
                    fragment: slice.is_payload_fragmented(),
                })
            }
            Some(LaxNetSlice::Arp(_)) | None => None,
        };
        let (transport, payload) = match &sliced.transport {
            Some(TransportSlice::Tcp(slice)) => (
                Some(Transport::Tcp {
                    source_port: slice.source_port(),
                    destination_port: slice.destination_port(),
                    sequence: slice.sequence_number(),
                    acknowledgement: slice.acknowledgment_number(),
                    // The flags are the header's 14th byte.
                    flags: slice.header_slice().get(13).copied().unwrap_or_default(),
                    window: slice.window_size(),
                }),
                slice.payload(),
            ),
            Some(TransportSlice::Udp(slice)) => (
                Some(Transport::Udp {
                    source_port: slice.source_port(),
                    destination_port: slice.destination_port(),
                    length: slice.length(),
                }),
                slice.payload(),
            ),
            Some(TransportSlice::Icmpv4(slice)) => {
                (Some(Transport::Icmp { kind: slice.type_u8(), code: slice.code_u8() }), slice.payload())
            }
            Some(TransportSlice::Icmpv6(slice)) => {
                (Some(Transport::Icmp6 { kind: slice.type_u8(), code: slice.code_u8() }), slice.payload())
            }
            Some(TransportSlice::Igmp(_)) | None => (None, rest(&sliced)),
        };
        Headers { network, transport, payload }
    }
}

/// What follows the network header, or everything.
fn rest<'a>(sliced: &LaxSlicedPacket<'a>) -> &'a [u8] {
    match &sliced.net {
        Some(LaxNetSlice::Ipv4(slice)) => slice.payload().payload,
        Some(LaxNetSlice::Ipv6(slice)) => slice.payload().payload,
        Some(LaxNetSlice::Arp(_)) | None => sliced.ether_payload().map_or(&[], |slice| slice.payload),
    }
}
