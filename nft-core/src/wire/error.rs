//! What can be wrong with bytes.

/// Why bytes could not be decoded, or a value not encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A header announces more bytes than there are, or fewer than its own.
    #[error("{found} bytes where {wanted} were announced")]
    Truncated {
        /// Bytes there are.
        found: usize,
        /// Bytes that the header announces, or its own size.
        wanted: usize,
    },
    /// An attribute's value has another width than its type.
    #[error("attribute {attribute} holds {found} bytes")]
    Width {
        /// The attribute's number.
        attribute: u16,
        /// Bytes it holds.
        found: usize,
    },
    /// An attribute without which the rest has no meaning is not there.
    #[error("attribute {attribute} is missing")]
    Missing {
        /// The attribute's number.
        attribute: u16,
    },
    /// An attribute that this library does not know, where it could not be kept.
    #[error("attribute {attribute} is unknown")]
    Unknown {
        /// The attribute's number.
        attribute: u16,
    },
    /// An attribute stands twice where only the last would count.
    #[error("attribute {attribute} stands twice")]
    Twice {
        /// The attribute's number.
        attribute: u16,
    },
    /// A value to encode does not fit into the 16-bit length of its attribute.
    #[error("attribute {attribute} would hold {length} bytes, more than 65531")]
    TooLong {
        /// The attribute's number.
        attribute: u16,
        /// Bytes it would hold.
        length: usize,
    },
    /// A userdata record of more than 255 bytes.
    #[error("userdata record {record} would hold {length} bytes, more than 255")]
    Userdata {
        /// The record's type.
        record: u8,
        /// Bytes it would hold.
        length: usize,
    },
    /// A message of 4 GiB or more.
    #[error("message of {length} bytes")]
    Message {
        /// Bytes it would hold.
        length: usize,
    },
}

impl Error {
    /// Whether the framing itself is broken, so that nothing more can be read.
    #[must_use]
    pub const fn is_framing(&self) -> bool {
        matches!(self, Self::Truncated { .. })
    }
}
