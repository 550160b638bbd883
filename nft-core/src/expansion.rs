//! What the code that `nft!` expands to calls. Not for use by hand; it changes with the macro.

pub use crate::expr::kind;
pub use crate::model::*;
pub use crate::schema::ct::Direction;
pub use crate::schema::ipsec::IpsecDirection;
pub use crate::schema::{
    Base, ByteOrder, ChainType, CtKey, DataType, Family, FibResult, Hook, IpsecKey, MetaKey, OsfKey, RejectType, RtKey,
    SocketKey, TunnelKey,
};

use crate::expr::Constant;
use crate::schema::extension::Op;
use crate::schema::{Extension, Header, header};
use kind::Kind;

pub use crate::name::{ChainName, DeviceName, FlowtableName, ObjectName, SetName, TableName};

/// The expression of a hole where a constant of kind `K` stands.
pub fn value<K: Kind>(value: impl Constant<K>, ty: DataType) -> Expr {
    value.constant(ty)
}

/// A Rust value that can stand for a name of the kind `N`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `{N}`",
    label = "a `{N}` is wanted here",
    note = "`{N}::new(…)` makes one from text, and says if it is none"
)]
pub trait IntoName<N> {
    /// The name.
    fn into_name(self) -> N;
}

impl<N> IntoName<N> for N {
    fn into_name(self) -> N {
        self
    }
}

impl<N: Clone> IntoName<N> for &N {
    fn into_name(self) -> N {
        self.clone()
    }
}

/// A name that a hole gives.
pub fn name<N>(value: impl IntoName<N>) -> N {
    value.into_name()
}

/// A Rust value that can stand for the priority of a chain.
#[diagnostic::on_unimplemented(message = "`{Self}` is no priority of a chain", label = "an `i32` is wanted here")]
pub trait IntoPriority {
    /// The number.
    fn into_priority(self) -> i32;
}

impl IntoPriority for i32 {
    fn into_priority(self) -> i32 {
        self
    }
}

/// The priority that a hole gives.
pub fn priority(value: impl IntoPriority) -> i32 {
    value.into_priority()
}

/// A Rust value that can stand for a length of time.
#[diagnostic::on_unimplemented(message = "`{Self}` is no length of time", label = "a `std::time::Duration` is wanted here")]
pub trait IntoMilliseconds {
    /// The number of milliseconds.
    fn into_milliseconds(self) -> u64;
}

impl IntoMilliseconds for std::time::Duration {
    fn into_milliseconds(self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The time that a hole gives, in milliseconds.
pub fn milliseconds(value: impl IntoMilliseconds) -> u64 {
    value.into_milliseconds()
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

/// Adds an element whose key or data a hole gives; plain ones are packed.
///
/// # Panics
///
/// If the element does not fit the set, which the types of holes rule out, but for a range in a set without `flags interval`.
pub fn add_element(set: &mut Set, element: Element) {
    if let Err(error) = set.add_element(element) {
        panic!("{error}");
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
