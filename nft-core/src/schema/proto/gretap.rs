//! GRE that carries Ethernet frames.

use crate::schema::header::{Base, Header};

/// GRE that carries Ethernet frames.
#[rustfmt::skip]
pub static GRETAP: Header = Header::new("gretap", Base::Transport, &[]).desc(21).tunnel(4, 4, 0xe);

const _: () = GRETAP.check();
