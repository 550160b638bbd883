//! Sets of rules: `{ … }` in place.

use super::compile::{self, Chains, Cx};
use super::head::{data_type, field_lengths, length, map_flags};
use super::interval::{Bound, Edge, Overlap, Span, Wide, disjoint, edges};
use super::shape::{reorder, type_number};
use super::userdata;
use super::write::{concat_range, start};
use super::{CompiledElement, CompiledSet, DataShape, Shape};
use crate::environment::Environment;
use crate::error::Error;
use crate::evaluate::{AnonymousData, AnonymousSet};
use crate::model::{Element, Expr, SetFlags};
use crate::uapi::nf_tables::{NFT_SET_ELEM_CATCHALL, NFT_SET_ELEM_INTERVAL_END};
use crate::wire::{Data, Text};

/// Compiles an anonymous set: `chains` names the chains that verdicts jump to.
///
/// # Errors
///
/// An element is not constant, does not fit the key, or ranges of a map overlap.
pub fn anonymous(set: &AnonymousSet<'_>, environment: &dyn Environment, chains: Chains<'_>) -> Result<CompiledSet, Error> {
    let shape = Shape {
        key: set.fields.clone(),
        interval: set.interval,
        data: match &set.data {
            AnonymousData::None => DataShape::None,
            AnonymousData::Value { fields, interval, .. } => DataShape::Value { fields: fields.clone(), interval: *interval },
            AnonymousData::Verdict => DataShape::Verdict,
            AnonymousData::Object(ty) => DataShape::Object(*ty),
        },
    };
    let mut flat = Vec::with_capacity(set.elements.len());
    flatten(&set.elements, &mut flat);
    let mut cx = Cx { environment, chains };
    let elements = if shape.is_concat_interval() {
        flat.iter().map(|element| concat_range(element, &shape, &mut cx)).collect::<Result<_, _>>()?
    } else if shape.interval {
        match shape.key_width() {
            ..=8 => ranges::<u64>(&flat, &shape, &mut cx)?,
            ..=16 => ranges::<u128>(&flat, &shape, &mut cx)?,
            _ => ranges::<Wide>(&flat, &shape, &mut cx)?,
        }
    } else {
        points(&flat, &shape, &mut cx)?
    };
    let mut flags = SetFlags::ANONYMOUS | SetFlags::CONSTANT | map_flags(&shape.data);
    flags.set(SetFlags::INTERVAL, shape.interval);
    flags.set(SetFlags::CONCAT, shape.is_concat_interval());
    Ok(CompiledSet {
        name: Text::new(set.name()),
        id: set.id,
        flags,
        key_type: type_number(&shape.key),
        key_len: length(shape.key_width()),
        data: data_type(&shape.data),
        object_type: if let DataShape::Object(ty) = shape.data { Some(ty.0) } else { None },
        fields: field_lengths(&shape),
        userdata: userdata::write_anonymous(&shape, &set.key)?,
        elements,
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

fn points(elements: &[&Element], shape: &Shape, cx: &mut Cx<'_>) -> Result<Vec<CompiledElement>, Error> {
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
                    reorder(&mut low, &reversals);
                    compiled.key = Some(low);
                }
            }
            Ok(compiled)
        })
        .collect()
}

fn ranges<B: Bound>(elements: &[&Element], shape: &Shape, cx: &mut Cx<'_>) -> Result<Vec<CompiledElement>, Error> {
    let (width, bits) = (shape.key_width(), shape.key_bits());
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
