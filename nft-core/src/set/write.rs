//! Elements stream into messages.

use super::compile::{self, Cx, OPEN, named_chain};
use super::interval::{Bound, Edge, Overlap, Span, Wide, disjoint, edges};
use super::shape::reorder;
use super::{CompiledElement, Shape};
use crate::environment::Environment;
use crate::error::{ElementKey, Error, ErrorKind};
use crate::model::{Element, Elements, Entry};
use crate::uapi::nf_tables::{
    NFT_SET_ELEM_CATCHALL, NFT_SET_ELEM_INTERVAL_END, NFTA_DATA_VALUE, NFTA_SET_ELEM_DATA, NFTA_SET_ELEM_FLAGS,
    NFTA_SET_ELEM_KEY, NFTA_SET_ELEM_KEY_END, NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_SET_ID,
    NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_USERDATA,
};
use crate::wire::{Data, Header, MessageMark, Nest, Writer, push_tlv};

/// Bytes of elements that one message can hold: the 16-bit length of their nest.
const LIMIT: usize = 65_531;

/// Which set the elements are of.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a message carries")]
pub struct Target<'a> {
    /// Name of the table.
    pub table: &'a str,
    /// Name of the set.
    pub set: &'a str,
    /// Number of a set that is made in the same batch.
    pub id: Option<u32>,
}

/// What is known of the set.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "what encoding depends on")]
pub struct WriteContext<'a> {
    /// The type of its elements.
    pub shape: &'a Shape,
    /// Whether ranges that overlap or touch become one.
    pub auto_merge: bool,
    /// What only the machine knows.
    pub environment: &'a dyn Environment,
}

/// What happens to the elements.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are three kinds of lists")]
pub enum Purpose {
    /// They are the first of a set: one with ranges also gets the element that ends "no range" at its beginning.
    Fill,
    /// They are added or removed.
    Change,
    /// They are asked for: ranges may overlap, and single keys have no end.
    Ask,
}

/// Appends messages with elements of a named set; gives how many messages, whose sequence numbers count up from that of the
/// header.
///
/// The header says what is done with them: `NFT_MSG_NEWSETELEM`, `DELSETELEM`, `DESTROYSETELEM`, `GETSETELEM`.
///
/// # Errors
///
/// Ranges overlap, an element does not fit the set's type, or a name is not known.
pub fn write_elements(
    elements: &Elements,
    context: &WriteContext<'_>,
    purpose: Purpose,
    target: &Target<'_>,
    header: &Header,
    writer: &mut Writer,
) -> Result<u32, Error> {
    let WriteContext { shape, auto_merge, environment } = *context;
    let layout = elements.layout();
    let has_packed = elements.points().len() + elements.ranges().len() > 0;
    if has_packed && usize::from(layout.key) != shape.key_width() {
        return Err(Error::new(ErrorKind::Misuse, "elements are not packed as the set's type asks for"));
    }
    let mut cx = Cx { environment, chains: &mut |target| named_chain(target) };
    let mut list = ElementWriter::new(target, header, writer);
    if shape.is_concat_interval() {
        concat_ranges(elements, shape, &mut cx, &mut list)?;
    } else if shape.interval {
        let overlap = if auto_merge { Overlap::Merge } else { Overlap::Refuse };
        match shape.key_width() {
            ..=8 => ranges::<u64>(elements, shape, overlap, purpose, &mut cx, &mut list)?,
            9..=16 => ranges::<u128>(elements, shape, overlap, purpose, &mut cx, &mut list)?,
            17..=64 => ranges::<Wide>(elements, shape, overlap, purpose, &mut cx, &mut list)?,
            _ => return Err(Error::source_text("keys of more than 64 bytes")),
        }
    } else {
        points(elements, shape, &mut cx, &mut list)?;
    }
    list.finish()
}

fn points(elements: &Elements, shape: &Shape, cx: &mut Cx<'_>, list: &mut ElementWriter<'_>) -> Result<(), Error> {
    if elements.ranges().len() > 0 {
        return Err(Error::source_text("interval overlaps need a set with `flags interval`"));
    }
    let (key_reversals, data_reversals) = (shape.key_reversals(), shape.data.reversals());
    let (mut key_bytes, mut data_bytes) = (Data::default(), Data::default());
    for (key, data) in elements.points() {
        let key = turned(key, &key_reversals, &mut key_bytes);
        let data = turned(data, &data_reversals, &mut data_bytes);
        list.push(|writer| {
            value(writer, NFTA_SET_ELEM_KEY, key);
            if !data.is_empty() {
                value(writer, NFTA_SET_ELEM_DATA, data);
            }
        });
    }
    for element in elements.others() {
        let mut compiled = compile::element(element, shape, cx)?;
        match &element.key {
            None => compiled.flags |= NFT_SET_ELEM_CATCHALL,
            Some(key) => {
                let (mut low, high) = compile::span(key, &shape.key, cx.environment)?;
                if low != high {
                    return Err(Error::source_text("you must add 'flags interval' to your set declaration"));
                }
                reorder(&mut low, &key_reversals);
                compiled.key = Some(low);
            }
        }
        list.push(|writer| compiled.encode(writer));
    }
    Ok(())
}

