//! A logged packet.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Conntrack, ConntrackInfo, Group, HardwareAddress, Vlan};
use crate::schema::{Family, Hook};
use crate::uapi::nfnetlink::NFNL_SUBSYS_ULOG;
use crate::uapi::nfnetlink_log::{
    NFULA_CT, NFULA_CT_INFO, NFULA_GID, NFULA_HWADDR, NFULA_HWHEADER, NFULA_HWLEN, NFULA_HWTYPE, NFULA_IFINDEX_INDEV,
    NFULA_IFINDEX_OUTDEV, NFULA_IFINDEX_PHYSINDEV, NFULA_IFINDEX_PHYSOUTDEV, NFULA_L2HDR, NFULA_MARK, NFULA_PACKET_HDR,
    NFULA_PAYLOAD, NFULA_PREFIX, NFULA_SEQ, NFULA_SEQ_GLOBAL, NFULA_TIMESTAMP, NFULA_UID, NFULA_VLAN, NFULNL_MSG_PACKET,
};
use crate::wire::{Attribute, Error, Field, Message, Writer};

/// A logged packet: everything that the kernel tells of it.
///
/// Kernel name: `NFULNL_MSG_PACKET`; attributes `NFULA_*`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Packet {
    /// The group that the rule named.
    pub group: Group,
    /// `NFPROTO_*` of the chain that the packet passed; [`Packet::family`] is the same by name.
    pub nfproto: u8,
    /// Ethernet type of the packet, such as 0x0800 for IPv4 (0 where there is none): `NFULA_PACKET_HDR`.
    pub ether_type: u16,
    /// Number of the hook in the family; [`Packet::hook`] is the same by name: `NFULA_PACKET_HDR`.
    pub hook_number: u8,
    /// `meta mark`, unless it is 0: `NFULA_MARK`.
    pub mark: Option<u32>,
    /// When the packet came in, to the microsecond; what this machine sends mostly has no such time: `NFULA_TIMESTAMP`.
    pub timestamp: Option<SystemTime>,
    /// Index of the interface it came in through: `NFULA_IFINDEX_INDEV`. On a bridge this is the bridge.
    pub iif: Option<u32>,
    /// Index of the interface it leaves through: `NFULA_IFINDEX_OUTDEV`. On a bridge this is the bridge.
    pub oif: Option<u32>,
    /// Index of the bridge's port that it came in through: `NFULA_IFINDEX_PHYSINDEV`.
    pub physical_iif: Option<u32>,
    /// Index of the bridge's port that it leaves through: `NFULA_IFINDEX_PHYSOUTDEV`.
    pub physical_oif: Option<u32>,
    /// The sender's address on the link; of received packets: `NFULA_HWADDR`.
    pub hardware_address: Option<HardwareAddress>,
    /// Type of the interface, `ARPHRD_*`; of received packets: `NFULA_HWTYPE`.
    pub hardware_type: Option<u16>,
    /// Length of the link header; of received packets: `NFULA_HWLEN`.
    pub hardware_length: Option<u16>,
    /// The link header; of received packets: `NFULA_HWHEADER`.
    pub hardware_header: Option<Box<[u8]>>,
    /// The packet as far as it was copied, from its network header, at the hook `egress` from its link header: `NFULA_PAYLOAD`. Nothing if
    /// nothing was to be copied.
    pub payload: Box<[u8]>,
    /// The rule's `prefix`, empty if it has none; bytes that are no UTF-8 are replaced: `NFULA_PREFIX`.
    pub prefix: Box<str>,
    /// User of the local socket that sends it, as the listener's user namespace has it: `NFULA_UID`.
    pub uid: Option<u32>,
    /// Group of that user: `NFULA_GID`.
    pub gid: Option<u32>,
    /// Number among the packets of this listener, from 0: `NFULA_SEQ`, with [`Flags::SEQUENCE`](super::Flags::SEQUENCE).
    pub sequence: Option<u32>,
    /// Number among the packets of all listeners in the namespace: `NFULA_SEQ_GLOBAL`, with
    /// [`Flags::GLOBAL_SEQUENCE`](super::Flags::GLOBAL_SEQUENCE).
    pub global_sequence: Option<u32>,
    /// The connection: `NFULA_CT`, with [`Flags::CONNTRACK`](super::Flags::CONNTRACK).
    pub conntrack: Option<Conntrack>,
    /// What the packet is to its connection: `NFULA_CT_INFO`, with [`Flags::CONNTRACK`](super::Flags::CONNTRACK).
    pub conntrack_info: Option<ConntrackInfo>,
    /// The tag of a virtual network; in the families `bridge` and `netdev`: `NFULA_VLAN` (Linux 4.20).
    pub vlan: Option<Vlan>,
    /// The whole link header; in the families `bridge` and `netdev`: `NFULA_L2HDR` (Linux 4.20).
    pub link_header: Option<Box<[u8]>>,
    /// Attributes of newer kernels, as they were.
    pub unknown: Vec<u8>,
}

