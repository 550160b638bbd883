//! Keys of `meta`: what the kernel knows about a packet besides its bytes.

use super::keys::keys;

keys! {
    /// A key of `meta`.
    ///
    /// Kernel name: `enum nft_meta_keys`.
    #[doc(alias = "nft_meta_keys")]
    MetaKey, Row {
        unqualified: bool = false, "Whether it may stand without the word `meta`.";
        settable: bool = false, "Whether the kernel lets a rule write it.";
    }
    Length     =  0, "NFT_META_LEN",           "length",     INTEGER,      32, Host;
    Protocol   =  1, "NFT_META_PROTOCOL",      "protocol",   ETHER_TYPE,   16, Big;
    Priority   =  2, "NFT_META_PRIORITY",      "priority",   CLASSID,      32, Host => { settable: true };
    Mark       =  3, "NFT_META_MARK",          "mark",       MARK,         32, Host => { settable: true, unqualified: true };
    Iif        =  4, "NFT_META_IIF",           "iif",        IFACE_INDEX,  32, Host => { unqualified: true };
    Oif        =  5, "NFT_META_OIF",           "oif",        IFACE_INDEX,  32, Host => { unqualified: true };
    Iifname    =  6, "NFT_META_IIFNAME",       "iifname",    IFNAME,      128, Host => { unqualified: true };
    Oifname    =  7, "NFT_META_OIFNAME",       "oifname",    IFNAME,      128, Host => { unqualified: true };
    Iiftype    =  8, "NFT_META_IFTYPE",        "iiftype",    IFACE_TYPE,   16, Host => { unqualified: true };
    Oiftype    =  9, "NFT_META_OIFTYPE",       "oiftype",    IFACE_TYPE,   16, Host => { unqualified: true };
    Skuid      = 10, "NFT_META_SKUID",         "skuid",      UID,          32, Host => { unqualified: true };
    Skgid      = 11, "NFT_META_SKGID",         "skgid",      GID,          32, Host => { unqualified: true };
    Nftrace    = 12, "NFT_META_NFTRACE",       "nftrace",    INTEGER,       1, Host => { settable: true, unqualified: true };
    Rtclassid  = 13, "NFT_META_RTCLASSID",     "rtclassid",  REALM,        32, Host => { unqualified: true };
    Secmark    = 14, "NFT_META_SECMARK",       "secmark",    INTEGER,      32, Host => { settable: true };
    Nfproto    = 15, "NFT_META_NFPROTO",       "nfproto",    NF_PROTO,      8, Host;
    L4proto    = 16, "NFT_META_L4PROTO",       "l4proto",    INET_PROTO,    8, Host;
    Ibrname    = 17, "NFT_META_BRI_IIFNAME",   "ibrname",    IFNAME,      128, Host => { unqualified: true };
    Obrname    = 18, "NFT_META_BRI_OIFNAME",   "obrname",    IFNAME,      128, Host => { unqualified: true };
    Pkttype    = 19, "NFT_META_PKTTYPE",       "pkttype",    PKT_TYPE,      8, Host => { settable: true, unqualified: true };
    Cpu        = 20, "NFT_META_CPU",           "cpu",        INTEGER,      32, Host => { unqualified: true };
    Iifgroup   = 21, "NFT_META_IIFGROUP",      "iifgroup",   DEVGROUP,     32, Host => { unqualified: true };
    Oifgroup   = 22, "NFT_META_OIFGROUP",      "oifgroup",   DEVGROUP,     32, Host => { unqualified: true };
    Cgroup     = 23, "NFT_META_CGROUP",        "cgroup",     INTEGER,      32, Host => { unqualified: true };
    Random     = 24, "NFT_META_PRANDOM",       "random",     INTEGER,      32, Big;
    Ipsec      = 25, "NFT_META_SECPATH",       "ipsec",      BOOLEAN,       8, Host => { unqualified: true };
    Iifkind    = 26, "NFT_META_IIFKIND",       "iifkind",    IFNAME,      128, Host;
    Oifkind    = 27, "NFT_META_OIFKIND",       "oifkind",    IFNAME,      128, Host;
    Ibrpvid    = 28, "NFT_META_BRI_IIFPVID",   "ibrpvid",    INTEGER,      16, Host;
    Ibrvproto  = 29, "NFT_META_BRI_IIFVPROTO", "ibrvproto",  ETHER_TYPE,   16, Big;
    Time       = 30, "NFT_META_TIME_NS",       "time",       TIMESTAMP,    64, Host => { unqualified: true };
    Day        = 31, "NFT_META_TIME_DAY",      "day",        DAY,           8, Host => { unqualified: true };
    Hour       = 32, "NFT_META_TIME_HOUR",     "hour",       HOUR,         32, Host => { unqualified: true };
    Sdif       = 33, "NFT_META_SDIF",          "sdif",       IFACE_INDEX,  32, Host;
    Sdifname   = 34, "NFT_META_SDIFNAME",      "sdifname",   IFNAME,      128, Host;
    Broute     = 35, "NFT_META_BRI_BROUTE",    "broute",     INTEGER,       1, Host => { settable: true };
    Ibrhwaddr  = 37, "NFT_META_BRI_IIFHWADDR", "ibrhwaddr",  ETHER_ADDR,   48, Big;
}

impl MetaKey {
    /// The key of that name, by its older names too.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let name = match name {
            "secpath" => "ipsec",
            "ibriport" => "ibrname",
            "obriport" => "obrname",
            name => name,
        };
        Self::all().iter().copied().find(|key| key.name() == name)
    }

    /// The key that may stand without the word `meta`.
    #[must_use]
    pub fn by_unqualified_name(name: &str) -> Option<Self> {
        // `secpath` is an old name that was never read without `meta`.
        (name != "secpath").then(|| Self::by_name(name)).flatten().filter(|key| key.unqualified())
    }
}
