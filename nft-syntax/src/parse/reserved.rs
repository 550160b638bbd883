//! Words that nft keeps for itself.

/// Words that cannot be names, sorted.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "accept", "add", "ah", "all", "and", "arp", "auto-merge", "bridge", "cgroup", "chain", "comment", "comp",
    "constant", "continue", "counter", "cpu", "create", "ct", "day", "dccp", "define", "delete", "describe",
    "destroy", "device", "devices", "dnat", "drop", "dst", "dup", "dynamic", "ecn", "element", "elements", "eq",
    "esp", "ether", "exists", "expires", "export", "exthdr", "fib", "flags", "flow", "flowtable", "flush", "frag",
    "fwd", "gc-interval", "ge", "geneve", "get", "goto", "gre", "gretap", "gt", "handle", "hbh", "hook", "hour",
    "ibriport", "ibrname", "icmp", "icmpv6", "igmp", "iif", "iifgroup", "iifname", "iiftype", "import", "include",
    "index", "inet", "insert", "interval", "ip", "ip6", "ipsec", "jhash", "jump", "le", "limit", "list", "log",
    "lshift", "lt", "map", "mark", "masquerade", "meta", "meter", "mh", "missing", "monitor", "ne", "netdev",
    "nftrace", "not", "notrack", "numgen", "obriport", "obrname", "offload", "oif", "oifgroup", "oifname", "oiftype",
    "or", "osf", "pkttype", "policy", "position", "priority", "queue", "quota", "random", "redefine", "redirect",
    "reject", "rename", "replace", "reset", "return", "rshift", "rt", "rt0", "rt2", "rtclassid", "rule", "ruleset",
    "sctp", "secmark", "set", "size", "skgid", "skuid", "snat", "socket", "srh", "symhash", "synproxy", "table",
    "tcp", "th", "time", "timeout", "tproxy", "tunnel", "type", "typeof", "udp", "udplite", "undefine", "update",
    "vlan", "vmap", "vni", "vxlan", "xor", "xt",
];

/// Those of them that may stand as a value, sorted.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "ah", "arp", "comp", "dccp", "destroy", "dnat", "ecn", "esp", "ether", "exists", "gre", "icmp", "icmpv6", "igmp",
    "ip", "ip6", "label", "last", "missing", "original", "redirect", "reply", "reset", "sctp", "snat", "tcp", "udp",
    "udplite", "vlan",
];

/// Whether a word cannot be a name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Whether a word may stand as a value.
pub(super) fn is_value(word: &str) -> bool {
    !is_reserved(word) || VALUES.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, VALUES};

    #[test]
    fn tables_are_sorted() {
        assert!(RESERVED.is_sorted() && VALUES.is_sorted());
    }
}
