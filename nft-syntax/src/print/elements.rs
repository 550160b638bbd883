//! Elements: packed ones straight from their bytes, all others from their expressions.

use std::fmt::{self, Write};

use nft_core::model::element::Entry;
use nft_core::model::{Element, Elements, Expr, KeyField, MapData, Repr, Set, SetFlags, Value};
use nft_core::schema::DataType;
use nft_core::schema::datatype::write_duration;
use nft_core::wire::{bytes_of_text, text_from_bytes};

use super::expr::{element_number, expr};
use super::{Context, stmt};

/// An element on its way out.
#[derive(Clone, Copy)]
enum Item<'s> {
    /// Key and data.
    Point(&'s [u8], &'s [u8]),
    /// Lowest key, highest key, data.
    Range(&'s [u8], &'s [u8], &'s [u8]),
    /// Not packed.
    Other(&'s Element),
}

/// How the elements of a set are laid out on the page and in bytes.
struct Format {
    key: Vec<KeyField>,
    data: Vec<KeyField>,
    /// Elements in a line.
    columns: usize,
}

/// Prints `{ … }`, elements in the order in which nft lists them.
pub(super) fn elements(out: &mut impl Write, set: &Set, elements: &Elements, cx: Context<'_>) -> fmt::Result {
    let format = Format::of(set, elements, cx);
    let mut index = 0;
    let mut print = |out: &mut _, item| {
        separator(out, index, format.columns)?;
        index += 1;
        format.item(out, item, cx)
    };
    out.write_str("{ ")?;
    let points = || elements.points().map(|(key, data)| Item::Point(key, data));
    if let [KeyField { ty, .. }] = &*format.key
        && ty.is_bitmask()
    {
        // nft goes by the first flag that it shows, and leaves those with the same as they are.
        let ranges = elements.ranges().map(|(low, high, data)| Item::Range(low, high, data));
        let mut items: Vec<_> = points().chain(ranges).chain(elements.others().iter().map(Item::Other)).collect();
        items.sort_by_key(|item| {
            let flags = match item {
                Item::Point(key, _) | Item::Range(key, ..) => number(key),
                Item::Other(element) => format.sort_key(element, cx).as_deref().and_then(number),
            };
            (flags.is_none(), flags.map(lowest_bit))
        });
        items.into_iter().try_for_each(|item| print(out, item))?;
    } else if format.key.len() > 1 && set.is_interval() {
        // The kernel keeps ranges of concatenations in its own order, and nft does not sort them.
        let rest = elements.in_order().map(|entry| match entry {
            Entry::Range(low, high, data) => Item::Range(low, high, data),
            Entry::Other(element) => Item::Other(element),
        });
        points().chain(rest).try_for_each(|item| print(out, item))?;
    } else if elements.ranges().len() == 0 && elements.others().is_empty() && elements.points().is_sorted_by_key(|(key, _)| key)
    {
        points().try_for_each(|item| print(out, item))?;
    } else {
        let keys: Vec<_> = elements.others().iter().map(|element| format.sort_key(element, cx)).collect();
        let mut sorted: Vec<(Option<&[u8]>, Item<'_>)> = Vec::with_capacity(elements.len());
        sorted.extend(elements.points().map(|(key, data)| (Some(key), Item::Point(key, data))));
        sorted.extend(elements.ranges().map(|(low, high, data)| (Some(low), Item::Range(low, high, data))));
        sorted.extend(keys.iter().map(Option::as_deref).zip(elements.others().iter().map(Item::Other)));
        // What catches all other keys comes last.
        sorted.sort_by(|(a, _), (b, _)| a.is_none().cmp(&b.is_none()).then(a.cmp(b)));
        sorted.into_iter().try_for_each(|(_, item)| print(out, item))?;
    }
    out.write_str(" }")
}

/// Prints what stands before an element: nothing, a comma, a comma and a new line.
fn separator(out: &mut impl Write, index: usize, columns: usize) -> fmt::Result {
    out.write_str(match index {
        0 => "",
        _ if index.is_multiple_of(columns) => ",\n\t\t\t     ",
        _ => ", ",
    })
}

impl Format {
    fn of(set: &Set, elements: &Elements, cx: Context<'_>) -> Self {
        let key = set.key.fields_in(cx.family);
        let data = match &set.data {
            Some(MapData::Value { ty, .. }) => ty.fields_in(cx.family),
            _ => Vec::new(),
        };
        let alone = set.is_map()
            || set.timeout.is_some()
            || set.flags.contains(SetFlags::TIMEOUT)
            || !set.stmts.is_empty()
            || elements.others().iter().any(|element| element.comment.is_some());
        let columns = match &*key {
            [field] if !alone => columns(field.ty),
            _ => 1,
        };
        Self { key, data, columns }
    }

    fn item(&self, out: &mut impl Write, item: Item<'_>, cx: Context<'_>) -> fmt::Result {
        let data = match item {
            Item::Point(key, data) => {
                concatenated(out, &self.key, key, key, cx)?;
                data
            }
            Item::Range(low, high, data) => {
                concatenated(out, &self.key, low, high, cx)?;
                data
            }
            Item::Other(item) => return element(out, item, cx),
        };
        if data.is_empty() {
            return Ok(());
        }
        out.write_str(" : ")?;
        concatenated(out, &self.data, data, data, cx)
    }

    /// The bytes that an element is sorted by; nothing for the one that catches all other keys.
    fn sort_key(&self, element: &Element, cx: Context<'_>) -> Option<Vec<u8>> {
        let key = element.key.as_ref()?;
        let mut bytes = Vec::new();
        match (key, &*self.key) {
            (key, [field]) => lowest(&mut bytes, key, *field, cx),
            (Expr::Concat(parts), fields) => {
                for (part, field) in parts.iter().zip(fields) {
                    lowest(&mut bytes, part, *field, cx);
                    bytes.resize(bytes.len().next_multiple_of(4), 0);
                }
            }
            _ => {}
        }
        Some(bytes)
    }
}

/// How many elements of a type nft puts in a line.
const fn columns(ty: DataType) -> usize {
    match ty {
        DataType::NF_PROTO
        | DataType::INTEGER
        | DataType::XINTEGER
        | DataType::MPTCP_SUBTYPE
        | DataType::ARP_OP
        | DataType::INET_PROTO
        | DataType::INET_SERVICE
        | DataType::TCP_FLAG
        | DataType::DCCP_PKTTYPE
        | DataType::MARK
        | DataType::IFACE_INDEX
        | DataType::CLASSID
        | DataType::UID
        | DataType::GID
        | DataType::CT_DIR => 5,
        DataType::IPV4_ADDR | DataType::CT_STATE | DataType::CT_STATUS | DataType::PKT_TYPE => 2,
        _ => 1,
    }
}

/// Appends the bytes of the lowest key that an expression means, as packed elements have them.
fn lowest(bytes: &mut Vec<u8>, key: &Expr, field: KeyField, cx: Context<'_>) {
    let width = usize::try_from(field.bytes()).unwrap_or(0);
    match key {
        Expr::Range(ends) => lowest(bytes, &ends.0, field, cx),
        Expr::Prefix(inner, _) => lowest(bytes, inner, field, cx),
        Expr::Value(Value { repr: Repr::Str(text) | Repr::Wildcard(text), .. }) => {
            let end = bytes.len() + width;
            bytes.extend_from_slice(&bytes_of_text(text));
            bytes.resize(end, 0);
        }
        key => {
            let number = match key {
                Expr::Value(Value { repr: Repr::Int(number), .. }) => *number,
                Expr::Value(Value { ty, repr: Repr::Name(name) }) => {
                    ty.resolve(name, cx.options.style.environment).unwrap_or(0)
                }
                _ => 0,
            };
            let all = number.to_be_bytes();
            bytes.resize(bytes.len() + width.saturating_sub(all.len()), 0);
            bytes.extend(all.iter().skip(all.len().saturating_sub(width)));
        }
    }
}

/// Prints packed keys or data, each field from its lowest to its highest value.
fn concatenated(out: &mut impl Write, fields: &[KeyField], low: &[u8], high: &[u8], cx: Context<'_>) -> fmt::Result {
    if let [field] = fields {
        return packed_range(out, *field, low, high, cx);
    }
    let (mut low, mut high) = (low, high);
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.write_str(" . ")?;
        }
        let width = usize::try_from(field.bytes()).unwrap_or(0);
        let (Some(low), Some(high)) = (take(&mut low, width), take(&mut high, width)) else { return Err(fmt::Error) };
        packed_range(out, *field, low, high, cx)?;
    }
    Ok(())
}

