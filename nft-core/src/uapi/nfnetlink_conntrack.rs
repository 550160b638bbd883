//! `linux/netfilter/nfnetlink_conntrack.h`: what a connection is, as far as it stands in logged packets.

use super::nf_tables::constants;

#[rustfmt::skip]
constants! {
    enum ctattr_type: u16 {
        CTA_TUPLE_ORIG = 1,
        CTA_TUPLE_REPLY = 2,
        CTA_STATUS = 3,
        CTA_TIMEOUT = 7,
        CTA_MARK = 8,
        CTA_ID = 12,
        CTA_ZONE = 18,
    }
    enum ctattr_tuple: u16 {
        CTA_TUPLE_IP = 1,
        CTA_TUPLE_PROTO = 2,
    }
    enum ctattr_ip: u16 {
        CTA_IP_V4_SRC = 1,
        CTA_IP_V4_DST = 2,
        CTA_IP_V6_SRC = 3,
        CTA_IP_V6_DST = 4,
    }
    enum ctattr_l4proto: u16 {
        CTA_PROTO_NUM = 1,
        CTA_PROTO_SRC_PORT = 2,
        CTA_PROTO_DST_PORT = 3,
        CTA_PROTO_ICMP_ID = 4,
        CTA_PROTO_ICMP_TYPE = 5,
        CTA_PROTO_ICMP_CODE = 6,
        CTA_PROTO_ICMPV6_ID = 7,
        CTA_PROTO_ICMPV6_TYPE = 8,
        CTA_PROTO_ICMPV6_CODE = 9,
    }
    enum ip_conntrack_info: u32 {
        IP_CT_ESTABLISHED = 0,
        IP_CT_RELATED = 1,
        IP_CT_NEW = 2,
        IP_CT_ESTABLISHED_REPLY = 3,
        IP_CT_RELATED_REPLY = 4,
    }
}
