//! Attributes as they stand in a message.

use std::borrow::Cow;

use super::{Error, Writer};
use crate::uapi::netlink::{NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK};

/// One attribute: its number and its bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Attribute<'a> {
    /// Number, without the flag bits.
    pub kind: u16,
    /// Whether `NLA_F_NESTED` is set; the kernel does not always set it on nests.
    pub nested: bool,
    /// Content, without padding.
    pub payload: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// Appends the attribute as it was.
    pub fn encode(&self, writer: &mut Writer) {
        let flag = if self.nested { NLA_F_NESTED } else { 0 };
        writer.bytes(self.kind | flag, self.payload);
    }

    /// The content as attributes.
    #[must_use]
    pub const fn reader(self) -> Reader<'a> {
        Reader::new(self.payload)
    }

    /// The content as a fixed number of bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Width`] if it has another length.
    pub fn array<const N: usize>(self) -> Result<[u8; N], Error> {
        self.payload.try_into().map_err(|_| Error::Width { attribute: self.kind, found: self.payload.len() })
    }

    /// The value as a string up to its NUL, whatever bytes it has ([`text_from_bytes`](super::text_from_bytes)).
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        super::text_from_bytes(self.payload.split(|&byte| byte == 0).next().unwrap_or_default())
    }
}

/// Reads attributes one after the other.
///
/// After an error it ends.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads attributes from these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not yet read.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The first attribute of this number.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] if the attributes before it are broken.
    pub fn find(self, kind: u16) -> Result<Option<Attribute<'a>>, Error> {
        for attribute in self {
            let attribute = attribute?;
            if attribute.kind == kind {
                return Ok(Some(attribute));
            }
        }
        Ok(None)
    }

    fn split(&mut self) -> Result<Attribute<'a>, Error> {
        let found = self.rest.len();
        let Some((&[l0, l1, t0, t1], tail)) = self.rest.split_first_chunk::<NLA_HDRLEN>() else {
            return Err(Error::Truncated { found, wanted: NLA_HDRLEN });
        };
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let kind = u16::from_ne_bytes([t0, t1]);
        let payload = length
            .checked_sub(NLA_HDRLEN)
            .and_then(|size| tail.get(..size))
            .ok_or(Error::Truncated { found, wanted: length.max(NLA_HDRLEN) })?;
        self.rest = self.rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Ok(Attribute { kind: kind & NLA_TYPE_MASK, nested: kind & NLA_F_NESTED != 0, payload })
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Attribute<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let attribute = self.split();
        if attribute.is_err() {
            self.rest = &[];
        }
        Some(attribute)
    }
}
