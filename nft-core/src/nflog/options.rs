//! What a listener wants to hear.

use std::fmt;
use std::time::Duration;

use crate::schema::Family;
use crate::uapi::nfnetlink_log::{NFULNL_CFG_F_CONNTRACK, NFULNL_CFG_F_SEQ, NFULNL_CFG_F_SEQ_GLOBAL};

/// Number of a log group, the `5` of `log group 5`. Group 0 is also where the kernel's own messages go.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "a number")]
pub struct Group(pub u16);

impl From<u16> for Group {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How much of each packet is copied.
///
/// A rule's own `snaplen` makes it less still, and a rule cannot make it more.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CopyMode {
    /// Nothing: `NFULNL_COPY_NONE`. The kernel treats it as [`CopyMode::Meta`].
    None,
    /// What is known of the packet, not the packet: `NFULNL_COPY_META`.
    #[default]
    Meta,
    /// The packet too, from its network header: `NFULNL_COPY_PACKET`.
    Packet,
    /// At most so many bytes of it, at least one.
    Snaplen(u16),
}

bitflags::bitflags! {
    /// What the kernel tells of each packet beyond the usual: `NFULNL_CFG_F_*`. Unknown ones pass through.
    #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct Flags: u16 {
        /// Its number among those of this listener: how losses are found.
        const SEQUENCE = NFULNL_CFG_F_SEQ;
        /// Its number among those of all listeners in the namespace that ask for it.
        const GLOBAL_SEQUENCE = NFULNL_CFG_F_SEQ_GLOBAL;
        /// Its connection (Linux 4.4; needs `nf_conntrack_netlink`).
        const CONNTRACK = NFULNL_CFG_F_CONNTRACK;
        const _ = !0;
    }
}

impl Default for Flags {
    fn default() -> Self {
        Self::SEQUENCE
    }
}

/// How a listener listens. Each setting has a default that is good for a few thousand packets a second that are wanted at once.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Options {
    pub(super) copy_mode: CopyMode,
    pub(super) queue_threshold: u32,
    pub(super) time_out: Option<Duration>,
    pub(super) flags: Flags,
    pub(super) batch_size: Option<u32>,
    pub(super) receive_buffer: usize,
    pub(super) default_logger: Vec<Family>,
    pub(super) answer_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Nothing of the packets is copied, each comes at once, with its number, over a receive buffer of 4 MiB.
    pub const fn new() -> Self {
        Self {
            copy_mode: CopyMode::Meta,
            queue_threshold: 1,
            time_out: None,
            flags: Flags::SEQUENCE,
            batch_size: None,
            receive_buffer: 4 << 20,
            default_logger: Vec::new(),
            answer_within: Duration::from_secs(5),
        }
    }

    /// How much of each packet is copied.
    pub const fn with_copy_mode(mut self, mode: CopyMode) -> Self {
        self.copy_mode = mode;
        self
    }

    /// How many packets the kernel collects before it sends them together; 1, which is the default here, and 0 send each at once. (The
    /// kernel's own default is 100.) A rule's `queue-threshold` makes it less.
    pub const fn with_queue_threshold(mut self, packets: u32) -> Self {
        self.queue_threshold = packets;
        self
    }

    /// How long the kernel collects packets at most; it counts in hundredths of a second and takes the next higher. If nothing is said, a
    /// second. At most 11 hours.
    pub const fn with_time_out(mut self, time_out: Duration) -> Self {
        self.time_out = Some(time_out);
        self
    }

    /// What the kernel tells of each packet beyond the usual. Without [`Flags::SEQUENCE`] losses are not counted.
    pub const fn with_flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    /// How many bytes the kernel reserves for packets that it sends together: 4,096 to 131,072. On
    /// machines with pages of more than 4 KiB the kernel ignores the smallest of these.
    pub const fn with_batch_size(mut self, bytes: u32) -> Self {
        self.batch_size = Some(bytes);
        self
    }

    /// How many bytes of packets wait for this program before the kernel drops them. More than `net.core.rmem_max` takes
    /// `CAP_NET_ADMIN` in the initial user namespace; `Listener::receive_buffer` says what was had.
    pub const fn with_receive_buffer(mut self, bytes: usize) -> Self {
        self.receive_buffer = bytes;
        self
    }

    /// Makes NFLOG the namespace's default logger of this family too: `NFULNL_CFG_CMD_PF_BIND`.
    ///
    /// Rules do not need it. It is for what the kernel logs by itself, which comes to group 0. It concerns everybody in the namespace, and
    /// stays when the listener ends: who was the logger before is not known, and another may rely on it by then.
    pub fn with_default_logger(mut self, family: Family) -> Self {
        self.default_logger.push(family);
        self
    }

    /// How long the kernel may take to answer when the listener begins and ends; 5 seconds if nothing is said.
    pub const fn with_answer_within(mut self, time: Duration) -> Self {
        self.answer_within = time;
        self
    }
}
