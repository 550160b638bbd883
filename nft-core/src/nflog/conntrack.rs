//! The connection of a logged packet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::uapi::nfnetlink_conntrack::{
    CTA_ID, CTA_IP_V4_DST, CTA_IP_V4_SRC, CTA_IP_V6_DST, CTA_IP_V6_SRC, CTA_MARK, CTA_PROTO_DST_PORT, CTA_PROTO_ICMP_CODE,
    CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMPV6_CODE, CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_NUM,
    CTA_PROTO_SRC_PORT, CTA_STATUS, CTA_TIMEOUT, CTA_TUPLE_IP, CTA_TUPLE_ORIG, CTA_TUPLE_PROTO, CTA_TUPLE_REPLY, CTA_ZONE,
    IP_CT_ESTABLISHED, IP_CT_ESTABLISHED_REPLY, IP_CT_NEW, IP_CT_RELATED, IP_CT_RELATED_REPLY,
};
use crate::wire::{Error, Field, Reader, wire_enum};

wire_enum! {
    /// What a packet is to its connection.
    ///
    /// Kernel name: `enum ip_conntrack_info`.
    pub struct ConntrackInfo(u32) {
        ESTABLISHED = IP_CT_ESTABLISHED, "established";
        RELATED = IP_CT_RELATED, "related";
        NEW = IP_CT_NEW, "new";
        ESTABLISHED_REPLY = IP_CT_ESTABLISHED_REPLY, "established reply";
        RELATED_REPLY = IP_CT_RELATED_REPLY, "related reply";
    }
}

/// A connection: the kernel's attributes (`CTA_*`), read where they are asked for.
///
/// What a packet's connection has depends on kernel and modules, so each answer is an `Option`; [`Conntrack::reader`] gives all of it.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Conntrack {
    attributes: Box<[u8]>,
}

/// One direction of a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Tuple {
    /// Who sends.
    pub source: IpAddr,
    /// Who receives.
    pub destination: IpAddr,
    /// `IPPROTO_*`.
    pub protocol: u8,
    /// Port of the sender, where the protocol has ports.
    pub source_port: Option<u16>,
    /// Port of the receiver, where the protocol has ports.
    pub destination_port: Option<u16>,
    /// Type, code and identifier of ICMP and ICMPv6.
    pub icmp: Option<(u8, u8, u16)>,
}

impl Conntrack {
    pub(super) fn new(attributes: &[u8]) -> Self {
        Self { attributes: attributes.into() }
    }

    /// All attributes.
    #[must_use]
    pub const fn reader(&self) -> Reader<'_> {
        Reader::new(&self.attributes)
    }

    /// The direction of the connection's first packet.
    #[must_use]
    pub fn original(&self) -> Option<Tuple> {
        self.tuple(CTA_TUPLE_ORIG)
    }

    /// The direction of the replies, as they come in: with address translation it is not the reverse of the other.
    #[must_use]
    pub fn reply(&self) -> Option<Tuple> {
        self.tuple(CTA_TUPLE_REPLY)
    }

    /// `ct status`: bits `IPS_*`.
    #[must_use]
    pub fn status(&self) -> Option<u32> {
        self.number(CTA_STATUS)
    }

    /// `ct mark`.
    #[must_use]
    pub fn mark(&self) -> Option<u32> {
        self.number(CTA_MARK)
    }

    /// `ct id`.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.number(CTA_ID)
    }

    /// `ct expiration`, in seconds.
    #[must_use]
    pub fn timeout(&self) -> Option<u32> {
        self.number(CTA_TIMEOUT)
    }

    /// `ct zone`, unless it is 0.
    #[must_use]
    pub fn zone(&self) -> Option<u16> {
        self.number(CTA_ZONE)
    }

    fn number<T: for<'a> Field<'a>>(&self, kind: u16) -> Option<T> {
        T::read(self.reader().find(kind).ok()??).ok()
    }

    fn tuple(&self, kind: u16) -> Option<Tuple> {
        tuple(self.reader().find(kind).ok()??.reader()).ok()?
    }
}

/// Reads a direction; `None` if something is missing without which it says nothing.
fn tuple(reader: Reader<'_>) -> Result<Option<Tuple>, Error> {
    let (mut source, mut destination, mut protocol, mut source_port, mut destination_port) = (None, None, None, None, None);
    let (mut kind, mut code, mut id) = (None, None, None);
    for part in reader {
        let part = part?;
        match part.kind {
            CTA_TUPLE_IP => {
                for attribute in part.reader() {
                    let attribute = attribute?;
                    match attribute.kind {
                        CTA_IP_V4_SRC => source = Some(IpAddr::from(Ipv4Addr::from(attribute.array::<4>()?))),
                        CTA_IP_V4_DST => destination = Some(IpAddr::from(Ipv4Addr::from(attribute.array::<4>()?))),
                        CTA_IP_V6_SRC => source = Some(IpAddr::from(Ipv6Addr::from(attribute.array::<16>()?))),
                        CTA_IP_V6_DST => destination = Some(IpAddr::from(Ipv6Addr::from(attribute.array::<16>()?))),
                        _ => {}
                    }
                }
            }
            CTA_TUPLE_PROTO => {
                for attribute in part.reader() {
                    let attribute = attribute?;
                    match attribute.kind {
                        CTA_PROTO_NUM => protocol = Some(u8::read(attribute)?),
                        CTA_PROTO_SRC_PORT => source_port = Some(u16::read(attribute)?),
                        CTA_PROTO_DST_PORT => destination_port = Some(u16::read(attribute)?),
                        CTA_PROTO_ICMP_TYPE | CTA_PROTO_ICMPV6_TYPE => kind = Some(u8::read(attribute)?),
                        CTA_PROTO_ICMP_CODE | CTA_PROTO_ICMPV6_CODE => code = Some(u8::read(attribute)?),
                        CTA_PROTO_ICMP_ID | CTA_PROTO_ICMPV6_ID => id = Some(u16::read(attribute)?),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let (Some(source), Some(destination), Some(protocol)) = (source, destination, protocol) else { return Ok(None) };
    let icmp = kind.zip(code).zip(id).map(|((kind, code), id)| (kind, code, id));
    Ok(Some(Tuple { source, destination, protocol, source_port, destination_port, icmp }))
}
