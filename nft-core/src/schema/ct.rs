//! Keys of `ct`: what connection tracking knows.

use super::keys::keys;

keys! {
    /// A key of `ct`.
    ///
    /// Kernel name: `enum nft_ct_keys`.
    #[doc(alias = "nft_ct_keys")]
    CtKey, Row {
        direction: DirectionRule = DirectionRule::Never, "Whether `original` or `reply` stands before it.";
        settable: bool = false, "Whether a rule may write it.";
    }
    State      =  0, "NFT_CT_STATE",      "state",      CT_STATE,      32, Host;
    Direction  =  1, "NFT_CT_DIRECTION",  "direction",  CT_DIR,         8, Host;
    Status     =  2, "NFT_CT_STATUS",     "status",     CT_STATUS,     32, Host;
    Mark       =  3, "NFT_CT_MARK",       "mark",       MARK,          32, Host => { settable: true };
    Secmark    =  4, "NFT_CT_SECMARK",    "secmark",    INTEGER,       32, Host => { settable: true };
    Expiration =  5, "NFT_CT_EXPIRATION", "expiration", TIME,          32, Host;
    Helper     =  6, "NFT_CT_HELPER",     "helper",     STRING,       128, Host;
    L3proto    =  7, "NFT_CT_L3PROTOCOL", "l3proto",    NF_PROTO,       8, Host => { direction: DirectionRule::Optional };
    Saddr      =  8, "NFT_CT_SRC",        "saddr",      INVALID,        0, Big  => { direction: DirectionRule::Required };
    Daddr      =  9, "NFT_CT_DST",        "daddr",      INVALID,        0, Big  => { direction: DirectionRule::Required };
    Protocol   = 10, "NFT_CT_PROTOCOL",   "protocol",   INET_PROTO,     8, Big  => { direction: DirectionRule::Optional };
    ProtoSrc   = 11, "NFT_CT_PROTO_SRC",  "proto-src",  INET_SERVICE,  16, Big  => { direction: DirectionRule::Required };
    ProtoDst   = 12, "NFT_CT_PROTO_DST",  "proto-dst",  INET_SERVICE,  16, Big  => { direction: DirectionRule::Required };
    Label      = 13, "NFT_CT_LABELS",     "label",      CT_LABEL,     128, Host => { settable: true };
    Packets    = 14, "NFT_CT_PKTS",       "packets",    INTEGER,       64, Host => { direction: DirectionRule::Optional };
    Bytes      = 15, "NFT_CT_BYTES",      "bytes",      INTEGER,       64, Host => { direction: DirectionRule::Optional };
    Avgpkt     = 16, "NFT_CT_AVGPKT",     "avgpkt",     INTEGER,       64, Host => { direction: DirectionRule::Optional };
    Zone       = 17, "NFT_CT_ZONE",       "zone",       INTEGER,       16, Host => { direction: DirectionRule::Optional, settable: true };
    Event      = 18, "NFT_CT_EVENTMASK",  "event",      CT_EVENT,      32, Host => { settable: true };
    SaddrIp    = 19, "NFT_CT_SRC_IP",     "ip saddr",   IPV4_ADDR,     32, Big  => { direction: DirectionRule::Required };
    DaddrIp    = 20, "NFT_CT_DST_IP",     "ip daddr",   IPV4_ADDR,     32, Big  => { direction: DirectionRule::Required };
    SaddrIp6   = 21, "NFT_CT_SRC_IP6",    "ip6 saddr",  IPV6_ADDR,    128, Big  => { direction: DirectionRule::Required };
    DaddrIp6   = 22, "NFT_CT_DST_IP6",    "ip6 daddr",  IPV6_ADDR,    128, Big  => { direction: DirectionRule::Required };
    Id         = 23, "NFT_CT_ID",         "id",         INTEGER,       32, Big;
}

/// Whether a key goes with a direction.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way")]
pub enum DirectionRule {
    /// It never does.
    Never,
    /// It may.
    Optional,
    /// It must.
    Required,
}

/// A direction of a connection.
///
/// Kernel name: `enum ip_conntrack_dir`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Direction {
    /// As the first packet went.
    Original,
    /// As the answer went.
    Reply,
}

impl CtKey {
    /// The key of that name; `ip saddr` and the like have two words.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|key| key.name() == name)
    }

    /// Whether `name` is the first of two words: `ip` of `ct original ip saddr`.
    #[must_use]
    pub fn needs_second_word(name: &str) -> bool {
        matches!(name, "ip" | "ip6")
    }
}

impl Direction {
    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Original => 0,
            Self::Reply => 1,
        }
    }

    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Reply => "reply",
        }
    }

    /// The direction with the kernel's number.
    #[must_use]
    pub const fn by_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Original,
            1 => Self::Reply,
            _ => return None,
        })
    }

    /// The direction of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "original" => Self::Original,
            "reply" => Self::Reply,
            _ => return None,
        })
    }
}
