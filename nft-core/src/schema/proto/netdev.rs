//! What stands below the network layer in the netdev family.

use super::{ARP, IP, IP6, VLAN};
use crate::schema::header::{Base, Header, Link};

/// What stands below the network layer in the netdev family.
#[rustfmt::skip]
pub static NETDEV: Header = Header::new("netdev", Base::LinkLayer, &[]).linked_by(Link::Protocol)
    .upper(&[(0x0800, &IP), (0x0806, &ARP), (0x86dd, &IP6), (0x8100, &VLAN), (0x88a8, &VLAN)]);

const _: () = NETDEV.check();
