//! The table of data types.

use super::symbols::{
    ARP_OP_SYMBOLS, BOOLEAN_SYMBOLS, CT_DIR_SYMBOLS, CT_EVENT_SYMBOLS, CT_STATE_SYMBOLS, CT_STATUS_SYMBOLS, DAY_SYMBOLS,
    DCCP_PKTTYPE_SYMBOLS, DSCP_SYMBOLS, ECN_SYMBOLS, ETHER_TYPE_SYMBOLS, FIB_ADDRTYPE_SYMBOLS, ICMP_TYPE_SYMBOLS,
    ICMPV6_TYPE_SYMBOLS, IFACE_TYPE_SYMBOLS, IGMP_TYPE_SYMBOLS, MH_TYPE_SYMBOLS, MPTCP_SUBTYPE_SYMBOLS, NF_PROTO_SYMBOLS,
    PKT_TYPE_SYMBOLS, TCP_FLAG_SYMBOLS,
};
use super::{ByteOrder, DataType};

/// The facts of a data type.
#[derive(Debug)]
#[non_exhaustive]
pub struct DataTypeRow {
    /// nft's number.
    pub id: u32,
    /// Name in the language.
    pub name: &'static str,
    /// Name that tells it from all others: `timestamp` for the second `time`.
    pub label: &'static str,
    /// What it is, in words.
    pub description: &'static str,
    /// Width; 0 where the place decides.
    pub bits: u32,
    /// Byte order; nothing where the place decides.
    pub byte_order: Option<ByteOrder>,
    /// The type that this one refines.
    pub base: Option<DataType>,
    /// How values are written.
    pub form: Form,
    /// The number base in which `nft describe` shows the symbols.
    pub radix: Radix,
    /// Named values.
    pub symbols: &'static [Symbol],
    /// Whether this only refines how another type prints: it has no number of its own.
    pub refined: bool,
}

/// How values of a type are read and written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// No values.
    Invalid,
    /// Verdicts: never a plain value.
    Verdict,
    /// Symbol or decimal number.
    Integer,
    /// Symbol or hexadecimal number of at least that many digits.
    Hex(usize),
    /// Flags: symbols, the rest in hexadecimal.
    Bitmask,
    /// Text.
    String,
    /// Bytes in hexadecimal, with colons.
    LinkAddress,
    /// Dotted.
    Ipv4,
    /// As RFC 5952 has it.
    Ipv6,
    /// Six bytes in hexadecimal, with colons.
    Ethernet,
    /// Protocol name or number.
    Protocol,
    /// Port: service name or number.
    Service,
    /// Time span: `1d2h3m4s5ms`, in milliseconds.
    Duration,
    /// Packet mark: `0x%08x` or name.
    Mark,
    /// Interface: name or index.
    Interface,
    /// Routing realm: `0x%08x` or name.
    Realm,
    /// Traffic class: `hex:hex`.
    ClassId,
    /// User: number or name.
    User,
    /// Group: number or name.
    Group,
    /// Conntrack label: name or bit number.
    Label,
    /// ICMP code: number, or the name that `reject` has for it.
    RejectCode,
    /// Interface group: number or name.
    DeviceGroup,
    /// `exists` or `missing`.
    Boolean,
    /// Interface name, maybe with a star.
    InterfaceName,
    /// Point in time: `"2024-06-01 12:00:00"`, in nanoseconds since 1970.
    Timestamp,
    /// Time of day: `"12:00"`, in seconds.
    Hour,
    /// Day of week: `"Monday"`.
    Day,
    /// Control group: a path.
    Cgroup,
}

/// The base of a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two that tables use")]
pub enum Radix {
    /// Base 10.
    Decimal,
    /// Base 16.
    Hex,
}

/// A named value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Symbol {
    /// The name.
    pub name: &'static str,
    /// What it stands for.
    pub value: u64,
}

impl DataTypeRow {
    const fn new(
        id: u32,
        name: &'static str,
        description: &'static str,
        bits: u32,
        byte_order: Option<ByteOrder>,
        base: Option<DataType>,
        form: Form,
    ) -> Self {
        Self {
            id,
            name,
            label: name,
            description,
            bits,
            byte_order,
            base,
            form,
            radix: Radix::Decimal,
            symbols: &[],
            refined: false,
        }
    }

    const fn symbols(mut self, radix: Radix, symbols: &'static [Symbol]) -> Self {
        self.radix = radix;
        self.symbols = symbols;
        self
    }

    const fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    const fn refined(mut self, label: &'static str) -> Self {
        self.label = label;
        self.refined = true;
        self
    }
}

