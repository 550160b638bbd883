//! Constants: a value and the place where it stands become bytes.

use std::net::IpAddr;

use super::clock;
use crate::environment::{Database, Environment};
use crate::error::{Error, Part};
use crate::model::{KeyField, Repr, Value};
use crate::schema::ByteOrder;
use crate::schema::datatype::{DataType, Form};
use crate::wire::{Data, bytes_of_text};

/// The bytes of a value in a field: as many as the field's bits fill, numbers in that order, strings padded with NUL.
///
/// A [`Repr::Wildcard`] gives its text padded with NUL: how much of it counts is the caller's business
/// ([`wildcard_range`] makes a range of it).
///
/// # Errors
///
/// The value does not fit, or it is a name that the machine does not know.
pub fn bytes(value: &Value, field: KeyField, order: ByteOrder, environment: &dyn Environment) -> Result<Data, Error> {
    let width = field.bytes() as usize;
    match &value.repr {
        Repr::Str(text) => string(text, width),
        // The star needs a place of its own in nft's buffer.
        Repr::Wildcard(text) if text.len() + 1 < width => string(text, width),
        Repr::Wildcard(_) => Err(string_too_long(width)),
        Repr::Bytes(bytes) => long_number(bytes, field, order),
        Repr::Int(_) | Repr::Name(_) => {
            let number = number(value, environment)?;
            check_width(number, field.bits)?;
            Ok(number_bytes(number, width, order))
        }
    }
}

/// The number that a value stands for: strings and [`Repr::Bytes`] of more than 128 bits have none.
///
/// # Errors
///
/// The value is a name that the machine does not know, or no number.
pub fn number(value: &Value, environment: &dyn Environment) -> Result<u128, Error> {
    match &value.repr {
        Repr::Int(number) => Ok(*number),
        Repr::Bytes(bytes) => {
            let significant = bytes.iter().position(|&byte| byte != 0).map_or(&[][..], |first| &bytes[first..]);
            if significant.len() > 16 {
                return Err(Error::source_text("value too large"));
            }
            Ok(significant.iter().fold(0, |number, &byte| number << 8 | u128::from(byte)))
        }
        Repr::Name(name) => resolve(value.ty, name, environment),
        Repr::Str(_) | Repr::Wildcard(_) => {
            Err(Error::source_text(format!("expected a number, but this is a value of type {}", value.ty.description())))
        }
    }
}

/// A number as so many bytes in that order; what does not fit is cut.
#[must_use]
pub fn number_bytes(number: u128, width: usize, order: ByteOrder) -> Data {
    let mut data = Data::zeroed(width);
    let big = number.to_be_bytes();
    for (place, &byte) in data.iter_mut().rev().zip(big.iter().rev()) {
        *place = byte;
    }
    if is_reversed(order) {
        data.reverse();
    }
    data
}

/// First and last key of all strings that begin like that, in a field of so many bytes.
#[must_use]
pub fn wildcard_range(text: &str, width: usize) -> (Data, Data) {
    let bytes = bytes_of_text(text);
    let mut low = Data::new(&bytes);
    low.resize(width);
    let mut high = Data::new(&bytes);
    while high.len() < width {
        high.extend(&[0xff]);
    }
    high.resize(width);
    (low, high)
}

/// Whether bytes in that order are the reverse of the same number with its most significant byte first.
#[must_use]
pub const fn is_reversed(order: ByteOrder) -> bool {
    matches!(order, ByteOrder::Host) && cfg!(target_endian = "little")
}

/// The error of a number that is too large for so many bits, as nft words it.
///
/// # Errors
///
/// The number does not fit.
pub fn check_width(number: u128, bits: u32) -> Result<(), Error> {
    let Some(limit) = u128::MAX.checked_shr(128_u32.saturating_sub(bits)) else {
        return Err(Error::source_text("value too large"));
    };
    if number > limit {
        return Err(Error::source_text(format!("value too large: {number} exceeds valid range 0-{limit}")));
    }
    Ok(())
}

