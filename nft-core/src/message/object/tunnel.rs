//! Tunnel templates.

use crate::model::{GeneveOption, TunnelAddresses, TunnelObject, TunnelOptions};
use crate::uapi::nf_tables::{
    NFTA_TUNNEL_KEY_DPORT, NFTA_TUNNEL_KEY_ERSPAN_V1_INDEX, NFTA_TUNNEL_KEY_ERSPAN_V2_DIR, NFTA_TUNNEL_KEY_ERSPAN_V2_HWID,
    NFTA_TUNNEL_KEY_ERSPAN_VERSION, NFTA_TUNNEL_KEY_FLAGS, NFTA_TUNNEL_KEY_GENEVE_CLASS, NFTA_TUNNEL_KEY_GENEVE_DATA,
    NFTA_TUNNEL_KEY_GENEVE_TYPE, NFTA_TUNNEL_KEY_ID, NFTA_TUNNEL_KEY_IP, NFTA_TUNNEL_KEY_IP_DST, NFTA_TUNNEL_KEY_IP_SRC,
    NFTA_TUNNEL_KEY_IP6, NFTA_TUNNEL_KEY_IP6_DST, NFTA_TUNNEL_KEY_IP6_FLOWLABEL, NFTA_TUNNEL_KEY_IP6_SRC, NFTA_TUNNEL_KEY_OPTS,
    NFTA_TUNNEL_KEY_OPTS_ERSPAN, NFTA_TUNNEL_KEY_OPTS_GENEVE, NFTA_TUNNEL_KEY_OPTS_VXLAN, NFTA_TUNNEL_KEY_SPORT,
    NFTA_TUNNEL_KEY_TOS, NFTA_TUNNEL_KEY_TTL, NFTA_TUNNEL_KEY_VXLAN_GBP,
};
use crate::wire::{Attributes, Error, Reader, Writer, attributes};

attributes! {
    /// Attributes of a tunnel.
    struct TunnelMessage<'a> {
        /// Identifier.
        NFTA_TUNNEL_KEY_ID => id: Option<u32>,
        /// Outer IPv4 addresses.
        NFTA_TUNNEL_KEY_IP => ip: Option<IpMessage<'a>>,
        /// Outer IPv6 addresses.
        NFTA_TUNNEL_KEY_IP6 => ip6: Option<Ip6Message<'a>>,
        /// Source port.
        NFTA_TUNNEL_KEY_SPORT => sport: Option<u16>,
        /// Destination port.
        NFTA_TUNNEL_KEY_DPORT => dport: Option<u16>,
        /// Type of service.
        NFTA_TUNNEL_KEY_TOS => tos: Option<u8>,
        /// Time to live.
        NFTA_TUNNEL_KEY_TTL => ttl: Option<u8>,
        /// `NFT_TUNNEL_F_*`.
        NFTA_TUNNEL_KEY_FLAGS => flags: Option<u32>,
        /// What the kind of tunnel adds.
        NFTA_TUNNEL_KEY_OPTS => options: Option<&'a [u8]>,
    }
}

attributes! {
    /// Outer IPv4 addresses.
    struct IpMessage<'a> {
        /// Source.
        NFTA_TUNNEL_KEY_IP_SRC => source: Option<&'a [u8]>,
        /// Destination.
        NFTA_TUNNEL_KEY_IP_DST => destination: Option<&'a [u8]>,
    }
}

attributes! {
    /// Outer IPv6 addresses.
    struct Ip6Message<'a> {
        /// Source.
        NFTA_TUNNEL_KEY_IP6_SRC => source: Option<&'a [u8]>,
        /// Destination.
        NFTA_TUNNEL_KEY_IP6_DST => destination: Option<&'a [u8]>,
        /// Flow label.
        NFTA_TUNNEL_KEY_IP6_FLOWLABEL => label: Option<u32>,
    }
}

attributes! {
    /// Options of VXLAN.
    struct VxlanMessage {
        /// Group policy.
        NFTA_TUNNEL_KEY_VXLAN_GBP => gbp: u32,
    }
}

attributes! {
    /// Options of ERSPAN.
    struct ErspanMessage {
        /// 1 or 2.
        NFTA_TUNNEL_KEY_ERSPAN_VERSION => version: u32,
        /// Index, of version 1.
        NFTA_TUNNEL_KEY_ERSPAN_V1_INDEX => index: Option<u32>,
        /// Hardware id, of version 2.
        NFTA_TUNNEL_KEY_ERSPAN_V2_HWID => hardware: Option<u8>,
        /// Direction, of version 2.
        NFTA_TUNNEL_KEY_ERSPAN_V2_DIR => direction: Option<u8>,
    }
}

attributes! {
    /// An option of Geneve.
    struct GeneveMessage<'a> {
        /// Class.
        NFTA_TUNNEL_KEY_GENEVE_CLASS => class: u16,
        /// Type.
        NFTA_TUNNEL_KEY_GENEVE_TYPE => ty: u8,
        /// Bytes.
        NFTA_TUNNEL_KEY_GENEVE_DATA => data: &'a [u8],
    }
}

/// Addresses that are all zero stand for none.
fn address<const N: usize, T: From<[u8; N]>>(bytes: Option<&[u8]>) -> Option<T> {
    let bytes: [u8; N] = bytes?.try_into().ok()?;
    bytes.iter().any(|byte| *byte != 0).then(|| bytes.into())
}

