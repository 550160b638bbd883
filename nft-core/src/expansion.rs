//! What the code that `nft!` expands to calls. Not for use by hand; it changes with the macro.

pub mod takes;

pub use crate::model::*;
pub use crate::schema::ct::Direction;
pub use crate::schema::ipsec::IpsecDirection;
pub use crate::schema::{
    Base, ByteOrder, ChainType, CtKey, DataType, Family, FibResult, Hook, IpsecKey, MetaKey, OsfKey, RejectType, RtKey,
    SocketKey, TunnelKey,
};

pub use crate::expr::kind;

use crate::expr::Constant;
use crate::schema::extension::Op;
use crate::schema::{Extension, Header, header};

pub use crate::name::{ChainName, DeviceName, FlowtableName, ObjectName, SetName, TableName};

/// A number in units of so many bits: `10 mbytes` has 20. What is more than 64 bits is as much as they hold.
#[must_use]
pub const fn scaled(number: u64, bits: u32) -> u64 {
    number.saturating_mul(1 << bits)
}

/// The same in 32 bits.
#[must_use]
pub const fn scaled32(number: u32, bits: u32) -> u32 {
    match 1_u32.checked_shl(bits) {
        Some(factor) => number.saturating_mul(factor),
        None => u32::MAX,
    }
}

/// Names that were checked when the macro ran.
pub trait Known {
    /// The name.
    fn known(text: &str) -> Self;
}

macro_rules! known {
    ($($Name:ident)+) => { $(
        impl Known for $Name {
            fn known(text: &str) -> Self {
                Self::received(text)
            }
        }
    )+ };
}

known!(ChainName DeviceName FlowtableName ObjectName SetName TableName);

/// A name that was checked when the macro ran.
#[must_use]
pub fn known<N: Known>(text: &str) -> N {
    N::known(text)
}

/// A number of that type.
#[must_use]
pub const fn int(ty: DataType, number: u128) -> Expr {
    Expr::Value(Value::int(ty, number))
}

/// A constant of that type.
#[must_use]
pub const fn constant(ty: DataType, repr: Repr) -> Expr {
    Expr::Value(Value { ty, repr })
}

/// The data type in that row of the table.
#[must_use]
pub const fn data_type(row: u8) -> DataType {
    DataType::at(row)
}

/// A field of a header, perhaps inside of a tunnel. Names are those of the schema, which the macro has looked up.
///
/// # Panics
///
/// If there is no such field, which means that the macro and this crate do not belong together.
#[must_use]
pub fn payload(tunnel: Option<&str>, name: &str, field: &str) -> Expr {
    let header: &'static Header = known_header(name);
    let payload = Payload::new(header, expect(header.field(field)));
    Expr::Payload(match tunnel {
        Some(tunnel) => payload.inside(known_header(tunnel)),
        None => payload,
    })
}

/// Bits at a place of the packet.
#[must_use]
pub fn raw(tunnel: Option<&str>, base: Base, offset: u32, bits: u32) -> Expr {
    let raw = RawPayload::new(base, offset, bits);
    Expr::Raw(match tunnel {
        Some(tunnel) => raw.inside(known_header(tunnel)),
        None => raw,
    })
}

/// An extension header or option: its kind, number, name, and what of it.
#[must_use]
pub fn exthdr(op: u32, number: u8, name: Option<&str>, part: ExthdrPart) -> Expr {
    let op = expect(Op::by_number(op));
    Expr::Exthdr(match name {
        Some(name) => Exthdr::new(extension(op, name), part),
        None => Exthdr::numbered(op, number, part),
    })
}

/// A field of an extension header or option.
#[must_use]
pub fn exthdr_field(op: u32, name: Option<&str>, field: &str) -> ExthdrPart {
    ExthdrPart::Field(match name {
        Some(name) => expect(extension(expect(Op::by_number(op)), name).fields.iter().find(|known| known.name == field)),
        None => &crate::schema::tcpopt::LENGTH,
    })
}

/// Elements as they are packed.
#[must_use]
pub fn elements(layout: (u16, u16), points: &[u8], ranges: &[u8], others: Vec<Element>) -> Elements {
    let (key, data) = (usize::from(layout.0), usize::from(layout.1));
    let mut elements = Elements::new(Layout::new(layout.0, layout.1));
    for bytes in points.chunks_exact((key + data).max(1)) {
        let (key, data) = bytes.split_at(key);
        elements.push_point(key, data);
    }
    for bytes in ranges.chunks_exact((2 * key + data).max(1)) {
        let (low, rest) = bytes.split_at(key);
        let (high, data) = rest.split_at(key);
        elements.push_range(low, high, data);
    }
    for element in others {
        elements.push(element);
    }
    elements
}

/// Adds an element whose key or data a hole gives; plain ones are packed. One that does not fit the set is kept as it is, so that whoever
/// pushes the ruleset hears what is wrong with it.
pub fn add_element(set: &mut Set, element: Element) {
    if set.add_element(element.clone()).is_err() {
        set.elements.push(element);
    }
}

fn known_header(name: &str) -> &'static Header {
    expect(header(name))
}

fn extension(op: Op, name: &str) -> &'static Extension {
    expect(op.all().iter().find(|extension| extension.name == name))
}

const fn expect<T>(known: Option<T>) -> T {
    known.expect("the macro has found it in the same tables")
}

/// A tunnel's metadata; addresses are source and destination as numbers.
#[must_use]
pub fn tunnel(
    [id, flags]: [Option<u32>; 2],
    [sport, dport]: [Option<u16>; 2],
    [tos, ttl]: [Option<u8>; 2],
    ip: Option<[Option<u32>; 2]>,
    ip6: Option<[Option<u128>; 2]>,
    options: Option<TunnelOptions>,
) -> TunnelObject {
    let ip = ip.map(|ends| {
        let [source, destination] = ends.map(|address| address.map(std::net::Ipv4Addr::from_bits));
        TunnelAddresses::Ip { source, destination }
    });
    let ip6 = ip6.map(|ends| {
        let [source, destination] = ends.map(|address| address.map(std::net::Ipv6Addr::from_bits));
        TunnelAddresses::Ip6 { source, destination }
    });
    TunnelObject { id, addresses: ip.or(ip6), sport, dport, tos, ttl, flags, options }
}

/// An array on the heap.
#[must_use]
pub fn boxed<T, const N: usize>(items: [T; N]) -> Box<[T]> {
    Box::new(items)
}

/// A text on the heap.
#[must_use]
pub fn text(text: &str) -> Box<str> {
    text.into()
}

/// A list to put elements in.
#[must_use]
pub const fn no_elements() -> Vec<Element> {
    Vec::new()
}
