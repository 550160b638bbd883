//! Words of statements, sets and objects that stand for numbers.

/// A closed list of words and what they stand for.
#[derive(Clone, Copy, Debug)]
pub struct Words(&'static [(&'static str, u32)]);

impl Words {
    /// The number of a word.
    #[must_use]
    pub fn number(self, word: &str) -> Option<u32> {
        self.0.iter().find(|(candidate, _)| *candidate == word).map(|(_, number)| *number)
    }

    /// The word of a number.
    #[must_use]
    pub fn word(self, number: u32) -> Option<&'static str> {
        self.0.iter().find(|(_, candidate)| *candidate == number).map(|(word, _)| *word)
    }

    /// The words of the flags in `mask`, in the order in which nft lists them.
    pub fn flags(self, mask: u32) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter(move |(_, flag)| mask & flag != 0).map(|(word, _)| *word)
    }

    /// Every word, in the order of the table.
    pub fn all(self) -> impl Iterator<Item = (&'static str, u32)> {
        self.0.iter().copied()
    }
}

/// Flags of a table: `NFT_TABLE_F_*`.
pub const TABLE_FLAGS: Words = Words(&[("dormant", 1), ("owner", 2), ("persist", 4)]);

/// Flags of a chain that the language has: `NFT_CHAIN_HW_OFFLOAD`.
pub const CHAIN_FLAGS: Words = Words(&[("offload", 2)]);

/// Policies of a base chain: `NF_DROP`, `NF_ACCEPT`.
pub const POLICIES: Words = Words(&[("drop", 0), ("accept", 1)]);

/// Flags of a set that the language has: `NFT_SET_*`.
pub const SET_FLAGS: Words = Words(&[("constant", 2), ("dynamic", 0x20), ("interval", 4), ("timeout", 0x10)]);

/// Policies of a set: `NFT_SET_POL_*`.
pub const SET_POLICIES: Words = Words(&[("performance", 0), ("memory", 1)]);

/// Flags of a flowtable: `NFT_FLOWTABLE_HW_OFFLOAD`. (`counter` is a clause of its own.)
pub const FLOWTABLE_FLAGS: Words = Words(&[("offload", 1)]);

/// Types of objects: `NFT_OBJECT_*`.
pub const OBJECT_TYPES: Words = Words(&[
    ("counter", 1),
    ("quota", 2),
    ("ct helper", 3),
    ("limit", 4),
    ("connlimit", 5),
    ("tunnel", 6),
    ("ct timeout", 7),
    ("secmark", 8),
    ("ct expectation", 9),
    ("synproxy", 10),
]);

/// Levels of `log`: `NFT_LOGLEVEL_*`.
pub const LOG_LEVELS: Words = Words(&[
    ("emerg", 0),
    ("alert", 1),
    ("crit", 2),
    ("err", 3),
    ("warn", 4),
    ("notice", 5),
    ("info", 6),
    ("debug", 7),
    ("audit", 8),
]);

/// The level that `log` has when none is named; nft does not list it.
pub const LOG_LEVEL_DEFAULT: u32 = 4;

/// Flags of `log`: `NF_LOG_*`.
pub const LOG_FLAGS: Words =
    Words(&[("tcp sequence", 1), ("tcp options", 2), ("ip options", 4), ("skuid", 8), ("ether", 0x20)]);

/// What `log flags all` stands for.
pub const LOG_FLAGS_ALL: u32 = 0x2f;

/// Flags of `snat`, `dnat`, `masquerade` and `redirect` that the language has: `NF_NAT_RANGE_*`.
pub const NAT_FLAGS: Words = Words(&[("random", 4), ("fully-random", 0x10), ("persistent", 8)]);

/// Flags of `queue`: `NFT_QUEUE_FLAG_*`.
pub const QUEUE_FLAGS: Words = Words(&[("bypass", 1), ("fanout", 2)]);

/// Options of `synproxy`: `NF_SYNPROXY_OPT_*`.
pub const SYNPROXY_FLAGS: Words = Words(&[("mss", 1), ("wscale", 2), ("sack-perm", 4), ("timestamp", 8)]);