/// Takes a field from the front, and the padding behind it.
fn take<'b>(bytes: &mut &'b [u8], width: usize) -> Option<&'b [u8]> {
    let field = bytes.get(..width)?;
    *bytes = bytes.get(width.next_multiple_of(4)..).unwrap_or(&[]);
    Some(field)
}

fn packed_range(out: &mut impl Write, field: KeyField, low: &[u8], high: &[u8], cx: Context<'_>) -> fmt::Result {
    if low == high {
        return packed(out, field, low, cx);
    }
    if field.ty.is_string() {
        let common = low.iter().zip(high).take_while(|(low, high)| low == high).count();
        let open = low.iter().skip(common).all(|byte| *byte == 0) && high.iter().skip(common).all(|byte| *byte == 0xff);
        if let (true, Some(text)) = (open, low.get(..common)) {
            return write!(out, "\"{}*\"", text_from_bytes(text));
        }
    } else if let (Some(low), Some(high)) = (number(low), number(high)) {
        return number_range(out, field.ty, low, high, field.bits, cx);
    }
    packed(out, field, low, cx)?;
    out.write_char('-')?;
    packed(out, field, high, cx)
}

/// Prints a range of numbers: as a prefix where it is one and the type has them.
fn number_range(out: &mut impl Write, ty: DataType, low: u128, high: u128, bits: u32, cx: Context<'_>) -> fmt::Result {
    let differ = low ^ high;
    let aligned = differ & differ.wrapping_add(1) == 0 && low & differ == 0;
    if aligned && matches!(ty, DataType::IPV4_ADDR | DataType::IPV6_ADDR) {
        ty.write(out, &Repr::Int(low), bits, &cx.options.style)?;
        let length = ty.bits().saturating_sub(differ.count_ones());
        return if differ == 0 { Ok(()) } else { write!(out, "/{length}") };
    }
    let style = cx.options.style.numbers();
    ty.write(out, &Repr::Int(low), bits, &style)?;
    out.write_char('-')?;
    ty.write(out, &Repr::Int(high), bits, &style)
}

