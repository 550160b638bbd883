//! Numbers and times as the language writes them.

/// A number: decimal, octal behind a `0`, hexadecimal behind `0x`. Nothing if it is none, or does not fit.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text.get(1..)?, 8),
        None => (text, 10),
    };
    // `from_str_radix` takes signs.
    if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// Units of time strings, in their order, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// A time: `1d2h3m4s5ms`, parts in that order, each at most once. In milliseconds.
pub(crate) fn time(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let word = rest.get(..letters)?;
        rest = rest.get(letters..)?;
        let (_, factor) = units.find(|(unit, _)| *unit == word)?;
        total = total.checked_add(number.checked_mul(*factor)?)?;
    }
    (!text.is_empty()).then_some(total)
}

/// A time, or a bare number of seconds. In milliseconds.
pub(crate) fn time_or_seconds(text: &str) -> Option<u64> {
    time(text).or_else(|| parse(text)?.checked_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(parse("10"), Some(10));
        assert_eq!(parse("010"), Some(8));
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("0x1F"), Some(31));
        assert_eq!(parse("08"), None);
        assert_eq!(parse("+1"), None);
        assert_eq!(parse("0x"), None);
        assert_eq!(parse("18446744073709551616"), None);
    }

    #[test]
    fn times() {
        assert_eq!(time("1d2h3m4s5ms"), Some(93_784_005));
        assert_eq!(time("30s"), Some(30_000));
        assert_eq!(time("5ms"), Some(5));
        assert_eq!(time("30"), None);
        assert_eq!(time("1s1m"), None);
        assert_eq!(time("1w"), None);
        assert_eq!(time_or_seconds("30"), Some(30_000));
    }
}
