//! Properties of the packet.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_META_BRI_BROUTE, NFT_META_BRI_IIFHWADDR, NFT_META_BRI_IIFNAME, NFT_META_BRI_IIFPVID, NFT_META_BRI_IIFVPROTO,
    NFT_META_BRI_OIFNAME, NFT_META_CGROUP, NFT_META_CPU, NFT_META_IFTYPE, NFT_META_IIF, NFT_META_IIFGROUP, NFT_META_IIFKIND,
    NFT_META_IIFNAME, NFT_META_L4PROTO, NFT_META_LEN, NFT_META_MARK, NFT_META_NFPROTO, NFT_META_NFTRACE, NFT_META_OIF,
    NFT_META_OIFGROUP, NFT_META_OIFKIND, NFT_META_OIFNAME, NFT_META_OIFTYPE, NFT_META_PKTTYPE, NFT_META_PRANDOM,
    NFT_META_PRIORITY, NFT_META_PROTOCOL, NFT_META_RTCLASSID, NFT_META_SDIF, NFT_META_SDIFNAME, NFT_META_SECMARK,
    NFT_META_SECPATH, NFT_META_SKGID, NFT_META_SKUID, NFT_META_TIME_DAY, NFT_META_TIME_HOUR, NFT_META_TIME_NS, NFTA_META_DREG,
    NFTA_META_KEY, NFTA_META_SREG,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which property.
    pub struct MetaKey(u32) {
        LEN = NFT_META_LEN, "len";
        PROTOCOL = NFT_META_PROTOCOL, "protocol";
        PRIORITY = NFT_META_PRIORITY, "priority";
        MARK = NFT_META_MARK, "mark";
        IIF = NFT_META_IIF, "iif";
        OIF = NFT_META_OIF, "oif";
        IIFNAME = NFT_META_IIFNAME, "iifname";
        OIFNAME = NFT_META_OIFNAME, "oifname";
        IFTYPE = NFT_META_IFTYPE, "iiftype";
        OIFTYPE = NFT_META_OIFTYPE, "oiftype";
        SKUID = NFT_META_SKUID, "skuid";
        SKGID = NFT_META_SKGID, "skgid";
        NFTRACE = NFT_META_NFTRACE, "nftrace";
        RTCLASSID = NFT_META_RTCLASSID, "rtclassid";
        SECMARK = NFT_META_SECMARK, "secmark";
        NFPROTO = NFT_META_NFPROTO, "nfproto";
        L4PROTO = NFT_META_L4PROTO, "l4proto";
        BRI_IIFNAME = NFT_META_BRI_IIFNAME, "bri_iifname";
        BRI_OIFNAME = NFT_META_BRI_OIFNAME, "bri_oifname";
        PKTTYPE = NFT_META_PKTTYPE, "pkttype";
        CPU = NFT_META_CPU, "cpu";
        IIFGROUP = NFT_META_IIFGROUP, "iifgroup";
        OIFGROUP = NFT_META_OIFGROUP, "oifgroup";
        CGROUP = NFT_META_CGROUP, "cgroup";
        PRANDOM = NFT_META_PRANDOM, "prandom";
        SECPATH = NFT_META_SECPATH, "secpath";
        IIFKIND = NFT_META_IIFKIND, "iifkind";
        OIFKIND = NFT_META_OIFKIND, "oifkind";
        BRI_IIFPVID = NFT_META_BRI_IIFPVID, "bri_iifpvid";
        BRI_IIFVPROTO = NFT_META_BRI_IIFVPROTO, "bri_iifvproto";
        TIME_NS = NFT_META_TIME_NS, "time";
        TIME_DAY = NFT_META_TIME_DAY, "day";
        TIME_HOUR = NFT_META_TIME_HOUR, "hour";
        SDIF = NFT_META_SDIF, "sdif";
        SDIFNAME = NFT_META_SDIFNAME, "sdifname";
        BRI_BROUTE = NFT_META_BRI_BROUTE, "broute";
        BRI_IIFHWADDR = NFT_META_BRI_IIFHWADDR, "ibrhwaddr";
    }
}

attributes! {
    /// Loads a property of the packet.
    pub struct MetaLoad {
        /// Which one.
        NFTA_META_KEY => key: MetaKey,
        /// Destination.
        NFTA_META_DREG => dreg: Register,
    }
}

attributes! {
    /// Sets a property of the packet.
    pub struct MetaSet {
        /// Which one.
        NFTA_META_KEY => key: MetaKey,
        /// Source.
        NFTA_META_SREG => sreg: Register,
    }
}
