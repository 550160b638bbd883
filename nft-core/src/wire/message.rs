//! Messages: `nlmsghdr` and `nfgenmsg`.

use super::{Error, Reader};
use crate::uapi::netlink::NLMSG_HDRLEN;
use crate::uapi::nfnetlink::{NFNETLINK_V0, NFNL_SUBSYS_NFTABLES};

/// Head of a netfilter message: `nlmsghdr` without the length, and `nfgenmsg`.
#[doc(alias = "nfgenmsg")]
#[doc(alias = "nlmsghdr")]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the kernel's own layout")]
pub struct Header {
    /// Type: subsystem in the high byte, message in the low one.
    pub kind: u16,
    /// `NLM_F_*`.
    pub flags: u16,
    /// Sequence number: replies carry that of the request.
    pub sequence: u32,
    /// Port of the sender; 0 is the kernel, and what requests carry.
    pub port: u32,
    /// `NFPROTO_*`.
    pub family: u8,
    /// `res_id`: the generation's low 16 bits in replies, the subsystem in batch messages.
    pub resource: u16,
}

impl Header {
    /// Bytes of `nlmsghdr` and `nfgenmsg`.
    pub const SIZE: usize = NLMSG_HDRLEN + 4;

    /// Head of an nf_tables message of one of the `NFT_MSG_*`.
    #[must_use]
    pub const fn nftables(message: u8, flags: u16, family: u8) -> Self {
        let kind = u16::from_be_bytes([NFNL_SUBSYS_NFTABLES, message]);
        Self { kind, flags, sequence: 0, port: 0, family, resource: 0 }
    }

    /// The same with this sequence number.
    #[must_use]
    pub const fn with_sequence(self, sequence: u32) -> Self {
        Self { sequence, ..self }
    }

    /// Subsystem: the high byte of the type.
    #[must_use]
    pub const fn subsystem(&self) -> u8 {
        self.kind.to_be_bytes()[0]
    }

    /// The `NFT_MSG_*` (or other subsystem's message): the low byte of the type.
    #[must_use]
    pub const fn message(&self) -> u8 {
        self.kind.to_be_bytes()[1]
    }

    /// The head as it stands on the wire, with the length of an empty message.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::SIZE] {
        let [l0, l1, l2, l3] = 20_u32.to_ne_bytes();
        let ([k0, k1], [f0, f1]) = (self.kind.to_ne_bytes(), self.flags.to_ne_bytes());
        let ([s0, s1, s2, s3], [p0, p1, p2, p3]) = (self.sequence.to_ne_bytes(), self.port.to_ne_bytes());
        let [r0, r1] = self.resource.to_be_bytes();
        [l0, l1, l2, l3, k0, k1, f0, f1, s0, s1, s2, s3, p0, p1, p2, p3, self.family, NFNETLINK_V0, r0, r1]
    }
}

/// One message of a buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// Its head. For control messages (type below 16) family and resource are 0.
    pub header: Header,
    /// What follows the head: attributes, or the body of a control message.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// The attributes.
    #[must_use]
    pub const fn reader(&self) -> Reader<'a> {
        Reader::new(self.body)
    }

    /// Whether this is a message of the netlink layer itself: error, end of a dump, overrun.
    #[must_use]
    pub const fn is_control(&self) -> bool {
        self.header.kind < 0x10
    }
}

/// The messages of a buffer, one after the other. After an error it ends.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Reads messages from what a socket returned.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes were not read yet.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    fn split(&mut self) -> Result<Message<'a>, Error> {
        let found = self.rest.len();
        let short = Error::Truncated { found, wanted: NLMSG_HDRLEN };
        let (head, _) = self.rest.split_first_chunk::<NLMSG_HDRLEN>().ok_or(short)?;
        let &[l0, l1, l2, l3, k0, k1, f0, f1, s0, s1, s2, s3, p0, p1, p2, p3] = head;
        let announced = u32::from_ne_bytes([l0, l1, l2, l3]);
        let length = usize::try_from(announced).unwrap_or(usize::MAX);
        let content =
            self.rest.get(NLMSG_HDRLEN..length).ok_or(Error::Truncated { found, wanted: length.max(NLMSG_HDRLEN) })?;
        self.rest = self.rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        let mut header = Header {
            kind: u16::from_ne_bytes([k0, k1]),
            flags: u16::from_ne_bytes([f0, f1]),
            sequence: u32::from_ne_bytes([s0, s1, s2, s3]),
            port: u32::from_ne_bytes([p0, p1, p2, p3]),
            family: 0,
            resource: 0,
        };
        if header.kind < 0x10 {
            return Ok(Message { header, body: content });
        }
        let short = Error::Truncated { found: content.len(), wanted: 4 };
        let (&[family, _version, r0, r1], body) = content.split_first_chunk::<4>().ok_or(short)?;
        header.family = family;
        header.resource = u16::from_be_bytes([r0, r1]);
        Ok(Message { header, body })
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let message = self.split();
        if message.is_err() {
            self.rest = &[];
        }
        Some(message)
    }
}