fn concat_ranges(elements: &Elements, shape: &Shape, cx: &mut Cx<'_>, list: &mut ElementWriter<'_>) -> Result<(), Error> {
    let data_reversals = shape.data.reversals();
    let mut data_bytes = Data::default();
    let mut packed = |list: &mut ElementWriter<'_>, low: &[u8], high: &[u8], data: &[u8]| {
        let data = turned(data, &data_reversals, &mut data_bytes);
        list.push(|writer| {
            value(writer, NFTA_SET_ELEM_KEY, low);
            value(writer, NFTA_SET_ELEM_KEY_END, high);
            if !data.is_empty() {
                value(writer, NFTA_SET_ELEM_DATA, data);
            }
        });
    };
    for (key, data) in elements.points() {
        packed(list, key, key, data);
    }
    for entry in elements.in_order() {
        match entry {
            Entry::Range(low, high, data) => packed(list, low, high, data),
            Entry::Other(element) => {
                let compiled = concat_range(element, shape, cx)?;
                list.push(|writer| compiled.encode(writer));
            }
        }
    }
    Ok(())
}

/// An element of a set with ranges over concatenations.
pub(super) fn concat_range(element: &Element, shape: &Shape, cx: &mut Cx<'_>) -> Result<CompiledElement, Error> {
    let mut compiled = compile::element(element, shape, cx)?;
    match &element.key {
        None => compiled.flags |= NFT_SET_ELEM_CATCHALL,
        Some(key) => {
            let (low, high) = compile::span(key, &shape.key, cx.environment)?;
            (compiled.key, compiled.key_end) = (Some(low), Some(high));
        }
    }
    Ok(compiled)
}

fn ranges<B: Bound>(
    elements: &Elements,
    shape: &Shape,
    overlap: Overlap,
    purpose: Purpose,
    cx: &mut Cx<'_>,
    list: &mut ElementWriter<'_>,
) -> Result<(), Error> {
    let (width, bits) = (shape.key_width(), shape.key_bits());
    let (points, ranges) = (elements.points(), elements.ranges());
    let packed = points.len() + ranges.len();
    let mut spans = Vec::with_capacity(elements.len());
    let mut source = 0_u32;
    let mut add = |low: B, high: B| {
        spans.push(Span { low, high, source });
        source = source.saturating_add(1);
    };
    for (key, _) in points.clone() {
        let key = B::read(key);
        add(key, key);
    }
    for (low, high, _) in ranges.clone() {
        add(B::read(low), B::read(high));
    }
    let mut odd = Vec::new();
    let mut catch_all = Vec::new();
    for element in elements.others() {
        let compiled = compile::element(element, shape, cx)?;
        if let Some(key) = &element.key {
            let (low, high) = compile::span(key, &shape.key, cx.environment)?;
            add(B::read(&low), B::read(&high));
            odd.push(compiled);
        } else {
            catch_all.push(compiled);
        }
    }

    let stride = usize::from(elements.layout().data);
    let data_of = |source: usize| match source.checked_sub(points.len()) {
        None => elements.point(source).map_or(&[][..], |(_, data)| data),
        Some(number) => elements.range(number).map_or(&[][..], |(_, _, data)| data),
    };
    let same = |left: u32, right: u32| {
        let (left, right) = (left as usize, right as usize);
        match (left.checked_sub(packed), right.checked_sub(packed)) {
            (None, None) => stride == 0 || data_of(left) == data_of(right),
            (Some(left), Some(right)) => odd.get(left) == odd.get(right),
            _ => stride == 0 && odd.iter().all(|element: &CompiledElement| element.data.is_none()),
        }
    };
    if purpose == Purpose::Ask {
        ask(&spans, bits, width, list);
        return Ok(());
    }
    // Data of a map cannot be merged.
    let overlap = if shape.data == super::DataShape::None { overlap } else { Overlap::Refuse };
    disjoint(&mut spans, bits, overlap, same).map_err(|error| {
        error.within(|path| {
            let number = path.element.take();
            let conflict = spans.iter().find(|span| usize::try_from(span.source).ok() == number);
            path.key = conflict.map(|span| {
                let mut bytes = vec![0; width].into_boxed_slice();
                span.low.write(&mut bytes);
                Box::new(ElementKey::new(shape.key.clone(), bytes, false))
            });
        })
    })?;

    let mut key = Data::zeroed(width);
    let starts_at_zero = spans.first().is_none_or(|span| span.low == B::read(&key));
    if purpose == Purpose::Fill && !starts_at_zero {
        list.push(|writer| end_element(writer, &key));
    }
    let data_reversals = shape.data.reversals();
    let mut data_bytes = Data::default();
    edges(&spans, bits, false, |edge| match edge {
        Edge::Start(low, source, open) => {
            low.write(&mut key);
            let source = source as usize;
            if let Some(compiled) = source.checked_sub(packed).and_then(|number| odd.get(number)) {
                let compiled = start(compiled.clone(), key.clone(), open);
                list.push(|writer| compiled.encode(writer));
                return;
            }
            let data = if stride == 0 { &[] } else { turned(data_of(source), &data_reversals, &mut data_bytes) };
            list.push(|writer| {
                value(writer, NFTA_SET_ELEM_KEY, &key);
                if !data.is_empty() {
                    value(writer, NFTA_SET_ELEM_DATA, data);
                }
                if open {
                    writer.bytes(NFTA_SET_ELEM_USERDATA, &open_record());
                }
            });
        }
        Edge::End(end) => {
            end.write(&mut key);
            list.push(|writer| end_element(writer, &key));
        }
    });
    for mut compiled in catch_all {
        compiled.flags |= NFT_SET_ELEM_CATCHALL;
        list.push(|writer| compiled.encode(writer));
    }
    Ok(())
}