fn string(text: &str, width: usize) -> Result<Data, Error> {
    // A type without width (`string`) takes what is written.
    let bytes = bytes_of_text(text);
    let width = if width == 0 { bytes.len() } else { width };
    if bytes.len() > width || (bytes.len() == width && width == 16) {
        return Err(string_too_long(width));
    }
    check_string(&bytes)?;
    let mut data = Data::new(&bytes);
    data.resize(width);
    Ok(data)
}

/// What a listing could not show, or the kernel would cut.
pub(super) fn check_string(bytes: &[u8]) -> Result<(), Error> {
    match bytes.iter().find(|byte| matches!(byte, b'"' | 0)) {
        Some(0) => Err(Error::source_text("a string cannot contain a zero byte")),
        Some(_) => Err(Error::source_text("a string cannot contain quotes")),
        None => Ok(()),
    }
}

fn string_too_long(width: usize) -> Error {
    Error::source_text(format!("value too large: string exceeds maximum length of {width}"))
}

fn long_number(bytes: &[u8], field: KeyField, order: ByteOrder) -> Result<Data, Error> {
    let width = field.bytes() as usize;
    let spare = bytes.len().saturating_sub(width);
    let (head, tail) = bytes.split_at(spare);
    let unused = field.bytes() * 8 - field.bits;
    let first_fits = tail.len() < width || tail.first().is_none_or(|&first| unused == 0 || first >> (8 - unused) == 0);
    if head.iter().any(|&byte| byte != 0) || !first_fits {
        return Err(Error::source_text("value too large"));
    }
    let mut data = Data::zeroed(width);
    for (place, &byte) in data.iter_mut().rev().zip(tail.iter().rev()) {
        *place = byte;
    }
    if is_reversed(order) {
        data.reverse();
    }
    Ok(data)
}

fn resolve(ty: DataType, name: &str, environment: &dyn Environment) -> Result<u128, Error> {
    let form = ty.row().form;
    let (database, unknown) = match form {
        Form::Interface => (Database::Interface, "interface does not exist"),
        Form::User => (Database::User, "user does not exist"),
        Form::Group => (Database::Group, "group does not exist"),
        Form::Mark => (Database::Mark, "could not parse packet mark"),
        Form::Realm => (Database::Realm, "could not parse routing realm"),
        Form::DeviceGroup => (Database::DeviceGroup, "could not parse devgroup name"),
        Form::Label => (Database::Label, "could not parse conntrack label"),
        Form::Cgroup => (Database::Cgroup, "could not parse cgroupsv2 path"),
        Form::Service => (Database::Service, "could not resolve service"),
        Form::Protocol => (Database::Protocol, "could not resolve protocol name"),
        Form::Ipv4 | Form::Ipv6 => return host(form, name, environment),
        Form::Hour => return time(clock::hour(name, environment), "wrong time format", name),
        Form::Timestamp => return time(clock::timestamp(name, environment), "cannot parse date", name),
        _ => return Err(unknown_name("no such value", name).with_help(format!("expected {}", ty.description()))),
    };
    let number = environment.number(database, name).ok_or_else(|| unknown_name(unknown, name))?;
    if database == Database::Label {
        return u32::try_from(number)
            .ok()
            .and_then(|bit| 1_u128.checked_shl(bit))
            .ok_or_else(|| Error::source_text(format!("{name}: bit {number} out of range (128 max)")));
    }
    Ok(number.into())
}

fn host(form: Form, name: &str, environment: &dyn Environment) -> Result<u128, Error> {
    let found = environment.host(name);
    let mut numbers = found.iter().filter_map(|address| match (form, address) {
        (Form::Ipv4, IpAddr::V4(address)) => Some(u128::from(address.to_bits())),
        (Form::Ipv6, IpAddr::V6(address)) => Some(address.to_bits()),
        _ => None,
    });
    let first = numbers.next().ok_or_else(|| unknown_name("could not resolve hostname", name))?;
    if numbers.any(|other| other != first) {
        return Err(Error::source_text(format!("hostname resolves to multiple addresses: {name}")));
    }
    Ok(first)
}