impl Packet {
    /// Reads a message. `None` if it is another one.
    ///
    /// # Errors
    ///
    /// Broken framing, values of a wrong width.
    pub fn decode(message: &Message<'_>) -> Result<Option<Self>, Error> {
        let header = &message.header;
        if message.is_control() || header.subsystem() != NFNL_SUBSYS_ULOG || header.message() != NFULNL_MSG_PACKET {
            return Ok(None);
        }
        let mut packet = Self { group: Group(header.resource), nfproto: header.family, ..Self::default() };
        let mut unknown = Writer::new();
        for attribute in message.reader() {
            let attribute = attribute?;
            if !packet.attribute(attribute)? {
                attribute.encode(&mut unknown);
            }
        }
        packet.unknown = unknown.finish()?;
        Ok(Some(packet))
    }

    /// Takes an attribute, if it is known.
    #[rustfmt::skip]
    fn attribute(&mut self, attribute: Attribute<'_>) -> Result<bool, Error> {
        match attribute.kind {
            NFULA_PACKET_HDR => {
                let [p0, p1, hook, _] = attribute.array()?;
                (self.ether_type, self.hook_number) = (u16::from_be_bytes([p0, p1]), hook);
            }
            NFULA_MARK => self.mark = Some(u32::read(attribute)?),
            NFULA_TIMESTAMP => match timestamp(attribute)? {
                None => return Ok(false),
                time => self.timestamp = time,
            },
            NFULA_IFINDEX_INDEV => self.iif = Some(u32::read(attribute)?),
            NFULA_IFINDEX_OUTDEV => self.oif = Some(u32::read(attribute)?),
            NFULA_IFINDEX_PHYSINDEV => self.physical_iif = Some(u32::read(attribute)?),
            NFULA_IFINDEX_PHYSOUTDEV => self.physical_oif = Some(u32::read(attribute)?),
            NFULA_HWADDR => self.hardware_address = Some(HardwareAddress::read(attribute)?),
            NFULA_HWTYPE => self.hardware_type = Some(u16::read(attribute)?),
            NFULA_HWLEN => self.hardware_length = Some(u16::read(attribute)?),
            NFULA_HWHEADER => self.hardware_header = Some(attribute.payload.into()),
            NFULA_PAYLOAD => self.payload = attribute.payload.into(),
            NFULA_PREFIX => self.prefix = text(attribute.payload),
            NFULA_UID => self.uid = Some(u32::read(attribute)?),
            NFULA_GID => self.gid = Some(u32::read(attribute)?),
            NFULA_SEQ => self.sequence = Some(u32::read(attribute)?),
            NFULA_SEQ_GLOBAL => self.global_sequence = Some(u32::read(attribute)?),
            NFULA_CT => self.conntrack = Some(Conntrack::new(attribute.payload)),
            NFULA_CT_INFO => self.conntrack_info = Some(ConntrackInfo::read(attribute)?),
            NFULA_VLAN => self.vlan = Some(Vlan::read(attribute)?),
            NFULA_L2HDR => self.link_header = Some(attribute.payload.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The family of the chain that the packet passed; `ip` or `ip6` if the table is of family `inet`.
    #[must_use]
    pub const fn family(&self) -> Option<Family> {
        Family::by_number(self.nfproto)
    }

    /// The hook of the chain that the packet passed.
    #[must_use]
    pub fn hook(&self) -> Option<Hook> {
        Hook::by_number(self.family()?, self.hook_number.into())
    }
}

/// Seconds and microseconds; none if there is no such time.
fn timestamp(attribute: Attribute<'_>) -> Result<Option<SystemTime>, Error> {
    let bytes: [u8; 16] = attribute.array()?;
    let number = u128::from_be_bytes(bytes);
    let seconds = u64::try_from(number >> 64).unwrap_or(u64::MAX);
    let microseconds = u64::try_from(number & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    let since = Duration::from_secs(seconds).checked_add(Duration::from_micros(microseconds));
    Ok(since.and_then(|since| UNIX_EPOCH.checked_add(since)))
}

/// Text up to its NUL.
fn text(bytes: &[u8]) -> Box<str> {
    let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).into()
}
