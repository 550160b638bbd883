//! Ethernet.

use super::{ARP, IP, IP6, VLAN};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, Link, field};

/// Ethernet.
#[rustfmt::skip]
pub static ETHER: Header = Header::new("ether", Base::LinkLayer, &[
    //    nr  token    type                  offset bits
    field( 1, "daddr", DataType::ETHER_ADDR,   0,  48),
    field( 2, "saddr", DataType::ETHER_ADDR,  48,  48),
    field( 3, "type",  DataType::ETHER_TYPE,  96,  16),
]).desc(17).protocol(3).linked_by(Link::Field).length(112)
    .upper(&[(0x0800, &IP), (0x0806, &ARP), (0x86dd, &IP6), (0x8100, &VLAN), (0x88a8, &VLAN)]);

const _: () = ETHER.check();