fn time(seconds: Option<i64>, message: &str, text: &str) -> Result<u128, Error> {
    seconds.and_then(|seconds| u128::try_from(seconds).ok()).ok_or_else(|| unknown_name(message, text))
}

fn unknown_name(message: &str, name: &str) -> Error {
    Error::source_text(format!("{message}: {name}")).within(|path| path.part = Some(Part::Name(name.into())))
}

#[cfg(test)]
mod tests {
    use super::{bytes, number, wildcard_range};
    use crate::environment::{Database, Environment, NoEnvironment};
    use crate::model::{KeyField, Repr, Value};
    use crate::schema::{ByteOrder, DataType};

    struct Machine;

    impl Environment for Machine {
        fn number(&self, database: Database, name: &str) -> Option<u64> {
            match (database, name) {
                (Database::Interface, "lo") => Some(1),
                (Database::Label, "late") => Some(127),
                _ => None,
            }
        }

        fn host(&self, name: &str) -> Vec<std::net::IpAddr> {
            if name == "localhost" { vec!["::1".parse().unwrap(), "127.0.0.1".parse().unwrap()] } else { Vec::new() }
        }
    }

    #[track_caller]
    fn check(ty: DataType, repr: Repr, expected: &[u8]) {
        let field = KeyField::of(ty);
        let data = bytes(&Value { ty, repr }, field, field.order, &Machine).unwrap();
        assert_eq!(&*data, expected);
    }

    #[test]
    fn numbers_in_both_orders() {
        check(DataType::INET_SERVICE, Repr::Int(22), &[0, 22]);
        check(DataType::MARK, Repr::Int(22), &22_u32.to_ne_bytes());
        check(DataType::CT_LABEL, Repr::Int(2), &2_u128.to_ne_bytes());
        check(DataType::ETHER_ADDR, Repr::Int(0x0102_0304_0506), &[1, 2, 3, 4, 5, 6]);
        check(DataType::DSCP, Repr::Int(63), &[63]);
    }

    #[test]
    fn strings_are_padded() {
        check(DataType::IFNAME, Repr::Str("lo".into()), b"lo\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        check(DataType::IFNAME, Repr::Wildcard("eth".into()), b"eth\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let (low, high) = wildcard_range("eth", 5);
        assert_eq!((&*low, &*high), (&b"eth\0\0"[..], &b"eth\xff\xff"[..]));
    }

    #[test]
    fn names_come_from_the_machine() {
        check(DataType::IFACE_INDEX, Repr::Name("lo".into()), &1_u32.to_ne_bytes());
        check(DataType::CT_LABEL, Repr::Name("late".into()), &(1_u128 << 127).to_ne_bytes());
        check(DataType::IPV4_ADDR, Repr::Name("localhost".into()), &[127, 0, 0, 1]);
        let value = Value { ty: DataType::IFACE_INDEX, repr: Repr::Name("lo".into()) };
        let error = number(&value, &NoEnvironment).unwrap_err();
        assert_eq!(error.to_string(), "interface does not exist: lo");
    }

    #[test]
    fn widths_are_held() {
        #[track_caller]
        fn refuses(ty: DataType, bits: u32, repr: Repr, message: &str) {
            let error = bytes(&Value { ty, repr }, KeyField::new(ty, bits, ByteOrder::Big), ByteOrder::Big, &Machine);
            assert_eq!(error.unwrap_err().to_string(), message);
        }
        refuses(DataType::INTEGER, 12, Repr::Int(5000), "value too large: 5000 exceeds valid range 0-4095");
        refuses(DataType::INTEGER, 132, Repr::Bytes([0x10; 17].into()), "value too large");
        let long = Repr::Str("abcdefghijklmnop".into());
        refuses(DataType::IFNAME, 128, long, "value too large: string exceeds maximum length of 16");
        let wide = bytes(
            &Value { ty: DataType::INTEGER, repr: Repr::Bytes([0x0f; 17].into()) },
            KeyField::new(DataType::INTEGER, 132, ByteOrder::Big),
            ByteOrder::Big,
            &Machine,
        );
        assert_eq!(&*wide.unwrap(), &[0x0f; 17]);
    }
}
