//! Element lists: from the text between the braces straight into packed [`Elements`].
//!
//! Lists of addresses are what makes files large. Plain elements (numbers, addresses, quoted names, symbols; ranges, prefixes
//! and concatenations of them; plain data of maps) are read here without a tree and without an allocation each. Whatever
//! looks any other way is handed to the grammar, that one element alone; so nothing here reports errors.

mod field;

use nft_core::ElementKey;
use nft_core::model::{Element, Elements, Expr, KeyField, Repr, Value};
use std::ops::Range;

use field::Field;

/// How wide a key with data may be to be packed here. (The kernel has 64 bytes for keys and for data.)
const WIDEST: usize = 64;

/// The fields of a key or of data and their places in the packed form.
#[derive(Debug)]
struct Side {
    fields: Vec<Field>,
    width: usize,
}

/// Reads element lists of a set.
#[derive(Debug)]
pub(crate) struct Scanner {
    key: Option<Side>,
    data: Option<Side>,
    /// Whether the kernel keeps the order of the elements: single keys are ranges then, too.
    ordered: bool,
}

impl Side {
    /// Nothing if elements of that layout are not packed.
    fn new(fields: &[KeyField], width: u16) -> Option<Self> {
        let is_concatenation = fields.len() > 1;
        let mut at = 0;
        let fields: Vec<Field> = fields
            .iter()
            .map(|field| {
                let field = Field::new(*field, at, is_concatenation);
                at = field.end();
                field
            })
            .collect();
        (at == usize::from(width) && at <= WIDEST && at > 0).then_some(Self { fields, width: at })
    }

    /// Reads the fields, separated by dots. `high` is written where ranges are allowed.
    fn read(
        &self,
        text: &[u8],
        mut at: usize,
        low: &mut [u8; WIDEST],
        mut high: Option<&mut [u8; WIDEST]>,
    ) -> Option<(usize, bool)> {
        let mut is_range = false;
        for (number, field) in self.fields.iter().enumerate() {
            if number > 0 {
                at = blanks(text, at);
                if text.get(at) != Some(&b'.') {
                    return None;
                }
                at = blanks(text, at + 1);
            }
            let (behind, first) = field.value(text, at)?;
            at = blanks(text, behind);
            let last = match (text.get(at), high.is_some()) {
                (Some(b'-'), true) => {
                    let (behind, last) = field.value(text, blanks(text, at + 1))?;
                    at = behind;
                    if last < first || field.is_text() {
                        return None;
                    }
                    // `a-a` is `a`; but a prefix needs `flags interval` however long it is.
                    is_range |= last > first;
                    last
                }
                (Some(b'/'), true) => {
                    let (behind, length) = field::decimal(text, blanks(text, at + 1))?;
                    at = behind;
                    is_range = true;
                    let mask = field.host_mask(length)?;
                    field.put(first & !mask, low);
                    if let Some(high) = &mut high {
                        field.put(first | mask, high);
                    }
                    continue;
                }
                _ => first,
            };
            field.put(first, low);
            if let Some(high) = &mut high {
                field.put(last, high);
            }
        }
        Some((at, is_range))
    }

    /// Packs an expression, if it is a plain value or concatenation of them.
    fn pack(&self, expr: &Expr, low: &mut [u8; WIDEST], high: &mut [u8; WIDEST]) -> Option<bool> {
        let parts = match expr {
            Expr::Concat(parts) => parts,
            single => std::slice::from_ref(single),
        };
        if parts.len() != self.fields.len() {
            return None;
        }
        let mut is_range = false;
        for (field, part) in self.fields.iter().zip(parts) {
            let (first, last) = match part {
                Expr::Value(value) => {
                    let number = field.number(value)?;
                    (number, number)
                }
                Expr::Range(ends) => {
                    let (Expr::Value(first), Expr::Value(last)) = &**ends else { return None };
                    let (first, last) = (field.number(first)?, field.number(last)?);
                    is_range |= last > first;
                    (first, last)
                }
                Expr::Prefix(value, length) => {
                    is_range = true;
                    let Expr::Value(value) = &**value else { return None };
                    let (number, mask) = (field.number(value)?, field.host_mask(u64::from(*length))?);
                    (number & !mask, number | mask)
                }
                _ => return None,
            };
            if last < first || (first != last && field.is_text()) {
                return None;
            }
            field.put(first, low);
            field.put(last, high);
        }
        Some(is_range)
    }
}

impl Scanner {
    /// For elements of these fields, which are packed into `elements`. `data` is that of maps from values to values.
    pub(crate) fn new(key: &[KeyField], data: Option<&[KeyField]>, elements: &Elements) -> Self {
        let layout = elements.layout();
        let data = data.and_then(|fields| Side::new(fields, layout.data));
        // Without a layout for the data nothing with data can be packed.
        let key = Side::new(key, layout.key).filter(|_| layout.data == 0 || data.is_some());
        Self { key, data, ordered: false }
    }

    /// The same for a set with ranges, if `interval` holds.
    pub(crate) fn with_ranges(mut self, interval: bool) -> Self {
        self.ordered = interval && self.key.as_ref().is_some_and(|key| key.fields.len() > 1);
        self
    }

