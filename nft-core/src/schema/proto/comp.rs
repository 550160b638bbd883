//! IP payload compression.

use super::{AH, DCCP, ESP, SCTP, TCP, UDP, UDPLITE};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, Link, field};

/// IP payload compression.
#[rustfmt::skip]
pub static COMP: Header = Header::new("comp", Base::Transport, &[
    //    nr  token      type                  offset bits
    field( 1, "nexthdr", DataType::INET_PROTO,   0,   8),
    field( 2, "flags",   DataType::BITMASK,      8,   8),
    field( 3, "cpi",     DataType::INTEGER,     16,  16),
]).desc(3).protocol(1).linked_by(Link::Field)
    .upper(&[(50, &ESP), (51, &AH), (108, &COMP), (17, &UDP), (136, &UDPLITE), (6, &TCP), (33, &DCCP), (132, &SCTP)]);

const _: () = COMP.check();