const HOST: Option<ByteOrder> = Some(ByteOrder::Host);
const BIG: Option<ByteOrder> = Some(ByteOrder::Big);

/// Checked against `nft describe` of nftables 1.1.7.
#[rustfmt::skip]
pub(super) static ROWS: &[DataTypeRow] = &[
    //               nr  name            description                                 bits order base                           form
    DataTypeRow::new( 0, "invalid",      "invalid",                                  0, None,  None,                          Form::Invalid),
    DataTypeRow::new( 1, "verdict",      "netfilter verdict",                        0, None,  None,                          Form::Verdict),
    DataTypeRow::new( 2, "nf_proto",     "netfilter protocol",                       8, None,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, NF_PROTO_SYMBOLS),
    DataTypeRow::new( 3, "bitmask",      "bitmask",                                  0, None,  Some(DataType::INTEGER),       Form::Bitmask),
    DataTypeRow::new( 4, "integer",      "integer",                                  0, None,  None,                          Form::Integer),
    DataTypeRow::new( 5, "string",       "string",                                   0, HOST, None,                          Form::String),
    DataTypeRow::new( 6, "ll_addr",      "link layer address",                       0, BIG,  Some(DataType::INTEGER),       Form::LinkAddress),
    DataTypeRow::new( 7, "ipv4_addr",    "IPv4 address",                            32, BIG,  Some(DataType::INTEGER),       Form::Ipv4),
    DataTypeRow::new( 8, "ipv6_addr",    "IPv6 address",                           128, BIG,  Some(DataType::INTEGER),       Form::Ipv6),
    DataTypeRow::new( 9, "ether_addr",   "Ethernet address",                        48, BIG,  Some(DataType::LL_ADDR),       Form::Ethernet),
    DataTypeRow::new(10, "ether_type",   "Ethernet protocol",                       16, BIG,  Some(DataType::INTEGER),       Form::Hex(4)).symbols(Radix::Hex, ETHER_TYPE_SYMBOLS),
    DataTypeRow::new(11, "arp_op",       "ARP operation",                           16, BIG,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Hex, ARP_OP_SYMBOLS),
    DataTypeRow::new(12, "inet_proto",   "Internet protocol",                        8, None,  Some(DataType::INTEGER),       Form::Protocol),
    DataTypeRow::new(13, "inet_service", "internet network service",                16, BIG,  Some(DataType::INTEGER),       Form::Service),
    DataTypeRow::new(14, "icmp_type",    "ICMP type",                                8, BIG,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, ICMP_TYPE_SYMBOLS),
    DataTypeRow::new(15, "tcp_flag",     "TCP flag",                                 8, BIG,  Some(DataType::BITMASK),       Form::Bitmask).symbols(Radix::Hex, TCP_FLAG_SYMBOLS),
    DataTypeRow::new(16, "dccp_pkttype", "DCCP packet type",                         4, None,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Hex, DCCP_PKTTYPE_SYMBOLS),
    DataTypeRow::new(17, "mh_type",      "Mobility Header Type",                     8, BIG,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, MH_TYPE_SYMBOLS),
    DataTypeRow::new(18, "time",         "relative time",                           32, HOST, Some(DataType::INTEGER),       Form::Duration),
    DataTypeRow::new(19, "mark",         "packet mark",                             32, HOST, Some(DataType::INTEGER),       Form::Mark),
    DataTypeRow::new(20, "iface_index",  "network interface index",                 32, HOST, Some(DataType::INTEGER),       Form::Interface),
    DataTypeRow::new(21, "iface_type",   "network interface type",                  16, HOST, Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Hex, IFACE_TYPE_SYMBOLS),
    DataTypeRow::new(22, "realm",        "routing realm",                           32, HOST, Some(DataType::INTEGER),       Form::Realm),
    DataTypeRow::new(23, "classid",      "TC classid",                              32, HOST, Some(DataType::INTEGER),       Form::ClassId),
    DataTypeRow::new(24, "uid",          "user ID",                                 32, HOST, Some(DataType::INTEGER),       Form::User),
    DataTypeRow::new(25, "gid",          "group ID",                                32, HOST, Some(DataType::INTEGER),       Form::Group),
    DataTypeRow::new(26, "ct_state",     "conntrack state",                         32, HOST, Some(DataType::BITMASK),       Form::Bitmask).symbols(Radix::Hex, CT_STATE_SYMBOLS),
    DataTypeRow::new(27, "ct_dir",       "conntrack direction",                      8, None,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, CT_DIR_SYMBOLS),
    DataTypeRow::new(28, "ct_status",    "conntrack status",                        32, HOST, Some(DataType::BITMASK),       Form::Bitmask).symbols(Radix::Hex, CT_STATUS_SYMBOLS),
    DataTypeRow::new(29, "icmpv6_type",  "ICMPv6 type",                              8, BIG,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, ICMPV6_TYPE_SYMBOLS),
    DataTypeRow::new(30, "ct_label",     "conntrack label",                        128, HOST, Some(DataType::BITMASK),       Form::Label),
    DataTypeRow::new(31, "pkt_type",     "packet type",                              8, HOST, Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, PKT_TYPE_SYMBOLS),
    DataTypeRow::new(32, "icmp_code",    "icmp code",                                8, BIG,  Some(DataType::INTEGER),       Form::RejectCode),
    DataTypeRow::new(33, "icmpv6_code",  "icmpv6 code",                              8, BIG,  Some(DataType::INTEGER),       Form::RejectCode),
    DataTypeRow::new(34, "icmpx_code",   "icmpx code",                               8, BIG,  Some(DataType::INTEGER),       Form::RejectCode),
    DataTypeRow::new(35, "devgroup",     "devgroup name",                           32, HOST, Some(DataType::INTEGER),       Form::DeviceGroup),
    DataTypeRow::new(36, "dscp",         "Differentiated Services Code Point",       6, BIG,  Some(DataType::INTEGER),       Form::Hex(2)).symbols(Radix::Hex, DSCP_SYMBOLS),
    DataTypeRow::new(37, "ecn",          "Explicit Congestion Notification",         2, BIG,  Some(DataType::INTEGER),       Form::Hex(1)).symbols(Radix::Hex, ECN_SYMBOLS),
    DataTypeRow::new(38, "fib_addrtype", "fib address type",                        32, HOST, Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, FIB_ADDRTYPE_SYMBOLS),
    DataTypeRow::new(39, "boolean",      "boolean type",                             1, HOST, Some(DataType::INTEGER),       Form::Boolean).symbols(Radix::Decimal, BOOLEAN_SYMBOLS),
    DataTypeRow::new(40, "ct_event",     "conntrack event bits",                    32, HOST, Some(DataType::BITMASK),       Form::Bitmask).symbols(Radix::Hex, CT_EVENT_SYMBOLS),
    DataTypeRow::new(41, "ifname",       "network interface name",                 128, HOST, Some(DataType::STRING),        Form::InterfaceName),
    DataTypeRow::new(42, "igmp_type",    "IGMP type",                                8, BIG,  Some(DataType::INTEGER),       Form::Integer).symbols(Radix::Decimal, IGMP_TYPE_SYMBOLS),
    DataTypeRow::new(43, "time",         "Relative time of packet reception",       64, HOST, Some(DataType::INTEGER),       Form::Timestamp).label("timestamp"),
    DataTypeRow::new(44, "hour",         "Hour of day of packet reception",         32, HOST, Some(DataType::INTEGER),       Form::Hour),
    DataTypeRow::new(45, "day",          "Day of week of packet reception",          8, HOST, Some(DataType::INTEGER),       Form::Day).symbols(Radix::Decimal, DAY_SYMBOLS),
    DataTypeRow::new(46, "cgroupsv2",    "cgroupsv2 path",                          64, HOST, Some(DataType::INTEGER),       Form::Cgroup),
    // Refinements: same number, other writing.
    DataTypeRow::new( 4, "integer",      "integer",                                  0, None,  Some(DataType::INTEGER),       Form::Hex(0)).refined("xinteger"),
    DataTypeRow::new( 4, "integer",      "mptcp option subtype",                     4, None,  Some(DataType::INTEGER),       Form::Integer).refined("mptcp_subtype").symbols(Radix::Decimal, MPTCP_SUBTYPE_SYMBOLS),
];

