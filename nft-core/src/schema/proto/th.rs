//! The ports of whatever transport protocol.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// The ports of whatever transport protocol.
#[rustfmt::skip]
pub static TH: Header = Header::new("th", Base::Transport, &[
    //    nr  token    type                    offset bits
    field( 1, "sport", DataType::INET_SERVICE,   0,  16),
    field( 2, "dport", DataType::INET_SERVICE,  16,  16),
]).desc(11);

const _: () = TH.check();
