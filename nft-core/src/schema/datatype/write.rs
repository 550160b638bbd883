//! Literals: content to text, by data type.

use std::fmt::{self, Write};

use super::calendar::civil;
use super::parse::now;
use super::services::{PROTOCOLS, SERVICES, SHOWN_SERVICES};
use super::{DataType, Form};
use crate::environment::{Database, Environment, NoEnvironment};
use crate::model::Repr;
use crate::wire::text_from_bytes;

/// How values are written: the numeric options of `nft`.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Style<'e> {
    /// What the machine knows: names of interfaces, users, marks.
    pub environment: &'e dyn Environment,
    /// `-n`: numbers instead of names.
    pub numeric: bool,
    /// `-p`: protocols as numbers.
    pub numeric_protocol: bool,
    /// `-T`: time spans in seconds.
    pub numeric_time: bool,
    /// `-S`: ports as service names.
    pub services: bool,
    /// `-u`: users and groups as names.
    pub users: bool,
}

impl<'e> Style<'e> {
    /// What `nft` does without options, with the names of that machine.
    #[must_use]
    pub const fn new(environment: &'e dyn Environment) -> Self {
        Self { environment, numeric: false, numeric_protocol: false, numeric_time: false, services: false, users: false }
    }
}

impl Style<'_> {
    /// The same, everything as numbers: nft writes the ends of ranges so.
    #[must_use]
    pub const fn numbers(self) -> Self {
        Self { numeric: true, numeric_protocol: true, numeric_time: true, services: false, users: false, ..self }
    }
}

impl Default for Style<'_> {
    fn default() -> Self {
        Style::new(&NoEnvironment)
    }
}

impl fmt::Debug for Style<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Style")
            .field("numeric", &self.numeric)
            .field("numeric_protocol", &self.numeric_protocol)
            .field("numeric_time", &self.numeric_time)
            .field("services", &self.services)
            .field("users", &self.users)
            .finish_non_exhaustive()
    }
}

impl DataType {
    /// Writes a value of this type and width as `nft` lists it.
    ///
    /// ```
    /// use nft_core::model::Repr;
    /// use nft_core::schema::DataType;
    /// use nft_core::schema::datatype::Style;
    ///
    /// let mut text = String::new();
    /// DataType::MARK.write(&mut text, &Repr::Int(16), 32, &Style::default()).unwrap();
    /// assert_eq!(text, "0x00000010");
    /// ```
    ///
    /// # Errors
    ///
    /// If the writer fails.
    pub fn write(self, out: &mut impl Write, repr: &Repr, bits: u32, style: &Style<'_>) -> fmt::Result {
        match repr {
            Repr::Int(number) => self.write_int(out, *number, bits, style),
            Repr::Bytes(bytes) => {
                out.write_str("0x")?;
                let mut bytes = bytes.iter().skip_while(|byte| **byte == 0);
                match bytes.next() {
                    Some(first) => write!(out, "{first:x}")?,
                    None => out.write_char('0')?,
                }
                bytes.try_for_each(|byte| write!(out, "{byte:02x}"))
            }
            Repr::Str(text) if self.row().form == Form::InterfaceName => match text.strip_suffix('*') {
                Some(name) => write!(out, "\"{name}\\*\""),
                None => write!(out, "\"{text}\""),
            },
            Repr::Str(text) => write!(out, "\"{text}\""),
            Repr::Wildcard(text) => write!(out, "\"{text}*\""),
            Repr::Name(name) => match self.resolve(name, style.environment) {
                Some(number) => self.write_int(out, number, bits, style),
                // Protocols and hosts: nft's own words are never quoted.
                None if matches!(self.row().form, Form::Protocol | Form::Ipv4 | Form::Ipv6) => out.write_str(name),
                None => write!(out, "\"{name}\""),
            },
        }
    }

