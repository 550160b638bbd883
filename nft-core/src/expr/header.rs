//! Header fields as selectors.

use super::Selector;
use super::kind::{EthernetAddress, Integer, Ipv4Address, Ipv6Address, Port, Protocol, TcpFlags};
use crate::model::{Expr, Payload};
use crate::schema::header::{Field, Header};
use crate::schema::proto;

/// The row of a field: a name that the header does not have is an error of the compiler.
const fn field(header: &Header, name: &str) -> &'static Field {
    let (fields, name) = (header.fields, name.as_bytes());
    let mut index = 0;
    while index < fields.len() {
        let candidate = fields[index].name.as_bytes();
        let mut at = 0;
        while candidate.len() == name.len() && at < name.len() && candidate[at] == name[at] {
            at += 1;
        }
        if candidate.len() == name.len() && at == name.len() {
            return &fields[index];
        }
        index += 1;
    }
    panic!("the header has no such field")
}

/// Turns `tcp Tcp TCP { dport "dport" Port; }` into `tcp().dport()`, a selector of ports.
macro_rules! headers {
    ($($(#[doc = $doc:literal])+ $function:ident $Type:ident $row:ident { $($(#[doc = $field_doc:literal])* $method:ident $field:literal $Kind:ident;)+ })+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $Type;

        $(#[doc = $doc])+
        #[must_use]
        pub const fn $function() -> $Type {
            $Type
        }

        impl $Type {
            $(
                #[doc = concat!("`", stringify!($function), " ", $field, "`.")]
                #[must_use]
                pub const fn $method(self) -> Selector<$Kind> {
                    const FIELD: &Field = field(&proto::$row, $field);
                    Selector::new(Expr::Payload(Payload::new(&proto::$row, FIELD)), FIELD.ty)
                }
            )+
        }
    )+ };
}

headers! {
    /// Ethernet.
    ether Ether ETHER {
        saddr "saddr" EthernetAddress;
        daddr "daddr" EthernetAddress;
        ty "type" Integer;
    }
    /// IEEE 802.1Q.
    vlan Vlan VLAN {
        id "id" Integer;
        pcp "pcp" Integer;
        ty "type" Integer;
    }
    /// ARP.
    arp Arp ARP {
        operation "operation" Integer;
        saddr_ip "saddr ip" Ipv4Address;
        daddr_ip "daddr ip" Ipv4Address;
        saddr_ether "saddr ether" EthernetAddress;
        daddr_ether "daddr ether" EthernetAddress;
    }
    /// IPv4.
    ip Ip IP {
        saddr "saddr" Ipv4Address;
        daddr "daddr" Ipv4Address;
        protocol "protocol" Protocol;
        ttl "ttl" Integer;
        length "length" Integer;
        dscp "dscp" Integer;
    }
    /// IPv6.
    ip6 Ip6 IP6 {
        saddr "saddr" Ipv6Address;
        daddr "daddr" Ipv6Address;
        nexthdr "nexthdr" Protocol;
        hoplimit "hoplimit" Integer;
        length "length" Integer;
        dscp "dscp" Integer;
    }
    /// ICMP.
    icmp Icmp ICMP {
        ty "type" Integer;
        code "code" Integer;
    }
    /// ICMPv6.
    icmpv6 Icmpv6 ICMPV6 {
        ty "type" Integer;
        code "code" Integer;
    }
    /// UDP.
    udp Udp UDP {
        sport "sport" Port;
        dport "dport" Port;
        length "length" Integer;
    }
    /// TCP.
    tcp Tcp TCP {
        sport "sport" Port;
        dport "dport" Port;
        flags "flags" TcpFlags;
        window "window" Integer;
    }
    /// Whatever transport protocol has ports.
    th Th TH {
        sport "sport" Port;
        dport "dport" Port;
    }
}
