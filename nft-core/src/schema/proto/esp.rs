//! IPsec encapsulating security payload.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// IPsec encapsulating security payload.
#[rustfmt::skip]
pub static ESP: Header = Header::new("esp", Base::Transport, &[
    //    nr  token       type               offset bits
    field( 1, "spi",      DataType::INTEGER,   0,  32),
    field( 2, "sequence", DataType::INTEGER,  32,  32),
]).desc(2);

const _: () = ESP.check();