    fn write_int(self, out: &mut impl Write, number: u128, bits: u32, style: &Style<'_>) -> fmt::Result {
        let named = |database| u64::try_from(number).ok().and_then(|number| style.environment.name(database, number));
        let symbol = || if style.numeric { None } else { self.symbol_name(number) };
        match self.row().form {
            Form::Integer | Form::Boolean => match symbol() {
                Some(name) => out.write_str(name),
                None => write_decimal(out, number),
            },
            Form::Hex(digits) => match symbol() {
                Some(name) => out.write_str(name),
                None => write!(out, "{number:#0width$x}", width = digits + 2),
            },
            Form::Bitmask => match symbol() {
                Some(name) => out.write_str(name),
                None => write!(out, "{number:#x}"),
            },
            Form::Day => match symbol() {
                Some(name) => write!(out, "\"{name}\""),
                None => write_decimal(out, number),
            },
            Form::String | Form::InterfaceName => write_packed_string(out, number, bits),
            Form::Ethernet => write_link_address(out, number, 6),
            Form::LinkAddress => write_link_address(out, number, bits.div_ceil(8).max(1)),
            Form::Ipv4 => {
                let [.., a, b, c, d] = number.to_be_bytes();
                write_ipv4(out, [a, b, c, d])
            }
            Form::Ipv6 => write_ipv6(out, number),
            Form::Protocol => {
                let known = || PROTOCOLS.iter().find(|symbol| u128::from(symbol.value) == number).map(|symbol| symbol.name);
                match if style.numeric || style.numeric_protocol { None } else { known() } {
                    Some(name) => out.write_str(name),
                    None => write_decimal(out, number),
                }
            }
            Form::Service => {
                let known = || {
                    let all = SERVICES.iter().chain(SHOWN_SERVICES);
                    all.into_iter().find(|symbol| u128::from(symbol.value) == number).map(|symbol| symbol.name)
                };
                match if style.services { known() } else { None } {
                    Some(name) => write!(out, "\"{name}\""),
                    None => write_decimal(out, number),
                }
            }
            Form::Duration => match u64::try_from(number) {
                Ok(milliseconds) => write_duration(out, milliseconds, style),
                Err(_) => write_decimal(out, number),
            },
            Form::Mark => match if style.numeric { None } else { named(Database::Mark) } {
                Some(name) => write!(out, "\"{name}\""),
                None => write!(out, "{number:#010x}"),
            },
            Form::Interface => match named(Database::Interface) {
                Some(name) => write!(out, "\"{name}\""),
                None => write_decimal(out, number),
            },
            Form::Realm => match if style.numeric { None } else { named(Database::Realm) } {
                Some(name) => write!(out, "\"{name}\""),
                None => write_decimal(out, number),
            },
            Form::DeviceGroup => match if style.numeric { None } else { named(Database::DeviceGroup) } {
                Some(name) => write!(out, "\"{name}\""),
                None => write_decimal(out, number),
            },
            Form::User => match if style.users { named(Database::User) } else { None } {
                Some(name) => write!(out, "\"{name}\""),
                None => write_decimal(out, number),
            },
            Form::Group => match if style.users { named(Database::Group) } else { None } {
                Some(name) => write!(out, "\"{name}\""),
                None => write_decimal(out, number),
            },
            Form::ClassId => match number {
                0 => out.write_str("none"),
                0xffff_ffff => out.write_str("root"),
                _ => write!(out, "{:x}:{:x}", number >> 16, number & 0xffff),
            },
            Form::Label if number.is_power_of_two() => {
                let bit = number.trailing_zeros();
                match style.environment.name(Database::Label, bit.into()) {
                    Some(name) if !style.numeric => write!(out, "\"{name}\""),
                    _ => write!(out, "{bit}"),
                }
            }
            Form::Label => write!(out, "{number:#x}"),
            Form::RejectCode => write_decimal(out, number),
            Form::Timestamp => {
                let seconds = i64::try_from(number / 1_000_000_000).unwrap_or(i64::MAX / 2);
                let local = seconds.saturating_add(style.environment.utc_offset(seconds));
                let (year, month, day, hour, minute, second) = civil(local);
                write!(out, "\"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}\"")
            }
            Form::Hour => {
                let utc = i64::try_from(number % 86_400).unwrap_or(0);
                let (.., hour, minute, second) = civil(utc + style.environment.utc_offset(now()));
                match second {
                    0 => write!(out, "\"{hour:02}:{minute:02}\""),
                    _ => write!(out, "\"{hour:02}:{minute:02}:{second:02}\""),
                }
            }
            Form::Cgroup => match named(Database::Cgroup) {
                Some(path) => write!(out, "\"{path}\""),
                None => write_decimal(out, number),
            },
            Form::Invalid | Form::Verdict => write!(out, "{number:#x}"),
        }
    }
}

