//! Literals: text to content, by data type.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::calendar::{time_of_day, timestamp};
use super::services::{PROTOCOLS, SERVICES};
use super::{DataType, Form, Symbol};
use crate::environment::{Database, Environment};
use crate::model::Repr;
use crate::schema::{nearest, reject};

/// Why a word is no value of a data type.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LiteralError {
    /// The type that its place asks for.
    pub ty: DataType,
    /// The word.
    pub text: Box<str>,
    /// What is wrong with it.
    pub reason: LiteralReason,
    /// The name that was probably meant.
    pub suggestion: Option<&'static str>,
}

/// What is wrong with a literal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LiteralReason {
    /// Not a value of that type.
    Unknown,
    /// More than the type holds.
    TooLarge,
    /// A wildcard that would match everything.
    AllWildcard,
    /// More bytes than an interface name has.
    TooLong,
}

impl fmt::Display for LiteralError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, text) = (self.ty.description(), &*self.text);
        match self.reason {
            LiteralReason::Unknown => write!(f, "`{text}` is no {what}")?,
            LiteralReason::TooLarge => write!(f, "`{text}` is too large for {what}")?,
            LiteralReason::AllWildcard => f.write_str("a lone `*` would match every name: leave the match out")?,
            LiteralReason::TooLong => write!(f, "`{text}` is too long for {what}: 15 bytes is the most")?,
        }
        match self.suggestion {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for LiteralError {}

impl From<LiteralError> for crate::Error {
    fn from(error: LiteralError) -> Self {
        let suggestion = error.suggestion;
        let plain = LiteralError { suggestion: None, ..error };
        let made = Self::source_text(plain.to_string());
        match suggestion {
            Some(name) => made.with_help(format!("did you mean `{name}`?")),
            None => made,
        }
    }
}

/// What a piece of text is as a number, by nft's rules.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Number {
    /// Up to 128 bits.
    Small(u128),
    /// More: most significant byte first.
    Large(Vec<u8>),
}

/// Reads a number: hexadecimal behind `0x`, octal behind `0`, else decimal. What does not fit its base is none.
fn number(text: &str) -> Option<Number> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
        return None;
    }
    Some(u128::from_str_radix(digits, radix).map_or_else(|_| Number::Large(large(digits, radix)), Number::Small))
}

/// A number of any size. Literals are short, so the schoolbook way is fast enough.
fn large(digits: &str, radix: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = digit;
        for byte in bytes.iter_mut().rev() {
            let sum = u32::from(*byte) * radix + carry;
            let [.., high, low] = sum.to_be_bytes();
            *byte = low;
            carry = u32::from(high);
        }
        if let Some(carry) = u8::try_from(carry).ok().filter(|carry| *carry > 0) {
            bytes.insert(0, carry);
        }
    }
    bytes
}

/// Reads a number of up to 128 bits.
fn small(text: &str) -> Option<u128> {
    match number(text)? {
        Number::Small(number) => Some(number),
        Number::Large(_) => None,
    }
}

/// A decimal number, zeros in front or not: what the C library's look-ups take.
fn decimal(text: &str) -> Option<u128> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Bytes in hexadecimal between colons, one or two digits each.
fn link_address(text: &str) -> Option<(u128, usize)> {
    let (mut address, mut count) = (0_u128, 0);
    for part in text.split(':') {
        if part.is_empty() || part.len() > 2 || !part.bytes().all(|digit| digit.is_ascii_hexdigit()) || count == 16 {
            return None;
        }
        address = address << 8 | u128::from(u8::from_str_radix(part, 16).ok()?);
        count += 1;
    }
    Some((address, count))
}

/// `hex:hex`.
fn class_id(text: &str) -> Option<u128> {
    let (major, minor) = text.split_once(':')?;
    let part = |text: &str| (!text.is_empty()).then(|| u16::from_str_radix(text, 16).ok()).flatten();
    if text.contains('+') {
        return None;
    }
    Some(u128::from(part(major)?) << 16 | u128::from(part(minor)?))
}

/// A time span in milliseconds: days, hours, minutes, seconds, milliseconds in this order, each once.
///
/// ```
/// use nft_core::schema::datatype::duration;
///
/// assert_eq!(duration("1h30m"), Some(5_400_000));
/// assert_eq!(duration("30m1h"), None);
/// ```
#[must_use]
pub fn duration(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
    let (mut rest, mut total, mut units) = (text, 0_u64, &UNITS[..]);
    if text.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = rest.get(..letters)?;
        let at = units.iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(count.checked_mul(units.get(at)?.1)?)?;
        units = units.get(at + 1..)?;
        rest = rest.get(letters..)?;
    }
    Some(total)
}

/// Whether the text could be the name of a host.
fn is_host(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && !text.starts_with("0x")
}

fn find(symbols: &[Symbol], name: &str) -> Option<u128> {
    symbols.iter().find(|symbol| symbol.name == name).map(|symbol| u128::from(symbol.value))
}

