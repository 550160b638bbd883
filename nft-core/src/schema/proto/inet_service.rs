//! What stands below the transport layer when the network layer is not known.

use super::{AH, COMP, DCCP, ESP, GRE, GRETAP, ICMP, ICMPV6, IGMP, SCTP, TCP, UDP, UDPLITE};
use crate::schema::header::{Base, Header, Link};

/// What stands below the transport layer when the network layer is not known.
#[rustfmt::skip]
pub static INET_SERVICE: Header = Header::new("inet-service", Base::Transport, &[]).linked_by(Link::L4Protocol)
    .upper(&[(50, &ESP), (51, &AH), (108, &COMP), (17, &UDP), (136, &UDPLITE), (6, &TCP), (33, &DCCP), (132, &SCTP), (1, &ICMP), (2, &IGMP), (58, &ICMPV6), (47, &GRE), (47, &GRETAP)]);

const _: () = INET_SERVICE.check();
