//! The facts of the protocols, one row each.
//!
//! Every consumer reads these tables: name resolution, typing, compiler, decompiler, printer, completion. A fact that stands
//! here stands nowhere else.

pub mod ct;
pub mod datatype;
pub mod dccpopt;
pub mod extension;
pub mod exthdr;
pub mod header;
pub mod ipopt;
pub mod ipsec;
pub mod meta;
pub mod proto;
pub mod rt;
pub mod sctp_chunk;
pub mod socket;
pub mod tcpopt;
pub mod tunnel;

mod keys;

pub use ct::CtKey;
pub use datatype::{ByteOrder, DataType};
pub use extension::Extension;
pub use header::{Base, Field, Header};
pub use ipsec::IpsecKey;
pub use meta::MetaKey;
pub use proto::header;
pub use rt::RtKey;
pub use socket::SocketKey;
pub use tunnel::TunnelKey;

/// The header and field of those names.
///
/// ```
/// let (header, field) = nft_core::schema::lookup("udp", "dport").unwrap();
/// assert_eq!((header.name, field.offset, field.bits), ("udp", 16, 16));
/// ```
#[must_use]
pub fn lookup(header: &str, field: &str) -> Option<(&'static Header, &'static Field)> {
    let header = proto::header(header)?;
    Some((header, header.field(field)?))
}