    /// Reads the list between the braces. `odd` is called with the place of each element that is not plain (an empty one, too).
    pub(crate) fn read(&self, text: &str, elements: &mut Elements, odd: &mut dyn FnMut(Range<usize>, &mut Elements)) {
        let bytes = text.as_bytes();
        let mut at = trivia(bytes, 0);
        while at < bytes.len() {
            match self.plain(bytes, at, elements) {
                Some(behind) => at = behind,
                None => {
                    let end = element_end(bytes, at);
                    let length = text.get(at..end).map_or(0, |element| trim_end(element).len());
                    odd(at..at + length, elements);
                    at = end;
                }
            }
            at = trivia(bytes, at);
            if bytes.get(at) == Some(&b',') {
                at = trivia(bytes, at + 1);
            }
        }
    }

    /// Where in the list between the braces the first range or prefix stands that is read here.
    pub(crate) fn first_range(&self, list: &str) -> Option<Range<usize>> {
        let (side, text) = (self.key.as_ref()?, list.as_bytes());
        let mut at = trivia(text, 0);
        while at < text.len() {
            let (mut low, mut high) = ([0; WIDEST], [0; WIDEST]);
            if let Some((behind, true)) = side.read(text, at, &mut low, Some(&mut high)) {
                return Some(at..at + list.get(at..behind)?.trim_end().len());
            }
            at = trivia(text, element_end(text, at));
            if text.get(at) == Some(&b',') {
                at = trivia(text, at + 1);
            }
        }
        None
    }

    /// Reads one plain element up to the comma or the end.
    fn plain(&self, text: &[u8], at: usize, elements: &mut Elements) -> Option<usize> {
        let key = self.key.as_ref()?;
        let (mut low, mut high, mut data) = ([0; WIDEST], [0; WIDEST], [0; WIDEST]);
        let (mut at, is_range) = key.read(text, at, &mut low, Some(&mut high))?;
        at = trivia(text, at);
        let mut width = 0;
        if let Some(side) = &self.data {
            if text.get(at) != Some(&b':') {
                return None;
            }
            (at, _) = side.read(text, trivia(text, at + 1), &mut data, None)?;
            at = trivia(text, at);
            width = side.width;
        }
        if !matches!(text.get(at), None | Some(b',')) {
            return None;
        }
        let (low, high, data) = (low.get(..key.width)?, high.get(..key.width)?, data.get(..width)?);
        if is_range || self.ordered {
            elements.push_range(low, high, data);
        } else {
            elements.push_point(low, data);
        }
        Some(at)
    }

    /// Adds an element: packed, if it is plain.
    pub(crate) fn push(&self, element: Element, elements: &mut Elements) {
        if self.push_packed(&element, elements).is_none() {
            elements.push(element);
        }
    }

    fn push_packed(&self, element: &Element, elements: &mut Elements) -> Option<()> {
        let key = self.key.as_ref().filter(|_| element.is_plain())?;
        let (mut low, mut high) = ([0; WIDEST], [0; WIDEST]);
        let is_range = key.pack(element.key.as_ref()?, &mut low, &mut high)?;
        let (mut data, mut unused) = ([0; WIDEST], [0; WIDEST]);
        let width = match (&self.data, &element.data) {
            (None, None) => 0,
            (Some(side), Some(expr)) => {
                if side.pack(expr, &mut data, &mut unused)? {
                    return None;
                }
                side.width
            }
            (None, Some(_)) | (Some(_), None) => return None,
        };
        let (low, high, data) = (low.get(..key.width)?, high.get(..key.width)?, data.get(..width)?);
        if is_range || self.ordered {
            elements.push_range(low, high, data);
        } else {
            elements.push_point(low, data);
        }
        Some(())
    }
}

/// Where in the list between the braces the key of an element stands.
pub(crate) fn find(list: &str, key: &ElementKey) -> Option<Range<usize>> {
    let width = u16::try_from(key.bytes.len()).ok()?;
    let side = Side::new(&key.fields, width)?;
    let text = list.as_bytes();
    let mut at = trivia(text, 0);
    while at < text.len() {
        let (mut low, mut high) = ([0; WIDEST], [0; WIDEST]);
        if let Some((behind, _)) = side.read(text, at, &mut low, Some(&mut high)) {
            let (low, high) = (low.get(..side.width)?, high.get_mut(..side.width)?);
            let is_it = if key.behind { add_one(high) && *high == *key.bytes } else { *low == *key.bytes };
            if is_it {
                return Some(at..at + list.get(at..behind)?.trim_end().len());
            }
        }
        at = trivia(text, element_end(text, at));
        if text.get(at) == Some(&b',') {
            at = trivia(text, at + 1);
        }
    }
    None
}

/// The next key; there is none behind the last.
fn add_one(key: &mut [u8]) -> bool {
    key.iter_mut().rev().any(|byte| {
        *byte = byte.wrapping_add(1);
        *byte != 0
    })
}

/// Behind blanks.
fn blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

