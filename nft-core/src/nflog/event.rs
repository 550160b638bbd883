//! What a listener hears.

use super::Packet;

/// What a listener hears.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A packet.
    Packet(Box<Packet>),
    /// So many packets before the next one were lost: their sequence numbers are missing. Needs
    /// [`Flags::SEQUENCE`](super::Flags::SEQUENCE), which is set if nothing else is said.
    Lost(u32),
    /// The receive buffer was full, and packets were lost: how many, [`Event::Lost`] says before the next packet that comes. The listener
    /// goes on.
    ///
    /// Kernel: `ENOBUFS`.
    Overrun,
}

impl Event {
    /// The packet, if it is one.
    #[must_use]
    pub fn packet(self) -> Option<Packet> {
        match self {
            Self::Packet(packet) => Some(*packet),
            Self::Lost(_) | Self::Overrun => None,
        }
    }
}
