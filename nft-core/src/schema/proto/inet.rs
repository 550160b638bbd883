//! What stands below the network layer in the inet family.

use super::{IP, IP6};
use crate::schema::header::{Base, Header, Link};

/// What stands below the network layer in the inet family.
#[rustfmt::skip]
pub static INET: Header = Header::new("inet", Base::LinkLayer, &[]).linked_by(Link::NetworkFamily)
    .upper(&[(2, &IP), (10, &IP6)]);

const _: () = INET.check();