/// Units of time in `limit`, in seconds.
pub const TIME_UNITS: Words = Words(&[("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), ("week", 604_800)]);

/// Units of bytes in `limit` and `quota`.
pub const BYTE_UNITS: Words = Words(&[("bytes", 1), ("kbytes", 1024), ("mbytes", 1_048_576)]);

/// The unit of `BYTE_UNITS` in which nft writes a number of bytes, and the number in that unit.
#[must_use]
pub fn byte_unit(bytes: u64) -> (u64, &'static str) {
    let (mut number, mut unit) = (bytes, "bytes");
    for (word, _) in BYTE_UNITS.all().skip(1) {
        if number == 0 || !number.is_multiple_of(1024) {
            break;
        }
        number /= 1024;
        unit = word;
    }
    (number, unit)
}

/// What `fib` looks up by: `NFTA_FIB_F_*`.
pub const FIB_FLAGS: Words = Words(&[("saddr", 1), ("daddr", 2), ("mark", 4), ("iif", 8), ("oif", 16)]);

/// How `osf` treats the time to live: `NF_OSF_TTL_*`; nothing for the exact comparison.
pub const OSF_TTL: Words = Words(&[("loose", 1), ("skip", 2)]);

/// Kinds of `numgen`: `NFT_NG_*`.
pub const NUMGEN_KINDS: Words = Words(&[("inc", 0), ("random", 1)]);

/// Kinds of `hash`: `NFT_HASH_*`.
pub const HASH_KINDS: Words = Words(&[("jhash", 0), ("symhash", 1)]);

/// States of a TCP connection in `ct timeout`, and their default in seconds.
pub const TCP_TIMEOUTS: &[CtTimeout] = &[
    CtTimeout::new("syn_sent", 1, 120),
    CtTimeout::new("syn_recv", 2, 60),
    CtTimeout::new("established", 3, 432_000),
    CtTimeout::new("fin_wait", 4, 120),
    CtTimeout::new("close_wait", 5, 60),
    CtTimeout::new("last_ack", 6, 30),
    CtTimeout::new("time_wait", 7, 120),
    CtTimeout::new("close", 8, 10),
    CtTimeout::new("syn_sent2", 9, 120),
    CtTimeout::new("retrans", 10, 300),
    CtTimeout::new("unack", 11, 300),
];

/// States of a UDP connection in `ct timeout`, and their default in seconds.
pub const UDP_TIMEOUTS: &[CtTimeout] = &[CtTimeout::new("unreplied", 1, 30), CtTimeout::new("replied", 2, 120)];

/// A state of a connection that times out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CtTimeout {
    /// The word in the language.
    pub name: &'static str,
    /// The kernel's attribute.
    pub attribute: u16,
    /// How long it lasts if nothing is said, in seconds.
    pub default: u32,
}

impl CtTimeout {
    const fn new(name: &'static str, attribute: u16, default: u32) -> Self {
        Self { name, attribute, default }
    }
}

/// Codes of verdicts: `NF_*`, `NFT_*`.
pub mod verdict {
    /// `NF_DROP`.
    pub const DROP: i32 = 0;
    /// `NF_ACCEPT`.
    pub const ACCEPT: i32 = 1;
    /// `NF_QUEUE`.
    pub const QUEUE: i32 = 3;
    /// `NFT_CONTINUE`.
    pub const CONTINUE: i32 = -1;
    /// `NFT_BREAK`: no word has it.
    pub const BREAK: i32 = -2;
    /// `NFT_JUMP`.
    pub const JUMP: i32 = -3;
    /// `NFT_GOTO`.
    pub const GOTO: i32 = -4;
    /// `NFT_RETURN`.
    pub const RETURN: i32 = -5;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_units() {
        assert_eq!(byte_unit(0), (0, "bytes"));
        assert_eq!(byte_unit(1500), (1500, "bytes"));
        assert_eq!(byte_unit(3072), (3, "kbytes"));
        assert_eq!(byte_unit(1 << 30), (1024, "mbytes"));
    }

    #[test]
    fn flags() {
        assert_eq!(SET_FLAGS.flags(0x36).collect::<Vec<_>>(), ["constant", "dynamic", "interval", "timeout"]);
        assert_eq!(LOG_LEVELS.number("err"), Some(3));
        assert_eq!(LOG_LEVELS.word(8), Some("audit"));
    }
}
