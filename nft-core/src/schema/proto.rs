//! Protocol headers, one file each.

mod ah;
mod arp;
mod comp;
mod dccp;
mod esp;
mod ether;
mod geneve;
mod gre;
mod gretap;
mod icmp;
mod icmpv6;
mod igmp;
mod inet;
mod inet_service;
mod ip;
mod ip6;
mod netdev;
mod sctp;
mod tcp;
mod th;
mod udp;
mod udplite;
mod vlan;
mod vxlan;

pub use ah::AH;
pub use arp::ARP;
pub use comp::COMP;
pub use dccp::DCCP;
pub use esp::ESP;
pub use ether::ETHER;
pub use geneve::GENEVE;
pub use gre::GRE;
pub use gretap::GRETAP;
pub use icmp::ICMP;
pub use icmpv6::ICMPV6;
pub use igmp::IGMP;
pub use inet::INET;
pub use inet_service::INET_SERVICE;
pub use ip::IP;
pub use ip6::IP6;
pub use netdev::NETDEV;
pub use sctp::SCTP;
pub use tcp::TCP;
pub use th::TH;
pub use udp::UDP;
pub use udplite::UDPLITE;
pub use vlan::VLAN;
pub use vxlan::VXLAN;

use super::header::Header;

/// Every header, in the order of the layers.
#[rustfmt::skip]
static ALL: &[&Header] = &[
    &ETHER, &VLAN, &ARP, &IP, &IP6, &ICMP, &ICMPV6, &IGMP, &UDP, &UDPLITE, &TCP, &DCCP, &SCTP, &AH, &ESP, &COMP, &TH, &VXLAN, &GENEVE, &GRE, &GRETAP, &INET, &INET_SERVICE, &NETDEV,
];

/// Every header, the ones without a name in the language (`inet`, `inet-service`, `netdev`) included.
#[must_use]
pub fn all() -> &'static [&'static Header] {
    ALL
}

/// The header of that name in the language.
#[must_use]
pub fn header(name: &str) -> Option<&'static Header> {
    Some(match name {
        "ether" => &ETHER,
        "vlan" => &VLAN,
        "arp" => &ARP,
        "ip" => &IP,
        "ip6" => &IP6,
        "icmp" => &ICMP,
        "icmpv6" => &ICMPV6,
        "igmp" => &IGMP,
        "udp" => &UDP,
        "udplite" => &UDPLITE,
        "tcp" => &TCP,
        "dccp" => &DCCP,
        "sctp" => &SCTP,
        "ah" => &AH,
        "esp" => &ESP,
        "comp" => &COMP,
        "th" => &TH,
        "vxlan" => &VXLAN,
        "geneve" => &GENEVE,
        "gre" => &GRE,
        "gretap" => &GRETAP,
        _ => return None,
    })
}

/// The header with that number in the userdata of sets.
#[must_use]
pub fn by_desc(desc: u32) -> Option<&'static Header> {
    ALL.iter().copied().find(|header| header.desc != 0 && u32::from(header.desc) == desc)
}
