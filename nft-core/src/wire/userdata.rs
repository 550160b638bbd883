//! Userdata: the records that user space keeps in tables, chains, rules, sets, elements and objects.

use std::borrow::Cow;

use super::Error;

/// One record: type, length, bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Tlv<'a> {
    /// Type, with a meaning of its own for each kind of owner.
    pub kind: u8,
    /// Content.
    pub payload: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// The content as a number in the host's byte order.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.payload.try_into().ok().map(u32::from_ne_bytes)
    }

    /// The content as text, up to its NUL.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        super::text_from_bytes(self.payload.split(|&byte| byte == 0).next().unwrap_or_default())
    }

    /// The content as records.
    #[must_use]
    pub const fn nested(&self) -> Tlvs<'a> {
        Tlvs::new(self.payload)
    }
}

/// Records one after the other. After an error it ends.
#[derive(Clone, Debug)]
pub struct Tlvs<'a> {
    rest: &'a [u8],
}

impl<'a> Tlvs<'a> {
    /// Reads records from these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = Result<Tlv<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&kind, tail) = self.rest.split_first()?;
        let split = tail.split_first().and_then(|(&length, tail)| tail.split_at_checked(usize::from(length)));
        let Some((payload, rest)) = split else {
            let wanted = tail.first().map_or(2, |&length| usize::from(length) + 2);
            let found = std::mem::take(&mut self.rest).len();
            return Some(Err(Error::Truncated { found, wanted }));
        };
        self.rest = rest;
        Some(Ok(Tlv { kind, payload }))
    }
}

/// Appends a record.
///
/// # Errors
///
/// [`Error::Userdata`] if the content is longer than 255 bytes.
pub fn push_tlv(records: &mut Vec<u8>, kind: u8, payload: &[u8]) -> Result<(), Error> {
    let length = u8::try_from(payload.len()).map_err(|_| Error::Userdata { record: kind, length: payload.len() })?;
    records.extend_from_slice(&[kind, length]);
    records.extend_from_slice(payload);
    Ok(())
}
