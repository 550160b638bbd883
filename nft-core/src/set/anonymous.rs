//! Sets of rules: `{ … }` in place.

use super::compile::{self, Chains, Cx};
use super::head::{data_type, field_lengths, length, map_flags};
use super::interval::{Bound, Edge, Overlap, Span, Wide, disjoint, edges};
use super::shape::{reorder, selected_type};
use super::userdata;
use super::write::{concat_range, start};
use super::{CompiledElement, CompiledSet, DataShape, Shape};
use crate::environment::Environment;
use crate::error::Error;
use crate::evaluate::constant;
use crate::model::{Element, Expr, KeyField, SetFlags};
use crate::schema::ByteOrder;
use crate::uapi::nf_tables::{NFT_SET_ELEM_CATCHALL, NFT_SET_ELEM_INTERVAL_END};
use crate::wire::{Data, Text};

/// What a rule decides about a set of its own.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "all that is decided outside")]
pub struct Anonymous<'a> {
    /// Number in the batch.
    pub id: u32,
    /// Fields of the key, whether there are ranges, and what a map says.
    pub shape: &'a Shape,
    /// The selector that is looked up; nothing for one that is no plain selector any more (a masked or shifted field).
    pub selector: Option<&'a Expr>,
    /// For a field of single bits that is looked up where it stands.
    pub placement: Option<Placement>,
}

/// Where a field of single bits stands in the bytes that are loaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a place")]
pub struct Placement {
    /// Bits to the right of it.
    pub shift: u32,
    /// Bytes that are loaded.
    pub bytes: u32,
}

impl Anonymous<'_> {
    /// Whether any of the elements is a range, so that the set must be one with ranges.
    #[must_use]
    pub fn needs_interval(elements: &[Element]) -> bool {
        fn is_range(expr: &Expr) -> bool {
            match expr.single() {
                Expr::Range(_) | Expr::Prefix(..) => true,
                Expr::Value(value) => matches!(value.repr, crate::model::Repr::Wildcard(_)),
                Expr::Concat(parts) => parts.iter().any(is_range),
                Expr::Set(elements) => Anonymous::needs_interval(elements),
                _ => false,
            }
        }
        elements.iter().any(|element| element.key.as_ref().is_some_and(is_range))
    }
}

/// Compiles an anonymous set: `chains` names the chains that verdicts jump to.
///
/// # Errors
///
/// An element is not constant, does not fit the key, or ranges of a map overlap.
pub fn anonymous(
    elements: &[Element],
    set: &Anonymous<'_>,
    environment: &dyn Environment,
    chains: Chains<'_>,
) -> Result<CompiledSet, Error> {
    let shape = set.shape;
    let mut flat = Vec::with_capacity(elements.len());
    flatten(elements, &mut flat);
    let mut cx = Cx { environment, chains };
    let compiled = if shape.is_concat_interval() {
        flat.iter().map(|element| concat_range(element, shape, &mut cx)).collect::<Result<_, _>>()?
    } else if shape.interval {
        match shape.key_width() {
            ..=8 => ranges::<u64>(&flat, shape, &mut cx)?,
            9..=16 => ranges::<u128>(&flat, shape, &mut cx)?,
            _ => ranges::<Wide>(&flat, shape, &mut cx)?,
        }
    } else {
        points(&flat, set, &mut cx)?
    };
    let mut flags = SetFlags::ANONYMOUS | SetFlags::CONSTANT | map_flags(&shape.data);
    flags.set(SetFlags::INTERVAL, shape.interval);
    flags.set(SetFlags::CONCAT, shape.is_concat_interval());
    let name = match shape.data {
        DataShape::None => "__set%d",
        DataShape::Value { .. } | DataShape::Verdict => "__map%d",
        DataShape::Object(_) => "__objmap%d",
    };
    let key_len = set.placement.map_or(length(shape.key_width()), |placement| placement.bytes);
    Ok(CompiledSet {
        name: Text::new(name),
        id: set.id,
        flags,
        key_type: selected_type(&shape.key, set.selector),
        key_len,
        data: data_type(&shape.data),
        object_type: if let DataShape::Object(ty) = shape.data { Some(ty.0) } else { None },
        fields: field_lengths(shape),
        userdata: userdata::write_anonymous(shape, set.selector)?,
        elements: compiled,
        ..CompiledSet::default()
    })
}

