//! Named values of data types.

use super::rows::Symbol;

/// A row of a table of names.
pub(in crate::schema) const fn symbol(name: &'static str, value: u64) -> Symbol {
    Symbol { name, value }
}

#[rustfmt::skip]
pub(super) const NF_PROTO_SYMBOLS: &[Symbol] = &[
    symbol("ipv4", 2), symbol("ipv6", 10),
];

#[rustfmt::skip]
pub(super) const ETHER_TYPE_SYMBOLS: &[Symbol] = &[
    symbol("ip", 0x800), symbol("arp", 0x806), symbol("ip6", 0x86dd), symbol("8021q", 0x8100), symbol("8021ad", 0x88a8),
    symbol("vlan", 0x8100),
];

#[rustfmt::skip]
pub(super) const ARP_OP_SYMBOLS: &[Symbol] = &[
    symbol("request", 0x1), symbol("reply", 0x2), symbol("rrequest", 0x3), symbol("rreply", 0x4),
    symbol("inrequest", 0x8), symbol("inreply", 0x9), symbol("nak", 0xa),
];

#[rustfmt::skip]
pub(super) const ICMP_TYPE_SYMBOLS: &[Symbol] = &[
    symbol("echo-reply", 0), symbol("destination-unreachable", 3), symbol("source-quench", 4), symbol("redirect", 5),
    symbol("echo-request", 8), symbol("router-advertisement", 9), symbol("router-solicitation", 10),
    symbol("time-exceeded", 11), symbol("parameter-problem", 12), symbol("timestamp-request", 13),
    symbol("timestamp-reply", 14), symbol("info-request", 15), symbol("info-reply", 16),
    symbol("address-mask-request", 17), symbol("address-mask-reply", 18),
];

#[rustfmt::skip]
pub(super) const TCP_FLAG_SYMBOLS: &[Symbol] = &[
    symbol("fin", 0x1), symbol("syn", 0x2), symbol("rst", 0x4), symbol("psh", 0x8), symbol("ack", 0x10),
    symbol("urg", 0x20), symbol("ecn", 0x40), symbol("cwr", 0x80),
];

#[rustfmt::skip]
pub(super) const DCCP_PKTTYPE_SYMBOLS: &[Symbol] = &[
    symbol("request", 0x0), symbol("response", 0x1), symbol("data", 0x2), symbol("ack", 0x3), symbol("dataack", 0x4),
    symbol("closereq", 0x5), symbol("close", 0x6), symbol("reset", 0x7), symbol("sync", 0x8), symbol("syncack", 0x9),
];

#[rustfmt::skip]
pub(super) const MH_TYPE_SYMBOLS: &[Symbol] = &[
    symbol("binding-refresh-request", 0), symbol("home-test-init", 1), symbol("careof-test-init", 2),
    symbol("home-test", 3), symbol("careof-test", 4), symbol("binding-update", 5), symbol("binding-acknowledgement", 6),
    symbol("binding-error", 7), symbol("fast-binding-update", 8), symbol("fast-binding-acknowledgement", 9),
    symbol("fast-binding-advertisement", 10), symbol("experimental-mobility-header", 11),
    symbol("home-agent-switch-message", 12),
];

#[rustfmt::skip]
pub(super) const IFACE_TYPE_SYMBOLS: &[Symbol] = &[
    symbol("ether", 0x1), symbol("ppp", 0x200), symbol("ipip", 0x300), symbol("ipip6", 0x301),
    symbol("loopback", 0x304), symbol("sit", 0x308), symbol("ipgre", 0x30a),
];

#[rustfmt::skip]
pub(super) const CT_STATE_SYMBOLS: &[Symbol] = &[
    symbol("invalid", 0x1), symbol("new", 0x8), symbol("established", 0x2), symbol("related", 0x4),
    symbol("untracked", 0x40),
];

#[rustfmt::skip]
pub(super) const CT_DIR_SYMBOLS: &[Symbol] = &[
    symbol("original", 0), symbol("reply", 1),
];

#[rustfmt::skip]
pub(super) const CT_STATUS_SYMBOLS: &[Symbol] = &[
    symbol("expected", 0x1), symbol("seen-reply", 0x2), symbol("assured", 0x4), symbol("confirmed", 0x8),
    symbol("snat", 0x10), symbol("dnat", 0x20), symbol("seq-adjust", 0x40), symbol("snat-done", 0x80),
    symbol("dnat-done", 0x100), symbol("dying", 0x200), symbol("fixed-timeout", 0x400), symbol("helper", 0xd),
    symbol("offload", 0xe), symbol("hw-offload", 0xf),
];

