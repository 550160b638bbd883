//! The link layer of a logged packet.

use std::fmt;
use std::ops::Deref;

use crate::uapi::nfnetlink_log::{NFULA_VLAN_PROTO, NFULA_VLAN_TCI};
use crate::wire::{Attribute, Error, attributes};

/// The sender's address on the link, of at most eight bytes.
///
/// Kernel name: `nfulnl_msg_packet_hw`.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct HardwareAddress {
    length: u8,
    bytes: [u8; 8],
}

impl HardwareAddress {
    pub(super) fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        let [l0, l1, _, _, bytes @ ..] = attribute.array::<12>()?;
        let length = u16::from_be_bytes([l0, l1]);
        // What does not fit was not sent.
        Ok(Self { length: u8::try_from(length).unwrap_or(u8::MAX), bytes })
    }
}

impl Deref for HardwareAddress {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&self.bytes)
    }
}

impl fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.iter().enumerate() {
            write!(f, "{}{byte:02x}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

attributes! {
    /// The tag of a virtual network.
    ///
    /// Kernel name: `NFULA_VLAN` (Linux 4.20).
    #[derive(Copy, Default, Hash)]
    pub struct Vlan {
        /// Which kind of tag: 0x8100, or 0x88a8 for a provider's.
        NFULA_VLAN_PROTO => protocol: u16,
        /// Priority, drop eligibility and number.
        NFULA_VLAN_TCI => tci: u16,
    }
}

impl Vlan {
    /// The number of the virtual network.
    #[must_use]
    pub const fn id(&self) -> u16 {
        self.tci & 0x0fff
    }

    /// The priority, 0 to 7.
    #[must_use]
    pub const fn priority(&self) -> u16 {
        self.tci >> 13
    }

    /// Whether the frame may be dropped first.
    #[must_use]
    pub const fn drop_eligible(&self) -> bool {
        self.tci & 0x1000 != 0
    }
}