impl DataType {
    /// What a word means as a value of this type. Names that only the machine knows come out as [`Repr::Name`].
    ///
    /// ```
    /// use nft_core::model::Repr;
    /// use nft_core::schema::DataType;
    ///
    /// assert_eq!(DataType::INET_SERVICE.parse("ssh"), Ok(Repr::Int(22)));
    /// assert_eq!(DataType::IFACE_INDEX.parse("eth0"), Ok(Repr::Name("eth0".into())));
    /// let error = DataType::CT_STATE.parse("establish").unwrap_err();
    /// assert_eq!(error.suggestion, Some("established"));
    /// ```
    ///
    /// # Errors
    ///
    /// If the word is no value of this type, with the name that was probably meant.
    pub fn parse(self, text: &str) -> Result<Repr, LiteralError> {
        let unknown = || self.literal_error(text, LiteralReason::Unknown);
        let name = || Repr::Name(text.into());
        let int = |number: Option<u128>| number.map(Repr::Int).ok_or_else(unknown);
        match self.row().form {
            Form::Integer | Form::Hex(_) | Form::Bitmask | Form::Boolean | Form::Day => {
                if let Some(value) = find(self.symbols(), text) {
                    return Ok(Repr::Int(value));
                }
                match number(text) {
                    // Any number but 0 is "yes".
                    Some(Number::Small(number)) if self.row().form == Form::Boolean => Ok(Repr::Int(number.min(1))),
                    Some(Number::Small(number)) => self.fits(text, number).map(Repr::Int),
                    Some(Number::Large(bytes)) if self.bits() == 0 => Ok(Repr::Bytes(bytes.into())),
                    Some(Number::Large(_)) => Err(self.literal_error(text, LiteralReason::TooLarge)),
                    None => Err(unknown()),
                }
            }
            Form::String => Ok(Repr::Str(text.into())),
            Form::InterfaceName => self.interface_name(text),
            Form::LinkAddress => int(link_address(text).map(|(address, _)| address).or_else(|| small(text))),
            Form::Ethernet => match link_address(text) {
                Some((address, 6)) => Ok(Repr::Int(address)),
                _ => Err(unknown()),
            },
            Form::Ipv4 => match (text.parse::<Ipv4Addr>(), small(text)) {
                (Ok(address), _) => Ok(Repr::Int(address.to_bits().into())),
                (_, Some(number)) => self.fits(text, number).map(Repr::Int),
                _ if is_host(text) => Ok(name()),
                _ => Err(unknown()),
            },
            Form::Ipv6 => match text.parse::<Ipv6Addr>() {
                Ok(address) => Ok(Repr::Int(address.to_bits())),
                Err(_) if is_host(text) => Ok(name()),
                Err(_) => Err(unknown()),
            },
            Form::Protocol => match small(text).or_else(|| find(PROTOCOLS, text)) {
                Some(number) => self.fits(text, number).map(Repr::Int),
                None if is_host(text) => Ok(name()),
                None => Err(unknown()),
            },
            Form::Service => match small(text).or_else(|| decimal(text)).or_else(|| find(SERVICES, text)) {
                Some(number) => self.fits(text, number).map(Repr::Int),
                None if is_host(text) => Ok(name()),
                None => Err(unknown()),
            },
            Form::Duration => {
                let seconds = || small(text)?.checked_mul(1000);
                int(duration(text).map(u128::from).or_else(seconds))
            }
            Form::ClassId => match text {
                "root" => Ok(Repr::Int(u32::MAX.into())),
                "none" => Ok(Repr::Int(0)),
                _ => match class_id(text).or_else(|| small(text)) {
                    Some(number) => self.fits(text, number).map(Repr::Int),
                    None => Err(unknown()),
                },
            },
            Form::Mark | Form::Interface | Form::Realm | Form::DeviceGroup => match number(text) {
                Some(Number::Small(number)) => self.fits(text, number).map(Repr::Int),
                Some(Number::Large(_)) => Err(self.literal_error(text, LiteralReason::TooLarge)),
                None if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) => Err(unknown()),
                None => Ok(name()),
            },
            Form::User | Form::Group => match small(text).or_else(|| decimal(text)) {
                Some(number) => self.fits(text, number).map(Repr::Int),
                None if text.is_empty() => Err(unknown()),
                None => Ok(name()),
            },
            Form::Label => match small(text) {
                Some(bit @ 0..128) => Ok(Repr::Int(1 << bit)),
                Some(_) => Err(self.literal_error(text, LiteralReason::TooLarge)),
                None if text.is_empty() => Err(unknown()),
                None => Ok(name()),
            },
            Form::RejectCode => match find(reject::codes(self), text).or_else(|| small(text)) {
                Some(code) => self.fits(text, code).map(Repr::Int),
                None => Err(unknown()),
            },
            Form::Timestamp => match small(text) {
                Some(seconds) => int(seconds.checked_mul(1_000_000_000)),
                None => timestamp(text, |_| 0).map(|_| name()).ok_or_else(unknown),
            },
            Form::Hour => match small(text) {
                Some(seconds) => self.fits(text, seconds).map(Repr::Int),
                None => time_of_day(text).map(|_| name()).ok_or_else(unknown),
            },
            Form::Cgroup => match small(text) {
                Some(number) => Ok(Repr::Int(number)),
                None if text.is_empty() => Err(unknown()),
                None => Ok(name()),
            },
            Form::Invalid | Form::Verdict => Err(unknown()),
        }
    }

    /// The number that a [`Repr::Name`] of this type stands for, if the machine knows it.
    ///
    /// Points in time and times of day are local ones: the environment's offset from UTC is taken off.
    ///
    /// ```
    /// use nft_core::NoEnvironment;
    /// use nft_core::schema::DataType;
    ///
    /// assert_eq!(DataType::HOUR.resolve("08:30", &NoEnvironment), Some(30_600));
    /// assert_eq!(DataType::UID.resolve("root", &NoEnvironment), None);
    /// ```
    #[must_use]
    pub fn resolve(self, name: &str, environment: &dyn Environment) -> Option<u128> {
        match self.row().form {
            Form::Timestamp => {
                let seconds = timestamp(name, |local| environment.utc_offset(local))?;
                // As the kernel stores it: nanoseconds in 64 bits, wrapping before 1970.
                Some(u128::from(seconds.wrapping_mul(1_000_000_000).cast_unsigned()))
            }
            Form::Hour => {
                let local = i64::from(time_of_day(name)?);
                let utc = (local - environment.utc_offset(now())).rem_euclid(86_400);
                u128::try_from(utc).ok()
            }
            Form::Ipv4 => environment.host(name).into_iter().find_map(|address| match address {
                std::net::IpAddr::V4(address) => Some(address.to_bits().into()),
                std::net::IpAddr::V6(_) => None,
            }),
            Form::Ipv6 => environment.host(name).into_iter().find_map(|address| match address {
                std::net::IpAddr::V6(address) => Some(address.to_bits()),
                std::net::IpAddr::V4(_) => None,
            }),
            Form::Label => match environment.number(Database::Label, name)? {
                bit @ 0..128 => Some(1 << bit),
                _ => None,
            },
            _ => environment.number(self.database()?, name).map(u128::from),
        }
    }

    /// Where the machine keeps the names of this type.
    #[must_use]
    pub const fn database(self) -> Option<Database> {
        Some(match self.row().form {
            Form::Protocol => Database::Protocol,
            Form::Service => Database::Service,
            Form::Mark => Database::Mark,
            Form::Interface => Database::Interface,
            Form::Realm => Database::Realm,
            Form::User => Database::User,
            Form::Group => Database::Group,
            Form::Label => Database::Label,
            Form::DeviceGroup => Database::DeviceGroup,
            Form::Cgroup => Database::Cgroup,
            _ => return None,
        })
    }

    /// Every built-in name of this type, those of protocols, ports and codes included.
    #[must_use]
    pub const fn words(self) -> &'static [Symbol] {
        match self.row().form {
            Form::Protocol => PROTOCOLS,
            Form::Service => SERVICES,
            Form::RejectCode => reject::codes(self),
            _ => self.symbols(),
        }
    }

    fn interface_name(self, text: &str) -> Result<Repr, LiteralError> {
        let (name, star) = match text.strip_suffix('*') {
            Some(name) => match name.strip_suffix('\\') {
                Some(name) => return self.not_too_long(text, name.len() + 1).map(|()| Repr::Str(format!("{name}*").into())),
                None => (name, true),
            },
            None => (text, false),
        };
        if star && name.is_empty() {
            return Err(self.literal_error(text, LiteralReason::AllWildcard));
        }
        self.not_too_long(text, text.len())?;
        Ok(if star { Repr::Wildcard(name.into()) } else { Repr::Str(name.into()) })
    }

    fn not_too_long(self, text: &str, length: usize) -> Result<(), LiteralError> {
        if length > 15 { Err(self.literal_error(text, LiteralReason::TooLong)) } else { Ok(()) }
    }

    /// The number, if this type is wide enough. Types without a width of their own take all: their place checks.
    fn fits(self, text: &str, number: u128) -> Result<u128, LiteralError> {
        match self.bits() {
            bits @ 1..128 if number >> bits != 0 => Err(self.literal_error(text, LiteralReason::TooLarge)),
            _ => Ok(number),
        }
    }

    fn literal_error(self, text: &str, reason: LiteralReason) -> LiteralError {
        let suggestion = match reason {
            LiteralReason::Unknown => nearest(text, self.words().iter().map(|symbol| symbol.name)),
            LiteralReason::TooLarge | LiteralReason::AllWildcard | LiteralReason::TooLong => None,
        };
        LiteralError { ty: self, text: text.into(), reason, suggestion }
    }
}

/// Seconds since 1970: the offset of a time of day from UTC is that of today, as in nft.
pub(super) fn now() -> i64 {
    #[cfg(not(target_family = "wasm"))]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok();
    #[cfg(target_family = "wasm")]
    let now = None::<std::time::Duration>;
    now.and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