/// The handles, in the order of the table.
impl DataType {
    /// `invalid`: invalid.
    pub const INVALID: Self = Self(0);
    /// `verdict`: netfilter verdict.
    pub const VERDICT: Self = Self(1);
    /// `nf_proto`: netfilter protocol.
    pub const NF_PROTO: Self = Self(2);
    /// `bitmask`: bitmask.
    pub const BITMASK: Self = Self(3);
    /// `integer`: integer.
    pub const INTEGER: Self = Self(4);
    /// `string`: string.
    pub const STRING: Self = Self(5);
    /// `ll_addr`: link layer address.
    pub const LL_ADDR: Self = Self(6);
    /// `ipv4_addr`: IPv4 address.
    pub const IPV4_ADDR: Self = Self(7);
    /// `ipv6_addr`: IPv6 address.
    pub const IPV6_ADDR: Self = Self(8);
    /// `ether_addr`: Ethernet address.
    pub const ETHER_ADDR: Self = Self(9);
    /// `ether_type`: Ethernet protocol.
    pub const ETHER_TYPE: Self = Self(10);
    /// `arp_op`: ARP operation.
    pub const ARP_OP: Self = Self(11);
    /// `inet_proto`: Internet protocol.
    pub const INET_PROTO: Self = Self(12);
    /// `inet_service`: internet network service.
    pub const INET_SERVICE: Self = Self(13);
    /// `icmp_type`: ICMP type.
    pub const ICMP_TYPE: Self = Self(14);
    /// `tcp_flag`: TCP flag.
    pub const TCP_FLAG: Self = Self(15);
    /// `dccp_pkttype`: DCCP packet type.
    pub const DCCP_PKTTYPE: Self = Self(16);
    /// `mh_type`: Mobility Header Type.
    pub const MH_TYPE: Self = Self(17);
    /// `time`: relative time.
    pub const TIME: Self = Self(18);
    /// `mark`: packet mark.
    pub const MARK: Self = Self(19);
    /// `iface_index`: network interface index.
    pub const IFACE_INDEX: Self = Self(20);
    /// `iface_type`: network interface type.
    pub const IFACE_TYPE: Self = Self(21);
    /// `realm`: routing realm.
    pub const REALM: Self = Self(22);
    /// `classid`: TC classid.
    pub const CLASSID: Self = Self(23);
    /// `uid`: user ID.
    pub const UID: Self = Self(24);
    /// `gid`: group ID.
    pub const GID: Self = Self(25);
    /// `ct_state`: conntrack state.
    pub const CT_STATE: Self = Self(26);
    /// `ct_dir`: conntrack direction.
    pub const CT_DIR: Self = Self(27);
    /// `ct_status`: conntrack status.
    pub const CT_STATUS: Self = Self(28);
    /// `icmpv6_type`: ICMPv6 type.
    pub const ICMPV6_TYPE: Self = Self(29);
    /// `ct_label`: conntrack label.
    pub const CT_LABEL: Self = Self(30);
    /// `pkt_type`: packet type.
    pub const PKT_TYPE: Self = Self(31);
    /// `icmp_code`: icmp code.
    pub const ICMP_CODE: Self = Self(32);
    /// `icmpv6_code`: icmpv6 code.
    pub const ICMPV6_CODE: Self = Self(33);
    /// `icmpx_code`: icmpx code.
    pub const ICMPX_CODE: Self = Self(34);
    /// `devgroup`: devgroup name.
    pub const DEVGROUP: Self = Self(35);
    /// `dscp`: Differentiated Services Code Point.
    pub const DSCP: Self = Self(36);
    /// `ecn`: Explicit Congestion Notification.
    pub const ECN: Self = Self(37);
    /// `fib_addrtype`: fib address type.
    pub const FIB_ADDRTYPE: Self = Self(38);
    /// `boolean`: boolean type.
    pub const BOOLEAN: Self = Self(39);
    /// `ct_event`: conntrack event bits.
    pub const CT_EVENT: Self = Self(40);
    /// `ifname`: network interface name.
    pub const IFNAME: Self = Self(41);
    /// `igmp_type`: IGMP type.
    pub const IGMP_TYPE: Self = Self(42);
    /// `time`: Relative time of packet reception.
    pub const TIMESTAMP: Self = Self(43);
    /// `hour`: Hour of day of packet reception.
    pub const HOUR: Self = Self(44);
    /// `day`: Day of week of packet reception.
    pub const DAY: Self = Self(45);
    /// `cgroupsv2`: cgroupsv2 path.
    pub const CGROUPSV2: Self = Self(46);
    /// `integer`, printed in hexadecimal: raw payloads.
    pub const XINTEGER: Self = Self(47);
    /// `integer`, with names: subtype of the multipath TCP option.
    pub const MPTCP_SUBTYPE: Self = Self(48);
}

const _: () = check();

/// Every handle of a numbered type is its number, and each chain of bases ends.
const fn check() {
    let mut index = 0;
    while index < ROWS.len() {
        let row = &ROWS[index];
        assert!(row.refined || row.id as usize == index, "a type is not at the place of its number");
        let (mut at, mut steps) = (row.base, 0);
        while let Some(base) = at {
            assert!(steps < 4, "a chain of bases does not end");
            at = ROWS[base.0 as usize].base;
            steps += 1;
        }
        index += 1;
    }
}