fn packed(out: &mut impl Write, field: KeyField, bytes: &[u8], cx: Context<'_>) -> fmt::Result {
    if field.ty.is_string() {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let text = text_from_bytes(bytes.get(..end).unwrap_or(bytes));
        return field.ty.write(out, &Repr::Str(text.into()), field.bits, &cx.options.style);
    }
    match number(bytes) {
        Some(number) => element_number(out, field.ty, number, field.bits, cx),
        None => field.ty.write(out, &Repr::Bytes(bytes.into()), field.bits, &cx.options.style),
    }
}

/// The number of up to 16 bytes, most significant first.
fn number(bytes: &[u8]) -> Option<u128> {
    (bytes.len() <= 16).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
}

/// The lowest flag of several.
const fn lowest_bit(number: u128) -> u128 {
    number & number.wrapping_neg()
}

/// Prints an element: key, statements, times, comment, data.
pub(super) fn element(out: &mut impl Write, element: &Element, cx: Context<'_>) -> fmt::Result {
    match &element.key {
        Some(item) => key(out, item, cx)?,
        None => out.write_char('*')?,
    }
    stmts(out, element, cx)?;
    times(out, element, cx)?;
    if let Some(comment) = &element.comment {
        write!(out, " comment \"{comment}\"")?;
    }
    data(out, element, cx)
}

/// Prints the element of `add @s { … }`: its statements stand behind the times, and have no state of their own.
pub(super) fn dynamic(out: &mut impl Write, element: &Element, cx: Context<'_>) -> fmt::Result {
    match &element.key {
        Some(item) => expr(out, item, cx)?,
        None => out.write_char('*')?,
    }
    times(out, element, cx)?;
    if let Some(comment) = &element.comment {
        write!(out, " comment \"{comment}\"")?;
    }
    stmts(out, element, cx.without_state())?;
    data(out, element, cx)
}

fn stmts(out: &mut impl Write, element: &Element, cx: Context<'_>) -> fmt::Result {
    element.stmts.iter().try_for_each(|item| {
        out.write_char(' ')?;
        stmt::stmt(out, item, cx)
    })
}

fn times(out: &mut impl Write, element: &Element, cx: Context<'_>) -> fmt::Result {
    match element.timeout {
        Some(0) => out.write_str(" timeout never")?,
        Some(timeout) => {
            out.write_str(" timeout ")?;
            write_duration(out, timeout, &cx.options.style)?;
        }
        None => {}
    }
    match element.expires {
        Some(expires) if !cx.stateless => {
            out.write_str(" expires ")?;
            write_duration(out, expires, &cx.options.style)
        }
        Some(_) | None => Ok(()),
    }
}

fn data(out: &mut impl Write, element: &Element, cx: Context<'_>) -> fmt::Result {
    let Some(data) = &element.data else { return Ok(()) };
    out.write_str(" : ")?;
    expr(out, data, cx)
}

/// Prints a key: ranges as prefixes where they are, flags one by one.
fn key(out: &mut impl Write, item: &Expr, cx: Context<'_>) -> fmt::Result {
    match item {
        Expr::Value(Value { ty, repr: Repr::Int(number) }) => element_number(out, *ty, *number, ty.bits(), cx),
        Expr::Concat(parts) => {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.write_str(" . ")?;
                }
                key(out, part, cx)?;
            }
            Ok(())
        }
        Expr::Range(ends) => match &**ends {
            (Expr::Value(Value { ty, repr: Repr::Int(low) }), Expr::Value(Value { repr: Repr::Int(high), .. })) => {
                number_range(out, *ty, *low, *high, ty.bits(), cx)
            }
            _ => expr(out, item, cx),
        },
        Expr::Prefix(inner, length) => match &**inner {
            Expr::Value(Value { ty, .. }) if *length == ty.bits() => expr(out, inner, cx),
            _ => expr(out, item, cx),
        },
        _ => expr(out, item, cx),
    }
}
