//! Strings of the kernel that are no UTF-8.
//!
//! Names of devices, comments and the prefixes of logs are bytes to the kernel, and nft takes any of them in quotes. Here they are
//! strings. A byte that is no UTF-8 becomes a character of its own, of a range for private use ([`FIRST`] is byte 128), and the
//! byte again on the way back; so nothing is rewritten.

use std::borrow::Cow;

/// The character for the byte 128; those up to 255 follow it.
pub const FIRST: char = '\u{10f780}';
/// The first byte of such a character in UTF-8.
const LEAD: u8 = 0xf4;
/// Bytes that are no UTF-8 are not below.
const HIGH: u8 = 0x80;

/// The string of those bytes.
///
/// ```
/// use nft_core::wire::{bytes_of_text, text_from_bytes};
///
/// assert_eq!(text_from_bytes("café".as_bytes()), "café");
/// let latin = b"caf\xe9";
/// assert_eq!(*bytes_of_text(&text_from_bytes(latin)), *latin);
/// ```
#[must_use]
pub fn text_from_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes)
        && !bytes.contains(&LEAD)
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 6);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            // Whoever wrote such a character gets it back, too.
            match byte_of(character) {
                Some(_) => text.extend(character.encode_utf8(&mut [0; 4]).bytes().filter_map(character_of)),
                None => text.push(character),
            }
        }
        text.extend(chunk.invalid().iter().copied().filter_map(character_of));
    }
    Cow::Owned(text)
}

/// The bytes of that string.
#[must_use]
pub fn bytes_of_text(text: &str) -> Cow<'_, [u8]> {
    if !text.as_bytes().contains(&LEAD) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match byte_of(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// The character that stands for a byte.
fn character_of(byte: u8) -> Option<char> {
    char::from_u32(u32::from(FIRST) + u32::from(byte.checked_sub(HIGH)?))
}

/// The byte that a character stands for.
fn byte_of(character: char) -> Option<u8> {
    let number = u32::from(character).checked_sub(u32::from(FIRST))?;
    u8::try_from(number).ok()?.checked_add(HIGH)
}

#[cfg(test)]
mod tests {
    use super::{bytes_of_text, text_from_bytes};

    #[test]
    fn there_and_back() {
        for bytes in [&b""[..], b"eth0", b"\xff\xfe", "\u{10f7ff}x\u{10f800}".as_bytes(), b"a\xc3", b"\xf4\x8f\x9f"] {
            assert_eq!(*bytes_of_text(&text_from_bytes(bytes)), *bytes);
        }
        assert_eq!(text_from_bytes(b"a\xff"), "a\u{10f7ff}");
        assert_eq!(text_from_bytes("\u{10f780}".as_bytes()), "\u{10f7f4}\u{10f78f}\u{10f79e}\u{10f780}");
    }
}