/// Keys to look up, as they were written.
fn ask<B: Bound>(spans: &[Span<B>], bits: u32, width: usize, list: &mut ElementWriter<'_>) {
    let mut key = Data::zeroed(width);
    for span in spans {
        span.low.write(&mut key);
        list.push(|writer| value(writer, NFTA_SET_ELEM_KEY, &key));
        if span.low != span.high
            && let Some(end) = span.high.next(bits)
        {
            end.write(&mut key);
            list.push(|writer| end_element(writer, &key));
        }
    }
}

/// The element at which a range begins.
pub(super) fn start(mut element: CompiledElement, key: Data, open: bool) -> CompiledElement {
    element.key = Some(key);
    if open {
        element.userdata.extend_from_slice(&open_record());
    }
    element
}

/// The userdata of a range that no element ends.
fn open_record() -> Vec<u8> {
    let mut record = Vec::with_capacity(6);
    let fits = push_tlv(&mut record, compile::FLAGS, &OPEN.to_ne_bytes());
    debug_assert!(fits.is_ok(), "four bytes");
    record
}

fn end_element(writer: &mut Writer, key: &[u8]) {
    writer.u32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
    value(writer, NFTA_SET_ELEM_KEY, key);
}

fn value(writer: &mut Writer, kind: u16, bytes: &[u8]) {
    let nest = writer.begin(kind);
    writer.bytes(NFTA_DATA_VALUE, bytes);
    writer.end(nest);
}

/// The bytes in wire order: themselves, or a copy in `buffer`.
fn turned<'a>(bytes: &'a [u8], reversals: &[std::ops::Range<usize>], buffer: &'a mut Data) -> &'a [u8] {
    if reversals.is_empty() {
        return bytes;
    }
    buffer.resize(0);
    buffer.extend(bytes);
    reorder(buffer, reversals);
    buffer
}

/// Writes elements into messages, as many as needed.
pub(super) struct ElementWriter<'a> {
    target: Target<'a>,
    header: Header,
    writer: &'a mut Writer,
    open: Option<(MessageMark, Nest)>,
    /// Number of the next element in its message: nft counts from 1.
    number: u16,
    messages: u32,
}

impl<'a> ElementWriter<'a> {
    pub(super) const fn new(target: &Target<'a>, header: &Header, writer: &'a mut Writer) -> Self {
        Self { target: *target, header: *header, writer, open: None, number: 1, messages: 0 }
    }

    /// Appends an element with these attributes; `content` runs again if the message was full.
    pub(super) fn push(&mut self, content: impl Fn(&mut Writer)) {
        let (message, list) = self.open.take().unwrap_or_else(|| self.begin());
        let before = self.writer.len();
        self.element(&content);
        if self.writer.nest_len(&list) <= LIMIT || self.number == 2 {
            self.open = Some((message, list));
            return;
        }
        self.writer.truncate(before);
        self.end(message, list);
        self.open = Some(self.begin());
        self.element(&content);
    }

    /// Closes the last message; gives how many there are.
    pub(super) fn finish(mut self) -> Result<u32, Error> {
        if let Some((message, list)) = self.open.take() {
            self.end(message, list);
        }
        self.writer.check().map_err(|error| Error::new(ErrorKind::Source, error.to_string()).with_source(error))?;
        Ok(self.messages)
    }

    fn element(&mut self, content: &impl Fn(&mut Writer)) {
        let nest = self.writer.begin(self.number);
        content(self.writer);
        self.writer.end(nest);
        self.number += 1;
    }

    fn begin(&mut self) -> (MessageMark, Nest) {
        let sequence = self.header.sequence.wrapping_add(self.messages);
        let message = self.writer.begin_message(&self.header.with_sequence(sequence));
        self.writer.text(NFTA_SET_ELEM_LIST_TABLE, self.target.table);
        self.writer.text(NFTA_SET_ELEM_LIST_SET, self.target.set);
        if let Some(id) = self.target.id {
            self.writer.u32(NFTA_SET_ELEM_LIST_SET_ID, id);
        }
        self.messages += 1;
        self.number = 1;
        (message, self.writer.begin(NFTA_SET_ELEM_LIST_ELEMENTS))
    }

    fn end(&mut self, message: MessageMark, list: Nest) {
        self.writer.end(list);
        self.writer.end_message(message);
    }
}