pub(super) fn encode(tunnel: &TunnelObject, writer: &mut Writer) {
    if let Some(id) = tunnel.id {
        writer.u32(NFTA_TUNNEL_KEY_ID, id);
    }
    match tunnel.addresses {
        Some(TunnelAddresses::Ip { source, destination }) => writer.nest(NFTA_TUNNEL_KEY_IP, |writer| {
            source.iter().for_each(|address| writer.bytes(NFTA_TUNNEL_KEY_IP_SRC, &address.octets()));
            destination.iter().for_each(|address| writer.bytes(NFTA_TUNNEL_KEY_IP_DST, &address.octets()));
        }),
        Some(TunnelAddresses::Ip6 { source, destination }) => writer.nest(NFTA_TUNNEL_KEY_IP6, |writer| {
            source.iter().for_each(|address| writer.bytes(NFTA_TUNNEL_KEY_IP6_SRC, &address.octets()));
            destination.iter().for_each(|address| writer.bytes(NFTA_TUNNEL_KEY_IP6_DST, &address.octets()));
        }),
        None => {}
    }
    let &TunnelObject { sport, dport, tos, ttl, flags, .. } = tunnel;
    TunnelMessage { id: None, ip: None, ip6: None, sport, dport, tos, ttl, flags, options: None }.encode(writer);
    if let Some(options) = &tunnel.options {
        writer.nest(NFTA_TUNNEL_KEY_OPTS, |writer| encode_options(options, writer));
    }
}

fn encode_options(options: &TunnelOptions, writer: &mut Writer) {
    match options {
        TunnelOptions::Vxlan { gbp } => {
            writer.nest(NFTA_TUNNEL_KEY_OPTS_VXLAN, |writer| VxlanMessage { gbp: *gbp }.encode(writer));
        }
        TunnelOptions::Erspan1 { index } => writer.nest(NFTA_TUNNEL_KEY_OPTS_ERSPAN, |writer| {
            ErspanMessage { version: 1, index: Some(*index), hardware: None, direction: None }.encode(writer);
        }),
        TunnelOptions::Erspan2 { direction, hardware } => writer.nest(NFTA_TUNNEL_KEY_OPTS_ERSPAN, |writer| {
            ErspanMessage { version: 2, index: None, hardware: Some(*hardware), direction: Some(*direction) }.encode(writer);
        }),
        TunnelOptions::Geneve(options) => {
            for option in options {
                writer.nest(NFTA_TUNNEL_KEY_OPTS_GENEVE, |writer| {
                    GeneveMessage { class: option.class, ty: option.ty, data: &option.data }.encode(writer);
                });
            }
        }
    }
}

/// A tunnel; nothing if it has what the model cannot say.
pub(super) fn decode(reader: Reader<'_>) -> Result<Option<TunnelObject>, Error> {
    let message = TunnelMessage::decode(reader)?;
    if message.ip6.as_ref().is_some_and(|ip6| ip6.label.unwrap_or_default() != 0) {
        return Ok(None);
    }
    let addresses = match (message.ip, message.ip6) {
        (Some(ip), None) => Some(TunnelAddresses::Ip { source: address(ip.source), destination: address(ip.destination) }),
        (None, Some(ip6)) => Some(TunnelAddresses::Ip6 { source: address(ip6.source), destination: address(ip6.destination) }),
        (None, None) => None,
        (Some(_), Some(_)) => return Ok(None),
    };
    // Without options the kernel gives an empty list.
    let options =
        match message.options.filter(|options| !options.is_empty()).map(|options| decode_options(Reader::new(options))) {
            Some(Ok(Some(options))) => Some(options),
            None => None,
            Some(Ok(None)) => return Ok(None),
            Some(Err(error)) => return Err(error),
        };
    // The kernel gives every attribute, with zero for those that were not set.
    Ok(Some(TunnelObject {
        id: message.id,
        addresses,
        sport: message.sport.filter(|port| *port != 0),
        dport: message.dport.filter(|port| *port != 0),
        tos: message.tos.filter(|tos| *tos != 0),
        ttl: message.ttl.filter(|ttl| *ttl != 0),
        flags: message.flags.filter(|flags| *flags != 0),
        options,
    }))
}

fn decode_options(reader: Reader<'_>) -> Result<Option<TunnelOptions>, Error> {
    let mut geneve = Vec::new();
    for attribute in reader {
        let attribute = attribute?;
        match attribute.kind {
            NFTA_TUNNEL_KEY_OPTS_VXLAN => {
                let VxlanMessage { gbp } = VxlanMessage::decode(attribute.reader())?;
                return Ok(Some(TunnelOptions::Vxlan { gbp }));
            }
            NFTA_TUNNEL_KEY_OPTS_ERSPAN => {
                let message = ErspanMessage::decode(attribute.reader())?;
                return Ok(match (message.version, message.index, message.direction, message.hardware) {
                    (1, Some(index), None, None) => Some(TunnelOptions::Erspan1 { index }),
                    (2, None, Some(direction), Some(hardware)) => Some(TunnelOptions::Erspan2 { direction, hardware }),
                    _ => None,
                });
            }
            NFTA_TUNNEL_KEY_OPTS_GENEVE => {
                let message = GeneveMessage::decode(attribute.reader())?;
                geneve.push(GeneveOption::new(message.class, message.ty, message.data.into()));
            }
            _ => return Ok(None),
        }
    }
    Ok((!geneve.is_empty()).then_some(TunnelOptions::Geneve(geneve)))
}
