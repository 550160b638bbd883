//! Both directions, against what nft sends and the kernel tells.

use std::path::PathBuf;

use super::{
    Anonymous, Collector, DataShape, Purpose, Shape, Target, WriteContext, anonymous, compile, decode, head, is_complete,
    unpack_data, unpack_key, write_elements,
};
use crate::bytecode::ChainRef;
use crate::environment::NoEnvironment;
use crate::model::{Element, Elements, Entry, KeyType, Set};
use crate::name::SetName;
use crate::schema::{DataType, Family};
use crate::uapi::nf_tables::{
    NFT_MSG_NEWSETELEM, NFT_SET_ELEM_INTERVAL_END, NFTA_DATA_VALUE, NFTA_DATA_VERDICT, NFTA_EXPR_NAME, NFTA_SET_ELEM_DATA,
    NFTA_SET_ELEM_EXPR, NFTA_SET_ELEM_FLAGS, NFTA_SET_ELEM_KEY, NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_SET_ELEM_LIST_SET,
    NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_USERDATA, NFTA_VERDICT_CODE,
};
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
        std::io::Write::write_all(&mut std::io::stderr(), b"skipped: no corpus\n").unwrap();
    }
    text
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
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
    assert!(wrong.is_empty(), "{} of {sets} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn check_anonymous(head: &[u8], list: &[u8]) -> Result<(), String> {
    let (_, set, shape) = decode(Family::Ip, Reader::new(head)).map_err(|error| error.to_string())?;
    let mut collector = Collector::new(shape.clone());
    collector.add(Reader::new(list)).map_err(|error| error.to_string())?;
    let elements = collector.finish();
    // Some have an expression that nft has no userdata for.
    let selector = if let KeyType::Typeof(expr) = &set.key { Some(&**expr) } else { None };
    let rule_set = Anonymous { id: 0, shape: &shape, selector, placement: None };
    let elements = spelled(&elements, &shape);
    let mut chains = |target: &crate::model::JumpTarget| match target {
        // Inline chains go by number before the kernel has named them.
        crate::model::JumpTarget::Chain(name) if name.starts_with("__chain") => {
            Ok(ChainRef::Id(name["__chain".len()..].parse().unwrap()))
        }
        target => compile::named_chain(target),
    };
    let compiled = anonymous(&elements, &rule_set, &NoEnvironment, &mut chains).map_err(|error| error.to_string())?;

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

/// A declaration, what nft 1.1.7 sends for it, and what the kernel tells of it.
#[derive(Default)]
struct Vector {
    declaration: String,
    set: Vec<u8>,
    elements: Vec<Vec<u8>>,
    dumped_set: Vec<u8>,
    dumped_elements: Vec<Vec<u8>>,
}

fn vectors() -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    for line in include_str!("tests/named.txt").lines() {
        let (word, rest) = line.split_once(' ').unwrap();
        if word == "#" {
            vectors.push(Vector { declaration: rest.to_owned(), ..Vector::default() });
        }
        let vector = vectors.last_mut().unwrap();
        match word {
            "set" => vector.set = hex(rest),
            "elements" => vector.elements.push(hex(rest)),
            "dumped-set" => vector.dumped_set = hex(rest),
            "dumped-elements" => vector.dumped_elements.push(hex(rest)),
            _ => {}
        }
    }
    vectors
}

fn collect(head: &[u8], lists: &[Vec<u8>]) -> (Set, Shape) {
    let (_, mut set, shape) = decode(Family::Inet, Reader::new(head)).unwrap();
    let mut collector = Collector::new(shape.clone());
    for list in lists {
        collector.add(Reader::new(list)).unwrap();
    }
    set.elements = collector.finish();
    (set, shape)
}

#[test]
fn named_sets_as_nft_sends_them() {
    for vector in vectors() {
        let (set, shape) = collect(&vector.set, &vector.elements);
        let id = attribute(&vector.set, 10).map(|id| u32::from_be_bytes(id.try_into().unwrap())).unwrap();
        let mut writer = Writer::new();
        head(&set, Family::Inet, id).unwrap().encode("t", &mut writer);
        let ours = writer.finish().unwrap();
        assert_eq!(crate::wire::Data::new(&ours), crate::wire::Data::new(&vector.set), "{}", vector.declaration);

        let mut writer = Writer::new();
        let target = Target { table: "t", set: &set.name, id: Some(id) };
        let header = Header::nftables(12, 0, 1);
        let context = WriteContext { shape: &shape, auto_merge: set.auto_merge, environment: &NoEnvironment };
        let count = write_elements(&set.elements, &context, Purpose::Fill, &target, &header, &mut writer).unwrap();
        let bytes = writer.finish().unwrap();
        assert_eq!(count as usize, vector.elements.len(), "{}", vector.declaration);
        if let [list] = &*vector.elements {
            let message = Messages::new(&bytes).next().unwrap().unwrap();
            let mut theirs = nests(list);
            // A hash has no doubles, but nft sends them.
            theirs.dedup();
            assert_eq!(nests(message.body), theirs, "{}", vector.declaration);
        }
    }
}

