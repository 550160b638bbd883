//! GRE.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// GRE.
#[rustfmt::skip]
pub static GRE: Header = Header::new("gre", Base::Transport, &[
    //    nr  token       type                  offset bits
    field( 1, "version",  DataType::INTEGER,     13,   3),
    field( 2, "flags",    DataType::INTEGER,      0,   5),
    field( 3, "protocol", DataType::ETHER_TYPE,  16,  16),
]).desc(20).tunnel(3, 4, 0xc);

const _: () = GRE.check();
