//! Geneve tunnel header.

use super::{ARP, IP, IP6, VLAN};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// Geneve tunnel header.
#[rustfmt::skip]
pub static GENEVE: Header = Header::new("geneve", Base::Tunnel, &[
    //    nr  token   type                  offset bits
    field( 1, "vni",  DataType::INTEGER,     32,  24),
    field( 2, "type", DataType::ETHER_TYPE,  16,  16),
]).desc(19).tunnel(2, 8, 0xf)
    .upper(&[(0x0800, &IP), (0x0806, &ARP), (0x86dd, &IP6), (0x8100, &VLAN)]);

const _: () = GENEVE.check();
