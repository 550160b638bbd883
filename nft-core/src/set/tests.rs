//! Both directions, against what nft sends and the kernel tells.

use std::borrow::Cow;
use std::path::PathBuf;

use super::{Collector, DataShape, Shape, anonymous, compile, decode, unpack_data, unpack_key};
use crate::bytecode::ChainRef;
use crate::environment::NoEnvironment;
use crate::evaluate::{AnonymousData, AnonymousSet};
use crate::model::{Element, Elements, Entry, Expr, KeyType, Set};
use crate::schema::Family;
use crate::wire::{Header, Message, Messages, Reader, Writer};

/// All elements as expressions, packed ones first.
fn spelled(elements: &Elements, shape: &Shape) -> Vec<Element> {
    let data = |bytes: &[u8]| unpack_data(shape, bytes);
    let plain = |low: &[u8], high: &[u8], bytes: &[u8]| Element {
        data: data(bytes),
        ..Element::new(unpack_key(&shape.key, low, high))
    };
    let mut all: Vec<Element> = elements.points().map(|(key, bytes)| plain(key, key, bytes)).collect();
    all.extend(elements.in_order().map(|entry| match entry {
        Entry::Range(low, high, bytes) => plain(low, high, bytes),
        Entry::Other(element) => element.clone(),
    }));
    all
}

/// The nests of a list of elements, without their numbers, sorted.
fn nests(body: &[u8]) -> Vec<Vec<u8>> {
    let list = Reader::new(body).find(3).unwrap().unwrap();
    let mut nests: Vec<_> = list.reader().map(|element| element.unwrap().payload.to_vec()).collect();
    nests.sort();
    nests
}

#[track_caller]
fn attribute(body: &[u8], kind: u16) -> Option<Vec<u8>> {
    Reader::new(body).find(kind).unwrap().map(|attribute| attribute.payload.to_vec())
}

fn corpus() -> Option<String> {
    let path = std::env::var_os("NFT_CORPUS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/conformance")), PathBuf::from);
    let text = std::fs::read_to_string(path.join("rules.jsonl")).ok();
    if text.is_none() {
        eprintln!("skipped: no corpus");
    }
    text
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The set as a rule would have it.
fn as_anonymous(set: &Set, shape: &Shape, elements: &Elements) -> AnonymousSet<'static> {
    let key = match &set.key {
        KeyType::Typeof(expr) => (**expr).clone(),
        // An expression that nft has no userdata for.
        _ => Expr::Concat(Box::new([])),
    };
    let data = match &shape.data {
        DataShape::None => AnonymousData::None,
        DataShape::Value { fields, interval } => {
            AnonymousData::Value { fields: fields.clone(), interval: *interval, target: None }
        }
        DataShape::Verdict => AnonymousData::Verdict,
        DataShape::Object(ty) => AnonymousData::Object(*ty),
    };
    AnonymousSet {
        id: 0,
        key: Cow::Owned(key),
        fields: shape.key.clone(),
        data,
        interval: shape.interval,
        elements: Cow::Owned(spelled(elements, shape)),
    }
}

#[test]
fn anonymous_sets_of_the_corpus() {
    let Some(text) = corpus() else { return };
    let (mut sets, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let messages = case["netlink"].as_array().cloned().unwrap_or_default();
        for pair in messages.windows(2) {
            let [head, list] = pair else { continue };
            if head["type"] != 2569 || list["type"] != 2572 {
                continue;
            }
            sets += 1;
            let rule = case["rule"].as_str().unwrap();
            let (head, list) = (hex(head["hex"].as_str().unwrap()), hex(list["hex"].as_str().unwrap()));
            if let Err(difference) = check_anonymous(&head[4..], &list[4..]) {
                wrong.push(format!("{rule}: {difference}"));
            }
        }
    }
    eprintln!("{sets} anonymous sets");
    assert!(wrong.is_empty(), "{} of {sets} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn check_anonymous(head: &[u8], list: &[u8]) -> Result<(), String> {
    let (_, set, shape) = decode(Family::Ip, Reader::new(head)).map_err(|error| error.to_string())?;
    let mut collector = Collector::new(shape.clone());
    collector.add(Reader::new(list)).map_err(|error| error.to_string())?;
    let elements = collector.finish();
    let rule_set = as_anonymous(&set, &shape, &elements);
    let mut chains = |target: &crate::model::JumpTarget| match target {
        // Inline chains go by number before the kernel has named them.
        crate::model::JumpTarget::Chain(name) if name.starts_with("__chain") => {
            Ok(ChainRef::Id(name["__chain".len()..].parse().unwrap()))
        }
        target => compile::named_chain(target),
    };
    let compiled = anonymous(&rule_set, &NoEnvironment, &mut chains).map_err(|error| error.to_string())?;

    let mut writer = Writer::new();
    compiled.encode("t", &mut writer);
    let ours = writer.finish().map_err(|error| error.to_string())?;
    let has_selector = matches!(set.key, KeyType::Typeof(_)) || shape.data != DataShape::None;
    for kind in [2, 3, 4, 5, 6, 7, 9, 15, 13] {
        let (ours, theirs) = (attribute(&ours, kind), attribute(head, kind));
        if ours != theirs && (kind != 13 || has_selector) {
            return Err(format!("attribute {kind} is {ours:x?}, not {theirs:x?}"));
        }
    }
    let mut writer = Writer::new();
    compiled.encode_elements("t", &Header::nftables(12, 0, 2), &mut writer).map_err(|error| error.to_string())?;
    let bytes = writer.finish().map_err(|error| error.to_string())?;
    let message: Message<'_> = Messages::new(&bytes).next().unwrap().unwrap();
    let (ours, theirs) = (nests(message.body), nests(list));
    if ours == theirs { Ok(()) } else { Err(format!("elements are {ours:x?}, not {theirs:x?}")) }
}