/// Writes a decimal number. Faster than `{}` for 128 bits, which nearly never needs them.
fn write_decimal(out: &mut impl Write, number: u128) -> fmt::Result {
    match u64::try_from(number) {
        Ok(number) => write_u64(out, number),
        Err(_) => write!(out, "{number}"),
    }
}

/// Writes a number without the formatting machinery: lists of ports are most of what there is to print.
fn write_u64(out: &mut impl Write, mut number: u64) -> fmt::Result {
    let mut digits = [0_u8; 20];
    let mut length = 0;
    for slot in digits.iter_mut().rev() {
        // The remainder is one digit.
        *slot = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    out.write_str(std::str::from_utf8(digits.get(20 - length..).unwrap_or(&[])).unwrap_or(""))
}

fn write_ipv4(out: &mut impl Write, address: [u8; 4]) -> fmt::Result {
    let mut text = [0_u8; 15];
    let mut at = 0;
    let mut put = |byte: u8| {
        if let Some(slot) = text.get_mut(at) {
            *slot = byte;
            at += 1;
        }
    };
    for (index, byte) in address.into_iter().enumerate() {
        if index > 0 {
            put(b'.');
        }
        if byte >= 100 {
            put(b'0' + byte / 100);
        }
        if byte >= 10 {
            put(b'0' + byte / 10 % 10);
        }
        put(b'0' + byte % 10);
    }
    out.write_str(std::str::from_utf8(text.get(..at).unwrap_or(&[])).unwrap_or(""))
}

/// As the C library's `inet_ntop` does: besides mapped addresses, `::a.b.c.d` for those with 96 zero bits in front.
fn write_ipv6(out: &mut impl Write, number: u128) -> fmt::Result {
    match u32::try_from(number) {
        Ok(low) if low > 0xffff => {
            out.write_str("::")?;
            write_ipv4(out, low.to_be_bytes())
        }
        _ => write!(out, "{}", std::net::Ipv6Addr::from_bits(number)),
    }
}

fn write_link_address(out: &mut impl Write, number: u128, bytes: u32) -> fmt::Result {
    let all = number.to_be_bytes();
    let skip = all.len().saturating_sub(usize::try_from(bytes).unwrap_or(all.len()));
    for (index, byte) in all.iter().skip(skip).enumerate() {
        if index > 0 {
            out.write_char(':')?;
        }
        write!(out, "{byte:02x}")?;
    }
    Ok(())
}

/// A string that came as a number: its bytes, most significant first, up to the first NUL.
fn write_packed_string(out: &mut impl Write, number: u128, bits: u32) -> fmt::Result {
    let all = number.to_be_bytes();
    let skip = all.len().saturating_sub(usize::try_from(bits.div_ceil(8)).unwrap_or(all.len()));
    let bytes: Vec<u8> = all.into_iter().skip(skip).take_while(|byte| *byte != 0).collect();
    write!(out, "\"{}\"", text_from_bytes(&bytes))
}

/// Writes a time span: days, hours, minutes, seconds, milliseconds, without those that are zero.
///
/// # Errors
///
/// If the writer fails.
pub fn write_duration(out: &mut impl Write, milliseconds: u64, style: &Style<'_>) -> fmt::Result {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    if style.numeric_time {
        return write!(out, "{seconds}s");
    }
    let mut any = false;
    for (count, unit) in
        [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"), (rest, "ms")]
    {
        if count > 0 {
            write_u64(out, count)?;
            out.write_str(unit)?;
            any = true;
        }
    }
    if any { Ok(()) } else { out.write_str("0s") }
}

#[cfg(test)]
mod tests;
