//! One field of an element.

use nft_core::model::{KeyField, Repr, Value};
use nft_core::schema::DataType;
use nft_core::schema::datatype::Form;
use std::net::Ipv6Addr;

use super::WIDEST;

/// How a field is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Ipv4,
    Ipv6,
    Ethernet,
    /// A number, or a symbol of the type.
    Number,
    /// A symbol of the type, even if it looks like a number.
    Symbol,
    /// A quoted string.
    Text,
}

/// A field: what is read, and where it goes in the packed form.
#[derive(Debug)]
pub(super) struct Field {
    kind: Kind,
    ty: DataType,
    bits: u32,
    start: usize,
    bytes: usize,
    padded: usize,
}

impl Field {
    pub(super) const fn new(field: KeyField, start: usize, padded: bool) -> Self {
        let kind = match field.ty.row().form {
            Form::Ipv4 => Kind::Ipv4,
            Form::Ipv6 => Kind::Ipv6,
            Form::Ethernet => Kind::Ethernet,
            Form::String | Form::InterfaceName => Kind::Text,
            Form::Integer
            | Form::Hex(_)
            | Form::Bitmask
            | Form::Protocol
            | Form::Service
            | Form::Mark
            | Form::Interface
            | Form::Realm
            | Form::User
            | Form::Group
            | Form::RejectCode
            | Form::DeviceGroup => Kind::Number,
            _ => Kind::Symbol,
        };
        let bytes = field.bytes() as usize;
        let padded = if padded { bytes.next_multiple_of(4) } else { bytes };
        Self { kind, ty: field.ty, bits: field.bits, start, bytes, padded }
    }

    /// Behind the field in the packed form.
    pub(super) const fn end(&self) -> usize {
        self.start + self.padded
    }

    /// Whether it is a string.
    pub(super) fn is_text(&self) -> bool {
        self.kind == Kind::Text
    }

    /// The bits that a prefix of that length leaves open.
    pub(super) fn host_mask(&self, length: u64) -> Option<u128> {
        let length = u32::try_from(length).ok().filter(|length| *length <= self.bits && self.bits <= 128)?;
        if self.is_text() {
            return None;
        }
        Some(1u128.checked_shl(self.bits - length).map_or(u128::MAX, |bit| bit - 1))
    }

    /// Writes a value to its place.
    pub(super) fn put(&self, value: u128, packed: &mut [u8; WIDEST]) {
        let bytes = value.to_be_bytes();
        let from = bytes.len().saturating_sub(self.bytes);
        if let (Some(to), Some(from)) = (packed.get_mut(self.start..self.start + self.bytes), bytes.get(from..))
            && to.len() == from.len()
        {
            to.copy_from_slice(from);
        }
    }

    /// The number of a value of the model, if it fits.
    pub(super) fn number(&self, value: &Value) -> Option<u128> {
        super::number(value).filter(|number| match value.repr {
            Repr::Str(_) => self.is_text() && self.bytes == 16,
            _ => !self.is_text() && self.fits(*number),
        })
    }

    fn fits(&self, number: u128) -> bool {
        self.bits <= 128 && number.checked_shr(self.bits).unwrap_or(0) == 0
    }

    /// Reads a value; gives where it ends.
    pub(super) fn value(&self, text: &[u8], at: usize) -> Option<(usize, u128)> {
        let (behind, number) = match self.kind {
            Kind::Ipv4 => ipv4(text, at),
            Kind::Ipv6 => ipv6(text, at),
            Kind::Ethernet => ethernet(text, at),
            Kind::Number if text.get(at).is_some_and(u8::is_ascii_digit) => integer(text, at),
            Kind::Number | Kind::Symbol => self.symbol(text, at),
            Kind::Text if self.bytes == 16 => quoted(text, at),
            Kind::Text => None,
        }?;
        (self.fits(number) && is_end(text.get(behind))).then_some((behind, number))
    }

