//! DCCP.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// DCCP.
#[rustfmt::skip]
pub static DCCP: Header = Header::new("dccp", Base::Transport, &[
    //    nr  token    type                    offset bits
    field( 1, "sport", DataType::INET_SERVICE,   0,  16),
    field( 2, "dport", DataType::INET_SERVICE,  16,  16),
    field( 3, "type",  DataType::DCCP_PKTTYPE,  67,   4),
]).desc(9);

const _: () = DCCP.check();