#[rustfmt::skip]
pub(super) const ICMPV6_TYPE_SYMBOLS: &[Symbol] = &[
    symbol("destination-unreachable", 1), symbol("packet-too-big", 2), symbol("time-exceeded", 3),
    symbol("parameter-problem", 4), symbol("echo-request", 128), symbol("echo-reply", 129),
    symbol("mld-listener-query", 130), symbol("mld-listener-report", 131), symbol("mld-listener-done", 132),
    symbol("mld-listener-reduction", 132), symbol("nd-router-solicit", 133), symbol("nd-router-advert", 134),
    symbol("nd-neighbor-solicit", 135), symbol("nd-neighbor-advert", 136), symbol("nd-redirect", 137),
    symbol("router-renumbering", 138), symbol("ind-neighbor-solicit", 141), symbol("ind-neighbor-advert", 142),
    symbol("mld2-listener-report", 143),
];

#[rustfmt::skip]
pub(super) const PKT_TYPE_SYMBOLS: &[Symbol] = &[
    symbol("host", 0), symbol("unicast", 0), symbol("broadcast", 1), symbol("multicast", 2), symbol("other", 3),
];

#[rustfmt::skip]
pub(super) const DSCP_SYMBOLS: &[Symbol] = &[
    symbol("cs0", 0x0), symbol("cs1", 0x8), symbol("cs2", 0x10), symbol("cs3", 0x18), symbol("cs4", 0x20),
    symbol("cs5", 0x28), symbol("cs6", 0x30), symbol("cs7", 0x38), symbol("df", 0x0), symbol("be", 0x0),
    symbol("lephb", 0x1), symbol("af11", 0xa), symbol("af12", 0xc), symbol("af13", 0xe), symbol("af21", 0x12),
    symbol("af22", 0x14), symbol("af23", 0x16), symbol("af31", 0x1a), symbol("af32", 0x1c), symbol("af33", 0x1e),
    symbol("af41", 0x22), symbol("af42", 0x24), symbol("af43", 0x26), symbol("va", 0x2c), symbol("ef", 0x2e),
];

#[rustfmt::skip]
pub(super) const ECN_SYMBOLS: &[Symbol] = &[
    symbol("not-ect", 0x0), symbol("ect1", 0x1), symbol("ect0", 0x2), symbol("ce", 0x3),
];

#[rustfmt::skip]
pub(super) const FIB_ADDRTYPE_SYMBOLS: &[Symbol] = &[
    symbol("unspec", 0), symbol("unicast", 1), symbol("local", 2), symbol("broadcast", 3), symbol("anycast", 4),
    symbol("multicast", 5), symbol("blackhole", 6), symbol("unreachable", 7), symbol("prohibit", 8),
];

#[rustfmt::skip]
pub(super) const BOOLEAN_SYMBOLS: &[Symbol] = &[
    symbol("exists", 1), symbol("missing", 0),
];

#[rustfmt::skip]
pub(super) const CT_EVENT_SYMBOLS: &[Symbol] = &[
    symbol("new", 0x1), symbol("related", 0x2), symbol("destroy", 0x4), symbol("reply", 0x8), symbol("assured", 0x10),
    symbol("protoinfo", 0x20), symbol("helper", 0x40), symbol("mark", 0x80), symbol("seqadj", 0x100),
    symbol("secmark", 0x200), symbol("label", 0x400),
];

#[rustfmt::skip]
pub(super) const IGMP_TYPE_SYMBOLS: &[Symbol] = &[
    symbol("membership-query", 17), symbol("membership-report-v1", 18), symbol("membership-report-v2", 22),
    symbol("membership-report-v3", 34), symbol("leave-group", 23),
];

#[rustfmt::skip]
pub(super) const DAY_SYMBOLS: &[Symbol] = &[
    symbol("Sunday", 0), symbol("Monday", 1), symbol("Tuesday", 2), symbol("Wednesday", 3), symbol("Thursday", 4),
    symbol("Friday", 5), symbol("Saturday", 6),
];

#[rustfmt::skip]
pub(super) const MPTCP_SUBTYPE_SYMBOLS: &[Symbol] = &[
    symbol("mp-capable", 0), symbol("mp-join", 1), symbol("dss", 2), symbol("add-addr", 3), symbol("remove-addr", 4),
    symbol("mp-prio", 5), symbol("mp-fail", 6), symbol("mp-fastclose", 7), symbol("mp-tcprst", 8),
];
