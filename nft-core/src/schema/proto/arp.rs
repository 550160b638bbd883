//! ARP.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// ARP.
#[rustfmt::skip]
pub static ARP: Header = Header::new("arp", Base::Network, &[
    //    nr  token          type                  offset bits
    field( 1, "htype",       DataType::INTEGER,      0,  16),
    field( 2, "ptype",       DataType::ETHER_TYPE,  16,  16),
    field( 3, "hlen",        DataType::INTEGER,     32,   8),
    field( 4, "plen",        DataType::INTEGER,     40,   8),
    field( 5, "operation",   DataType::ARP_OP,      48,  16),
    field( 6, "saddr ether", DataType::ETHER_ADDR,  64,  48),
    field( 7, "saddr ip",    DataType::IPV4_ADDR,  112,  32),
    field( 8, "daddr ether", DataType::ETHER_ADDR, 144,  48),
    field( 9, "daddr ip",    DataType::IPV4_ADDR,  192,  32),
]).desc(15);

const _: () = ARP.check();
