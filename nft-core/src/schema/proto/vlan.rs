//! 802.1Q tag.

use super::{ARP, IP, IP6};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, Link, field};

/// 802.1Q tag.
#[rustfmt::skip]
pub static VLAN: Header = Header::new("vlan", Base::LinkLayer, &[
    //    nr  token   type                  offset bits
    field( 1, "pcp",  DataType::INTEGER,      0,   3),
    field( 2, "dei",  DataType::INTEGER,      3,   1),
    field( 3, "cfi",  DataType::INTEGER,      3,   1),
    field( 4, "id",   DataType::INTEGER,      4,  12),
    field( 5, "type", DataType::ETHER_TYPE,  16,  16),
]).desc(16).protocol(5).linked_by(Link::Field).length(32).in_pairs()
    .upper(&[(0x0800, &IP), (0x0806, &ARP), (0x86dd, &IP6), (0x8100, &VLAN), (0x88a8, &VLAN)]);

const _: () = VLAN.check();