/// `{ { a, b }, c }` is `{ a, b, c }`.
fn flatten<'a>(elements: &'a [Element], flat: &mut Vec<&'a Element>) {
    for element in elements {
        match &element.key {
            Some(Expr::Set(inner)) => flatten(inner, flat),
            _ => flat.push(element),
        }
    }
}

fn points(elements: &[&Element], set: &Anonymous<'_>, cx: &mut Cx<'_>) -> Result<Vec<CompiledElement>, Error> {
    let shape = set.shape;
    let reversals = shape.key_reversals();
    elements
        .iter()
        .map(|element| {
            let mut compiled = compile::element(element, shape, cx)?;
            match &element.key {
                None => compiled.flags |= NFT_SET_ELEM_CATCHALL,
                Some(key) => {
                    let (mut low, high) = compile::span(key, &shape.key, cx.environment)?;
                    if low != high {
                        return Err(Error::source_text("a range cannot stand in a set without ranges"));
                    }
                    match (set.placement, &*shape.key) {
                        (Some(placement), [field]) => low = placed(&low, *field, placement),
                        _ => reorder(&mut low, &reversals),
                    }
                    compiled.key = Some(low);
                }
            }
            Ok(compiled)
        })
        .collect()
}

/// A field's bits at their place.
fn placed(bytes: &[u8], field: KeyField, placement: Placement) -> Data {
    let number = bytes.iter().fold(0_u128, |number, &byte| number << 8 | u128::from(byte));
    let number = number.checked_shl(placement.shift).unwrap_or(0);
    let order = if field.order == ByteOrder::Host { ByteOrder::Host } else { ByteOrder::Big };
    constant::number_bytes(number, placement.bytes as usize, order)
}

fn ranges<B: Bound>(elements: &[&Element], shape: &Shape, cx: &mut Cx<'_>) -> Result<Vec<CompiledElement>, Error> {
    let width = shape.key_width();
    let bits = shape.key_bits();
    let mut spans = Vec::with_capacity(elements.len());
    let mut sources = Vec::with_capacity(elements.len());
    let mut catch_all = Vec::new();
    for element in elements {
        let mut compiled = compile::element(element, shape, cx)?;
        let Some(key) = &element.key else {
            compiled.flags |= NFT_SET_ELEM_CATCHALL;
            catch_all.push(compiled);
            continue;
        };
        let (low, high) = compile::span(key, &shape.key, cx.environment)?;
        let source = u32::try_from(sources.len()).unwrap_or(u32::MAX);
        spans.push(Span { low: B::read(&low), high: B::read(&high), source });
        sources.push(compiled);
    }
    let overlap = if shape.data == DataShape::None { Overlap::Merge } else { Overlap::Refuse };
    let source = |number: u32| sources.get(number as usize);
    disjoint(&mut spans, bits, overlap, |left, right| source(left) == source(right))?;

    let mut compiled = Vec::with_capacity(2 * spans.len() + 1);
    let end = |key: Data| CompiledElement { flags: NFT_SET_ELEM_INTERVAL_END, key: Some(key), ..Default::default() };
    let zero = Data::zeroed(width);
    if spans.first().is_some_and(|span| span.low != B::read(&zero)) {
        compiled.push(end(zero.clone()));
    }
    edges(&spans, bits, true, |edge| {
        let mut key = zero.clone();
        match edge {
            Edge::Start(low, number, open) => {
                low.write(&mut key);
                compiled.push(start(source(number).cloned().unwrap_or_default(), key, open));
            }
            Edge::End(behind) => {
                behind.write(&mut key);
                compiled.push(end(key));
            }
        }
    });
    compiled.append(&mut catch_all);
    Ok(compiled)
}
