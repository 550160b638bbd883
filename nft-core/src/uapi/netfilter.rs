//! `linux/netfilter.h`: families, hooks and verdicts; the flags of `linux/netfilter/nf_nat.h`.

use super::nf_tables::constants;

#[rustfmt::skip]
constants! {
    enum nfproto: u8 {
        NFPROTO_UNSPEC = 0,
        NFPROTO_INET = 1,
        NFPROTO_IPV4 = 2,
        NFPROTO_ARP = 3,
        NFPROTO_NETDEV = 5,
        NFPROTO_BRIDGE = 7,
        NFPROTO_IPV6 = 10,
    }
    enum nf_inet_hooks: u32 {
        NF_INET_PRE_ROUTING = 0,
        NF_INET_LOCAL_IN = 1,
        NF_INET_FORWARD = 2,
        NF_INET_LOCAL_OUT = 3,
        NF_INET_POST_ROUTING = 4,
        NF_INET_INGRESS = 5,
    }
    enum nf_dev_hooks: u32 {
        NF_NETDEV_INGRESS = 0,
        NF_NETDEV_EGRESS = 1,
    }
    enum nf_arp_hooks: u32 {
        NF_ARP_IN = 0,
        NF_ARP_OUT = 1,
        NF_ARP_FORWARD = 2,
    }
    enum nf_verdict: i32 {
        NF_DROP = 0,
        NF_ACCEPT = 1,
        NF_STOLEN = 2,
        NF_QUEUE = 3,
        NF_REPEAT = 4,
    }
    enum nf_nat_range: u32 {
        NF_NAT_RANGE_MAP_IPS = 1,
        NF_NAT_RANGE_PROTO_SPECIFIED = 2,
        NF_NAT_RANGE_PROTO_RANDOM = 4,
        NF_NAT_RANGE_PERSISTENT = 8,
        NF_NAT_RANGE_PROTO_RANDOM_FULLY = 16,
        NF_NAT_RANGE_PROTO_OFFSET = 32,
        NF_NAT_RANGE_NETMAP = 64,
    }
}
