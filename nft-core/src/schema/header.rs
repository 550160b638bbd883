//! Row types of protocol headers.

use super::datatype::DataType;
use super::proto;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A protocol header and its fields.
///
/// There is one of each: equality is that of the names.
#[non_exhaustive]
pub struct Header {
    /// The word in the language.
    pub name: &'static str,
    /// Number in the userdata of `typeof` sets; 0 for headers without a name in the language.
    pub desc: u8,
    /// From where offsets count.
    pub base: Base,
    /// The fields, in the order of nft's numbers.
    pub fields: &'static [Field],
    /// Number of the field that says which header follows (or, in ICMP, what the message is); 0 for none.
    pub protocol: u8,
    /// How a match of the following header is written.
    pub link: Link,
    /// Headers that may follow, by the number that announces them.
    pub upper: &'static [(u32, &'static Self)],
    /// The header's checksum, which writes to the header must keep right.
    pub checksum: Option<Checksum>,
    /// Whether nft writes bits of it in whole pairs of bytes, as it does where a checksum has to be kept right.
    pub in_pairs: bool,
    /// Fixed length in bits of link layer headers, else 0.
    pub bits: u32,
    /// How the kernel finds what a tunnel carries.
    pub tunnel: Option<Tunnel>,
}

/// A field of a header.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// nft's number, from the userdata of `typeof` sets.
    pub template: u8,
    /// The word, or two, in the language.
    pub name: &'static str,
    /// Type of its values.
    pub ty: DataType,
    /// Where it begins, in bits.
    pub offset: u32,
    /// How wide it is, in bits.
    pub bits: u32,
    /// Whether it is part of the pseudo header, so that the transport checksum changes with it.
    pub pseudo: bool,
    /// Which ICMP types have it.
    pub icmp: Option<IcmpDependency>,
}

/// From where the offset of a payload counts.
///
/// Kernel name: `enum nft_payload_bases`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Base {
    /// `NFT_PAYLOAD_LL_HEADER`, `@ll`.
    LinkLayer,
    /// `NFT_PAYLOAD_NETWORK_HEADER`, `@nh`.
    Network,
    /// `NFT_PAYLOAD_TRANSPORT_HEADER`, `@th`.
    Transport,
    /// `NFT_PAYLOAD_INNER_HEADER`, `@ih`: behind the transport header.
    Inner,
    /// `NFT_PAYLOAD_TUN_HEADER`: a tunnel's own header.
    Tunnel,
}

/// How a match of the header that follows is written when none of the rule's own says it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Link {
    /// Nothing follows.
    None,
    /// With the header's [`protocol`](Header::protocol) field.
    Field,
    /// With `meta nfproto`.
    NetworkFamily,
    /// With `meta protocol`.
    Protocol,
    /// With `meta l4proto`.
    L4Protocol,
}

/// A header's checksum.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what the kernel needs")]
pub struct Checksum {
    /// Which.
    pub kind: ChecksumKind,
    /// Where, in bits from the header's start.
    pub offset: u32,
}

/// How a checksum is computed.
///
/// Kernel name: `enum nft_payload_csum_types`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ChecksumKind {
    /// `NFT_PAYLOAD_CSUM_INET`.
    Inet,
    /// `NFT_PAYLOAD_CSUM_SCTP`.
    Sctp,
}

/// How the kernel finds the inner headers of a tunnel.
///
/// Kernel name: attributes `NFTA_INNER_*`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what the kernel needs")]
pub struct Tunnel {
    /// `NFTA_INNER_TYPE`.
    pub kind: u32,
    /// `NFTA_INNER_HDRSIZE`, in bytes.
    pub header_size: u32,
    /// `NFTA_INNER_FLAGS`: header size 1, link layer 2, network 4, transport 8.
    pub flags: u32,
}

/// Which ICMP types carry a field.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum IcmpDependency {
    /// ICMP echo.
    Echo,
    /// ICMP destination unreachable.
    Mtu,
    /// ICMP redirect.
    Gateway,
    /// ICMPv6 packet too big.
    PacketTooBig,
    /// ICMPv6 parameter problem.
    ParameterProblem,
    /// ICMPv6 echo.
    Echo6,
    /// ICMPv6 multicast listener query.
    ListenerQuery,
    /// ICMPv6 multicast listener and neighbour messages, with a target address.
    Target,
    /// ICMPv6 redirect.
    Redirect,
}

/// A row of a header's field table.
pub(super) const fn field(template: u8, name: &'static str, ty: DataType, offset: u32, bits: u32) -> Field {
    Field { template, name, ty, offset, bits, pseudo: false, icmp: None }
}

impl Field {
    /// Marks a field of the pseudo header.
    pub(super) const fn pseudo(mut self) -> Self {
        self.pseudo = true;
        self
    }

    /// Names the ICMP types that have the field.
    pub(super) const fn needs(mut self, dependency: IcmpDependency) -> Self {
        self.icmp = Some(dependency);
        self
    }

    /// The bit behind the last.
    #[must_use]
    pub const fn end(&self) -> u32 {
        self.offset + self.bits
    }

    /// Whether it begins and ends between bytes.
    #[must_use]
    pub const fn is_bytes(&self) -> bool {
        self.offset.is_multiple_of(8) && self.bits.is_multiple_of(8)
    }
}

impl Header {
    pub(crate) const fn new(name: &'static str, base: Base, fields: &'static [Field]) -> Self {
        Self {
            name,
            desc: 0,
            base,
            fields,
            protocol: 0,
            link: Link::None,
            upper: &[],
            checksum: None,
            in_pairs: false,
            bits: 0,
            tunnel: None,
        }
    }