/// Behind blanks, line ends and comments.
fn trivia(text: &[u8], mut at: usize) -> usize {
    loop {
        match text.get(at) {
            Some(b' ' | b'\t' | b'\n') => at += 1,
            Some(b'\\') if text.get(at + 1) == Some(&b'\n') => at += 2,
            Some(b'#') => at = line_end(text, at),
            _ => return at,
        }
    }
}

fn line_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

/// Where the element ends: at the next comma outside of braces, strings and comments.
fn element_end(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b',' if depth == 0 => return at,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                let rest = text.get(at + 1..).unwrap_or_default();
                at += 1 + rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len());
            }
            b'#' => {
                at = line_end(text, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Without the blanks, line ends and comments behind.
fn trim_end(element: &str) -> &str {
    let mut rest = element.trim_end_matches([' ', '\t', '\n']);
    loop {
        // A comment may stand behind: it begins at a `#` outside of strings.
        let line = rest.rfind('\n').map_or(0, |at| at + 1);
        let mut quoted = false;
        let comment = rest.bytes().enumerate().skip(line).find_map(|(at, byte)| {
            quoted ^= byte == b'"';
            (byte == b'#' && !quoted).then_some(at)
        });
        match comment.and_then(|at| rest.get(..at)) {
            Some(before) => rest = before.trim_end_matches([' ', '\t', '\n']),
            None => return rest,
        }
    }
}

/// The number of a plain value: nothing for names that only the machine knows.
fn number(value: &Value) -> Option<u128> {
    match &value.repr {
        Repr::Int(number) => Some(*number),
        Repr::Str(text) => field::text_number(&nft_core::wire::bytes_of_text(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nft_core::model::{KeyType, Layout};
    use nft_core::schema::DataType;

    /// Checks points (`k:d`), ranges (`low-high`) and odd elements, in hexadecimal.
    #[track_caller]
    fn check(types: &[DataType], data: &[DataType], text: &str, expected: &str) {
        let key = KeyType::Types(types.into());
        let to = KeyType::Types(data.into());
        let layout = Layout::new(key.layout_width(), if data.is_empty() { 0 } else { to.layout_width() });
        let mut elements = Elements::new(layout);
        let to = to.fields();
        let scanner = Scanner::new(&key.fields(), (!data.is_empty()).then_some(&*to), &elements);
        let mut odd = Vec::new();
        scanner.read(text, &mut elements, &mut |range, _| odd.push(text[range].to_owned()));
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut shown: Vec<String> = elements.points().map(|(key, data)| format!("{}:{}", hex(key), hex(data))).collect();
        shown.extend(elements.ranges().map(|(low, high, data)| format!("{}-{}:{}", hex(low), hex(high), hex(data))));
        shown.extend(odd);
        assert_eq!(shown.join(" | "), expected);
    }

    #[test]
    fn addresses() {
        let types = [DataType::IPV4_ADDR];
        check(&types, &[], " 10.0.0.1, 10.0.0.2,\n # c, d\n 10.0.0.3 # x\n", "0a000001: | 0a000002: | 0a000003:");
        check(&types, &[], "10.0.0.0/8, 1.1.1.1-1.1.1.9,", "0a000000-0affffff: | 01010101-01010109:");
        check(&types, &[], "10.0.0.1 counter, *, \"a,b\", $x", "10.0.0.1 counter | * | \"a,b\" | $x");
        check(&types, &[], "10.0.0.300, 1.2.3, 2.2.2.2-1.1.1.1", "10.0.0.300 | 1.2.3 | 2.2.2.2-1.1.1.1");
        check(
            &[DataType::IPV6_ADDR],
            &[],
            "::1, fe80::/10",
            &format!("{}1: | fe80{}-febf{}:", "0".repeat(31), "0".repeat(28), "f".repeat(28)),
        );
        check(&[DataType::ETHER_ADDR], &[], "00:11:22:33:44:5, 1:2:3:4:5:6", "001122334405: | 010203040506:");
    }

    #[test]
    fn concatenations_and_data() {
        let types = [DataType::IPV4_ADDR, DataType::INET_SERVICE];
        check(&types, &[], "1.2.3.4 . 22, 1.0.0.0/8 . 1-9", "0102030400160000: | 0100000000010000-01ffffff00090000:");
        check(&[DataType::INET_SERVICE], &[DataType::IPV4_ADDR], "80 : 1.1.1.1, 81:2.2.2.2", "0050:01010101 | 0051:02020202");
        check(&[DataType::IFNAME], &[], "\"lo\"", &format!("6c6f{}:", "0".repeat(28)));
        check(&[DataType::MARK], &[], "0x10, 010, 5", "00000010: | 00000008: | 00000005:");
    }

    #[test]
    fn empty_elements_are_odd() {
        check(&[DataType::INET_SERVICE], &[], ",1", "0001: | ");
        check(&[DataType::INET_SERVICE], &[], "1 # one\n", "0001:");
        check(&[DataType::INET_SERVICE], &[], "1 timeout 3s # one\n, 2", "0002: | 1 timeout 3s");
    }
}