    /// A word that the type knows.
    fn symbol(&self, text: &[u8], at: usize) -> Option<(usize, u128)> {
        let behind = run(text, at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/'));
        let word = std::str::from_utf8(text.get(at..behind)?).ok().filter(|word| !word.is_empty())?;
        match self.ty.parse(word).ok()? {
            Repr::Int(number) => Some((behind, number)),
            _ => None,
        }
    }
}

/// Whether a value can end before that byte.
const fn is_end(byte: Option<&u8>) -> bool {
    match byte {
        None => true,
        Some(byte) => matches!(byte, b' ' | b'\t' | b'\n' | b',' | b'-' | b'/' | b':' | b'.' | b'#' | b'\\'),
    }
}

fn run(text: &[u8], at: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len())
}

/// Digits.
pub(super) fn decimal(text: &[u8], mut at: usize) -> Option<(usize, u64)> {
    let (start, mut number) = (at, 0u64);
    while let Some(byte) = text.get(at)
        && byte.is_ascii_digit()
    {
        number = number.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        at += 1;
    }
    (at > start).then_some((at, number))
}

/// A number as nft reads it: decimal, octal behind a 0, hexadecimal behind `0x`.
fn integer(text: &[u8], at: usize) -> Option<(usize, u128)> {
    if text.get(at) != Some(&b'0') {
        let (behind, number) = decimal(text, at)?;
        return Some((behind, u128::from(number)));
    }
    let behind = run(text, at, |byte| byte.is_ascii_alphanumeric());
    let word = std::str::from_utf8(text.get(at..behind)?).ok()?;
    Some((behind, u128::from(crate::lower::number::parse(word)?)))
}

/// A dotted address.
fn ipv4(text: &[u8], mut at: usize) -> Option<(usize, u128)> {
    let mut address = 0u32;
    for part in 0..4 {
        if part > 0 {
            if text.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let (start, mut number) = (at, 0u32);
        while let Some(byte) = text.get(at)
            && byte.is_ascii_digit()
            && at - start < 4
        {
            number = number * 10 + u32::from(byte - b'0');
            at += 1;
        }
        // A leading zero is read in several ways by others; inet_pton refuses it, so the slow way reports it.
        if at == start || number > 255 || (at - start > 1 && text.get(start) == Some(&b'0')) {
            return None;
        }
        address = address << 8 | number;
    }
    Some((at, u128::from(address)))
}

/// An address with colons.
fn ipv6(text: &[u8], at: usize) -> Option<(usize, u128)> {
    let behind = run(text, at, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    let word = std::str::from_utf8(text.get(at..behind)?).ok()?;
    let address: Ipv6Addr = word.parse().ok()?;
    Some((behind, u128::from(address)))
}

/// Six bytes with colons.
fn ethernet(text: &[u8], mut at: usize) -> Option<(usize, u128)> {
    let mut address = 0u128;
    for part in 0..6 {
        if part > 0 {
            if text.get(at) != Some(&b':') {
                return None;
            }
            at += 1;
        }
        let behind = run(text, at, |byte| byte.is_ascii_hexdigit());
        if behind == at || behind - at > 2 {
            return None;
        }
        let word = std::str::from_utf8(text.get(at..behind)?).ok()?;
        address = address << 8 | u128::from(u8::from_str_radix(word, 16).ok()?);
        at = behind;
    }
    // A seventh part is no address.
    (text.get(at) != Some(&b':')).then_some((at, address))
}

/// A quoted string without a star or backslash.
fn quoted(text: &[u8], at: usize) -> Option<(usize, u128)> {
    if text.get(at) != Some(&b'"') {
        return None;
    }
    let behind = run(text, at + 1, |byte| byte != b'"');
    let content = text.get(at + 1..behind).filter(|_| behind < text.len())?;
    if content.iter().any(|byte| matches!(byte, b'*' | b'\\' | b'$') || !byte.is_ascii()) {
        return None;
    }
    Some((behind + 1, text_number(content)?))
}

/// A string of up to 15 bytes as the number that its 16 bytes, padded with NUL, are.
pub(super) fn text_number(content: &[u8]) -> Option<u128> {
    if content.is_empty() || content.len() > 15 {
        return None;
    }
    let mut bytes = [0; 16];
    bytes.get_mut(..content.len())?.copy_from_slice(content);
    Some(u128::from_be_bytes(bytes))
}
