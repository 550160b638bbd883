//! One growing buffer of attributes and messages.

use super::Error;
use super::message::Header;
use crate::uapi::netlink::{NLA_F_NESTED, NLA_HDRLEN, NLMSG_HDRLEN};

/// An open nest: give it back to [`Writer::end`].
#[derive(Debug)]
#[must_use]
pub struct Nest {
    start: usize,
    kind: u16,
}

/// An open message: give it back to [`Writer::end_message`].
#[derive(Debug)]
#[must_use]
pub struct MessageMark {
    start: usize,
}

/// Appends attributes and messages to one buffer; lengths of nests and messages are patched in place.
///
/// A value that does not fit its 16-bit length makes the writer fail: nothing wraps, and [`Writer::finish`] returns the first
/// such error.
///
/// ```
/// use nft_core::wire::Writer;
///
/// let mut writer = Writer::new();
/// let nest = writer.begin(2);
/// writer.u32(1, 7);
/// writer.end(nest);
/// let bytes = writer.finish()?;
/// assert_eq!(bytes.len(), 12);
/// assert_eq!(bytes[8..], [0, 0, 0, 7]);
/// # Ok::<(), nft_core::wire::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    error: Option<Error>,
}

impl Writer {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), error: None }
    }

    /// An empty buffer with room for so many bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), error: None }
    }

    /// Continues a buffer.
    #[must_use]
    pub const fn from_vec(bytes: Vec<u8>) -> Self {
        Self { bytes, error: None }
    }

    /// Appends an attribute with these bytes.
    pub fn bytes(&mut self, kind: u16, payload: &[u8]) {
        self.slices(kind, [payload]);
    }

    /// Appends an attribute whose content is these pieces in a row.
    pub fn slices<const N: usize>(&mut self, kind: u16, pieces: [&[u8]; N]) {
        let size: usize = pieces.iter().map(|piece| piece.len()).sum();
        let Some(length) = self.length(kind, size) else { return };
        self.header(length, kind);
        for piece in pieces {
            self.bytes.extend_from_slice(piece);
        }
        self.pad();
    }

    /// Appends a string with its NUL.
    pub fn text(&mut self, kind: u16, text: &str) {
        self.slices(kind, [&*super::bytes_of_text(text), &[0]]);
    }

    /// Appends one byte.
    pub fn u8(&mut self, kind: u16, value: u8) {
        self.fixed([value, 0, 0, 0], 1, kind);
    }

    /// Appends a 16-bit number, big-endian.
    pub fn u16(&mut self, kind: u16, value: u16) {
        let [high, low] = value.to_be_bytes();
        self.fixed([high, low, 0, 0], 2, kind);
    }

    /// Appends a 32-bit number, big-endian.
    pub fn u32(&mut self, kind: u16, value: u32) {
        self.fixed(value.to_be_bytes(), 4, kind);
    }

    /// Appends a 64-bit number, big-endian.
    pub fn u64(&mut self, kind: u16, value: u64) {
        self.fixed(value.to_be_bytes(), 8, kind);
    }

    /// Opens a nest with the nested flag.
    pub fn begin(&mut self, kind: u16) -> Nest {
        let start = self.bytes.len();
        self.header(4, kind | NLA_F_NESTED);
        Nest { start, kind }
    }

    /// Closes a nest.
    pub fn end(&mut self, nest: Nest) {
        let size = self.bytes.len().saturating_sub(nest.start + NLA_HDRLEN);
        let Some(length) = self.length(nest.kind, size) else { return };
        if let Some(place) = self.bytes.get_mut(nest.start..nest.start + 2) {
            place.copy_from_slice(&length.to_ne_bytes());
        }
    }

    /// Appends a nest.
    pub fn nest(&mut self, kind: u16, content: impl FnOnce(&mut Self)) {
        let nest = self.begin(kind);
        content(self);
        self.end(nest);
    }

    /// Opens a message.
    pub fn begin_message(&mut self, header: &Header) -> MessageMark {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&header.to_bytes());
        MessageMark { start }
    }

    /// Closes a message.
    pub fn end_message(&mut self, message: MessageMark) {
        let length = self.bytes.len().saturating_sub(message.start);
        let Ok(size) = u32::try_from(length) else {
            self.fail(Error::Message { length });
            return;
        };
        if let Some(place) = self.bytes.get_mut(message.start..message.start + 4) {
            place.copy_from_slice(&size.to_ne_bytes());
        }
    }

    /// Sets the sequence number of a message that is still open.
    pub fn set_sequence(&mut self, message: &MessageMark, sequence: u32) {
        const OFFSET: usize = 8;
        if let Some(place) = self.bytes.get_mut(message.start + OFFSET..message.start + OFFSET + 4) {
            place.copy_from_slice(&sequence.to_ne_bytes());
        }
    }

    /// Writes over the 32-bit number, big-endian, at that byte.
    pub fn set_u32(&mut self, start: usize, value: u32) {
        if let Some(place) = self.bytes.get_mut(start..start.saturating_add(4)) {
            place.copy_from_slice(&value.to_be_bytes());
        }
    }

    /// Sets further flags of the message that begins at this byte.
    pub fn add_flags(&mut self, start: usize, flags: u16) {
        const OFFSET: usize = 6;
        if let Some(&mut [ref mut low, ref mut high]) =
            self.bytes.get_mut(start + OFFSET..start + OFFSET + 2).and_then(|place| place.first_chunk_mut::<2>())
        {
            [*low, *high] = (u16::from_ne_bytes([*low, *high]) | flags).to_ne_bytes();
        }
    }

    /// Appends bytes as they are: attributes encoded before.
    pub fn raw(&mut self, attributes: &[u8]) {
        self.bytes.extend_from_slice(attributes);
        self.pad();
    }

    /// Makes the writer fail.
    pub fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    /// Forgets what was written after this length. What failed stays failed.
    pub fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// Empties the buffer and forgets errors; the memory is kept.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.error = None;
    }

    /// Bytes written so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What has been written so far; lengths of open nests are not yet right.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes inside a nest so far.
    #[must_use]
    pub const fn nest_len(&self, nest: &Nest) -> usize {
        self.bytes.len().saturating_sub(nest.start + NLA_HDRLEN)
    }

    /// Bytes of a message so far, without its `nlmsghdr`.
    #[must_use]
    pub const fn message_len(&self, message: &MessageMark) -> usize {
        self.bytes.len().saturating_sub(message.start + NLMSG_HDRLEN)
    }

    /// What went wrong so far.
    ///
    /// # Errors
    ///
    /// The first value that did not fit its attribute or message.
    pub const fn check(&self) -> Result<(), Error> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The buffer.
    ///
    /// # Errors
    ///
    /// The first value that did not fit its attribute or message.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.check().map(|()| self.bytes)
    }

    fn fixed<const N: usize>(&mut self, value: [u8; N], size: u16, kind: u16) {
        self.header(size + 4, kind);
        self.bytes.extend_from_slice(&value);
    }

    fn header(&mut self, length: u16, kind: u16) {
        let ([l0, l1], [k0, k1]) = (length.to_ne_bytes(), kind.to_ne_bytes());
        self.bytes.extend_from_slice(&[l0, l1, k0, k1]);
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn length(&mut self, attribute: u16, size: usize) -> Option<u16> {
        let length = u16::try_from(size.saturating_add(NLA_HDRLEN)).ok();
        if length.is_none() {
            self.fail(Error::TooLong { attribute, length: size });
        }
        length
    }
}
