//! The facts of the protocols, one row each.
//!
//! Every consumer reads these tables: name resolution, typing, compiler, decompiler, printer, completion. A fact that stands
//! here stands nowhere else.

pub mod ct;
pub mod datatype;
pub mod dccpopt;
pub mod extension;
pub mod exthdr;
pub mod family;
pub mod fib;
pub mod header;
pub mod hook;
pub mod ipopt;
pub mod ipsec;
pub mod meta;
pub mod osf;
pub mod priority;
pub mod proto;
pub mod reject;
pub mod rt;
pub mod sctp_chunk;
pub mod socket;
pub mod tcpopt;
pub mod tunnel;
pub mod words;

mod keys;
mod nearest;

pub use ct::CtKey;
pub use datatype::{ByteOrder, DataType};
pub use extension::Extension;
pub use family::Family;
pub use fib::FibResult;
pub use header::{Base, Field, Header};
pub use hook::{ChainType, Hook};
pub use ipsec::IpsecKey;
pub use meta::MetaKey;
pub use nearest::nearest;
pub use osf::OsfKey;
pub use proto::header;
pub use reject::RejectType;
pub use rt::RtKey;
pub use socket::SocketKey;
pub use tunnel::TunnelKey;
pub use words::Words;

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

/// Every header with its fields, for completion and for tests of coverage.
pub fn all() -> impl Iterator<Item = (&'static Header, &'static Field)> {
    proto::all().iter().flat_map(|header| header.fields.iter().map(move |field| (*header, field)))
}
