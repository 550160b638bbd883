//! VXLAN tunnel header.

use super::{ARP, IP, IP6, VLAN};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// VXLAN tunnel header.
#[rustfmt::skip]
pub static VXLAN: Header = Header::new("vxlan", Base::Tunnel, &[
    //    nr  token    type               offset bits
    field( 1, "vni",   DataType::INTEGER,  32,  24),
    field( 2, "flags", DataType::BITMASK,   0,   8),
]).desc(18).tunnel(1, 8, 0xf)
    .upper(&[(0x0800, &IP), (0x0806, &ARP), (0x86dd, &IP6), (0x8100, &VLAN)]);

const _: () = VXLAN.check();
