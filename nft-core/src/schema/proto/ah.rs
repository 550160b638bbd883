//! IPsec authentication header.

use super::{COMP, DCCP, ESP, SCTP, TCP, UDP, UDPLITE};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, Link, field};

/// IPsec authentication header.
#[rustfmt::skip]
pub static AH: Header = Header::new("ah", Base::Transport, &[
    //    nr  token        type                  offset bits
    field( 1, "nexthdr",   DataType::INET_PROTO,   0,   8),
    field( 2, "hdrlength", DataType::INTEGER,      8,   8),
    field( 3, "reserved",  DataType::INTEGER,     16,  16),
    field( 4, "spi",       DataType::INTEGER,     32,  32),
    field( 5, "sequence",  DataType::INTEGER,     64,  32),
]).desc(1).protocol(1).linked_by(Link::Field)
    .upper(&[(50, &ESP), (51, &AH), (108, &COMP), (17, &UDP), (136, &UDPLITE), (6, &TCP), (33, &DCCP), (132, &SCTP)]);

const _: () = AH.check();