    pub(super) const fn desc(mut self, desc: u8) -> Self {
        self.desc = desc;
        self
    }

    pub(super) const fn protocol(mut self, template: u8) -> Self {
        self.protocol = template;
        self
    }

    pub(super) const fn linked_by(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    pub(super) const fn upper(mut self, upper: &'static [(u32, &'static Self)]) -> Self {
        self.upper = upper;
        self
    }

    pub(super) const fn checksum(mut self, kind: ChecksumKind, template: u8) -> Self {
        let field = &self.fields[template as usize - 1];
        self.checksum = Some(Checksum { kind, offset: field.offset });
        self.in_pairs = true;
        self
    }

    pub(super) const fn in_pairs(mut self) -> Self {
        self.in_pairs = true;
        self
    }

    pub(super) const fn length(mut self, bits: u32) -> Self {
        self.bits = bits;
        self
    }

    pub(super) const fn tunnel(mut self, kind: u32, header_size: u32, flags: u32) -> Self {
        self.tunnel = Some(Tunnel { kind, header_size, flags });
        self
    }

    /// Proves the table at compile time: numbers in order, names unique, widths those of the types, nothing behind the end.
    pub(super) const fn check(&self) {
        let mut index = 0;
        while index < self.fields.len() {
            let field = &self.fields[index];
            assert!(field.template as usize == index + 1, "a field is not at the place of its number");
            check_field(field);
            assert!(self.bits == 0 || field.end() <= self.bits, "a field ends behind its header");
            let mut other = 0;
            while other < index {
                assert!(!same(self.fields[other].name, field.name), "two fields have one name");
                other += 1;
            }
            index += 1;
        }
        assert!(self.protocol as usize <= self.fields.len(), "the protocol field does not exist");
    }

    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        let name = match name {
            // nft writes this word, but cannot read it.
            "parameter-problem" => "param-problem",
            name => name,
        };
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field with nft's number.
    #[must_use]
    pub fn template(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| u32::from(field.template) == number)
    }

    /// The first field with exactly that place.
    #[must_use]
    pub fn at(&self, offset: u32, bits: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.offset == offset && field.bits == bits)
    }

    /// The first field that begins there.
    #[must_use]
    pub fn starting_at(&self, offset: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.offset == offset)
    }

    /// The field that says which header follows.
    #[must_use]
    pub fn protocol_field(&self) -> Option<&'static Field> {
        self.template(u32::from(self.protocol))
    }

    /// The header that the number announces. (For numbers with two, such as GRE, the plain one.)
    #[must_use]
    pub fn upper_by_number(&self, number: u32) -> Option<&'static Self> {
        self.upper.iter().find(|(candidate, _)| *candidate == number).map(|(_, header)| *header)
    }

    /// The number that announces `upper` behind this header.
    #[must_use]
    pub fn number_of(&self, upper: &Self) -> Option<u32> {
        self.upper.iter().find(|(_, header)| *header == upper).map(|(number, _)| *number)
    }

    /// Whether `name` is the first of two words that name a field: `saddr` of `arp saddr ip`.
    #[must_use]
    pub fn needs_second_word(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name.split_once(' ').is_some_and(|(first, _)| first == name))
    }
}

impl Base {
    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::LinkLayer => 0,
            Self::Network => 1,
            Self::Transport => 2,
            Self::Inner => 3,
            Self::Tunnel => 4,
        }
    }

    /// The base with the kernel's number.
    #[must_use]
    pub const fn by_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::LinkLayer,
            1 => Self::Network,
            2 => Self::Transport,
            3 => Self::Inner,
            4 => Self::Tunnel,
            _ => return None,
        })
    }

    /// The word behind the `@` of a raw payload, and in the bytecode's text `link`, `network`, ... are longer forms of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkLayer => "ll",
            Self::Network => "nh",
            Self::Transport => "th",
            Self::Inner => "ih",
            Self::Tunnel => "tunnel",
        }
    }

    /// The base of a raw payload.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "ll" => Self::LinkLayer,
            "nh" => Self::Network,
            "th" => Self::Transport,
            "ih" => Self::Inner,
            _ => return None,
        })
    }
}

impl ChecksumKind {
    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Inet => 1,
            Self::Sctp => 2,
        }
    }
}

impl IcmpDependency {
    /// The types that have such fields.
    #[must_use]
    pub const fn types(self) -> &'static [u8] {
        match self {
            Self::Echo => &[8, 0],
            Self::Mtu => &[3],
            Self::Gateway => &[5],
            Self::PacketTooBig => &[2],
            Self::ParameterProblem => &[4],
            Self::Echo6 => &[128, 129],
            Self::ListenerQuery => &[130],
            Self::Target => &[130, 131, 132, 135, 136, 137],
            Self::Redirect => &[137],
        }
    }

    /// The header whose fields these are.
    #[must_use]
    pub fn header(self) -> &'static Header {
        match self {
            Self::Echo | Self::Mtu | Self::Gateway => &proto::ICMP,
            Self::PacketTooBig | Self::ParameterProblem | Self::Echo6 | Self::ListenerQuery | Self::Target | Self::Redirect => {
                &proto::ICMPV6
            }
        }
    }
}

/// Proves what must hold for any field.
pub(super) const fn check_field(field: &Field) {
    assert!(field.bits > 0, "a field is empty");
    assert!(!field.name.is_empty(), "a field has no name");
    let bits = field.ty.bits();
    assert!(bits == 0 || bits == field.bits, "a field is not as wide as its type");
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.name == other.name
    }
}

impl Eq for Header {}

impl Hash for Header {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// The name: tables refer to each other in circles.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