#[test]
fn named_sets_as_the_kernel_tells_them() {
    /// Without what runs.
    fn still(elements: &Elements, shape: &Shape) -> Vec<Element> {
        let mut all = spelled(elements, shape);
        for element in &mut all {
            (element.expires, element.timeout) = (None, None);
            // Statements of the set, which nft does not send with each element.
            element.stmts.clear();
        }
        all.sort_by_key(|element| format!("{element:?}"));
        all
    }

    for vector in vectors() {
        let (mut sent, sent_shape) = collect(&vector.set, &vector.elements);
        let (mut told, told_shape) = collect(&vector.dumped_set, &vector.dumped_elements);
        assert_eq!(sent_shape, told_shape, "{}", vector.declaration);
        let ours = still(&sent.elements, &sent_shape);
        let theirs = still(&told.elements, &told_shape);
        assert_eq!(ours, theirs, "{}", vector.declaration);
        assert!(is_complete(&told), "{}", vector.declaration);
        (sent.elements, told.elements) = (Elements::default(), Elements::default());
        assert_eq!(sent, told, "{}", vector.declaration);
    }
}

/// An attribute, a flag, a userdata record and an instruction of an element that a newer kernel may have: they go back as they came, and
/// count in a comparison.
#[test]
fn what_is_unknown_of_an_element_is_kept() {
    let shapes = [DataShape::None, DataShape::Verdict].map(|data| {
        let key = KeyType::single(DataType::IPV4_ADDR).fields_in(Family::Inet);
        [false, true].map(|interval| Shape { key: key.clone(), interval, data: data.clone() })
    });
    for shape in shapes.as_flattened() {
        let mut writer = Writer::new();
        writer.text(NFTA_SET_ELEM_LIST_TABLE, "t");
        writer.text(NFTA_SET_ELEM_LIST_SET, "s");
        writer.nest(NFTA_SET_ELEM_LIST_ELEMENTS, |writer| {
            writer.nest(1, |writer| {
                writer.u32(NFTA_SET_ELEM_FLAGS, 64);
                writer.nest(NFTA_SET_ELEM_KEY, |writer| writer.bytes(NFTA_DATA_VALUE, &[10, 0, 0, 1]));
                if shape.data != DataShape::None {
                    let verdict = |writer: &mut Writer| writer.u32(NFTA_VERDICT_CODE, 1);
                    writer.nest(NFTA_SET_ELEM_DATA, |writer| writer.nest(NFTA_DATA_VERDICT, verdict));
                }
                writer.bytes(NFTA_SET_ELEM_USERDATA, &[0, 3, b'h', b'i', 0, 77, 1, 5]);
                writer.nest(NFTA_SET_ELEM_EXPR, |writer| writer.text(NFTA_EXPR_NAME, "frob"));
                writer.u32(99, 0x0102_0304);
            });
            if shape.interval {
                writer.nest(2, |writer| {
                    writer.u32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
                    writer.nest(NFTA_SET_ELEM_KEY, |writer| writer.bytes(NFTA_DATA_VALUE, &[10, 0, 0, 2]));
                });
            }
        });
        let bytes = writer.finish().unwrap();
        let mut collector = Collector::new(shape.clone());
        collector.add(Reader::new(&bytes)).unwrap();
        let elements = collector.finish();
        let [element] = elements.others() else { panic!("{elements:?}") };
        assert_eq!(element.comment.as_deref(), Some("hi"));
        let header = Header::nftables(NFT_MSG_NEWSETELEM, 0, 1);
        let context = WriteContext { shape, auto_merge: false, environment: &NoEnvironment };
        let target = Target { table: "t", set: "s", id: None };
        let mut again = Writer::new();
        write_elements(&elements, &context, Purpose::Change, &target, &header, &mut again).unwrap();
        let again = again.finish().unwrap();
        let message = Messages::new(&again).next().unwrap().unwrap();
        let (sent, came) = (nests(message.body), nests(&bytes));
        assert!(came.iter().all(|element| sent.contains(element)), "{came:x?} {sent:x?}");

        let mut without = elements.clone();
        without.others_mut()[0].unknown = None;
        assert_ne!(elements, without);
        let set = Set::new(SetName::new("s").unwrap(), KeyType::single(DataType::IPV4_ADDR));
        let settled = |elements| crate::diff::elements::settled(elements, &set, shape, &NoEnvironment).unwrap();
        assert_ne!(settled(elements), settled(without), "a comparison sees them");
    }
}
