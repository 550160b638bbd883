//! Dumps of elements become packed [`Elements`].

use super::compile::{COMMENT, FLAGS};
use super::shape::reorder;
use super::{DataShape, Shape, stateful, unpack_data, unpack_key};
use crate::bytecode;
use crate::message::element::{ElementData, ElementList, ElementMessage};
use crate::message::keep;
use crate::model::{Element, Elements, Expr, JumpTarget, Layout, Repr, Set, UnknownParts, Value, Verdict};
use crate::name::ChainName;
use crate::schema::DataType;
use crate::uapi::nf_tables::{NFT_SET_ELEM_CATCHALL, NFT_SET_ELEM_INTERVAL_END, NFTA_SET_ELEM_LIST_ELEMENTS};
use crate::wire::{Attributes, Data, Error, Reader, Tlvs, push_tlv};

/// Takes the messages of a dump, in any order and straight from the receive buffer, and keeps only packed bytes.
#[derive(Clone, Debug)]
pub struct Collector {
    shape: Shape,
    key_reversals: Vec<std::ops::Range<usize>>,
    data_reversals: Vec<std::ops::Range<usize>>,
    /// Plain elements are packed with that much data.
    layout: Layout,
    elements: Elements,
    /// Of sets with ranges: keys at which ranges begin and end, and for each a [`Mark`].
    bounds: Vec<u8>,
    marks: Vec<Mark>,
    /// Data of plain elements at which ranges begin.
    data: Vec<u8>,
    /// Elements that cannot be packed, with their packed key.
    odd: Vec<(Data, Element)>,
}

/// What stands at a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mark {
    /// The end of a range.
    End,
    /// The beginning of one, with so many-th data.
    Plain(u32),
    /// The beginning of one, with so many-th odd element.
    Odd(u32),
}

impl Collector {
    /// Collects elements of that shape.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let packs_data = matches!(shape.data, DataShape::Value { interval: false, .. });
        let narrow = |width| u16::try_from(width).unwrap_or(0);
        let layout = Layout::new(narrow(shape.key_width()), narrow(if packs_data { shape.data.width() } else { 0 }));
        Self {
            key_reversals: shape.key_reversals(),
            data_reversals: shape.data.reversals(),
            shape,
            layout,
            elements: Elements::new(layout),
            bounds: Vec::new(),
            marks: Vec::new(),
            data: Vec::new(),
            odd: Vec::new(),
        }
    }

    /// Takes the attributes of a message with elements.
    ///
    /// # Errors
    ///
    /// Broken framing; keys or data of another width than the set's.
    pub fn add(&mut self, message: Reader<'_>) -> Result<(), Error> {
        let list = ElementList::decode(message)?;
        let Some(elements) = list.elements else { return Ok(()) };
        for element in elements.reader() {
            self.element(&ElementMessage::decode(element?.reader())?)?;
        }
        Ok(())
    }

    /// The elements: ranges put together, doubles left out, those without order sorted.
    #[must_use]
    pub fn finish(mut self) -> Elements {
        self.settle()
    }

    /// How many elements there are, or ends of ranges, that were not [taken](Collector::take).
    #[cfg(all(feature = "netlink", target_os = "linux"))]
    pub(crate) fn waiting(&self) -> usize {
        self.elements.len() + self.odd.len() + self.marks.len()
    }

    /// The elements that are whole by now, as [`Collector::finish`] would give them; the rest waits for what comes. Doubles are left out only among
    /// those that are taken together.
    ///
    /// Ranges are put together as long as their ends come in the kernel's order, which counts down; else all wait for the last.
    #[cfg(all(feature = "netlink", target_os = "linux"))]
    pub(crate) fn take(&mut self) -> Elements {
        if !self.shape.interval || self.shape.is_concat() {
            return self.settle();
        }
        let width = usize::from(self.layout.key).max(1);
        let last = self.marks.iter().rposition(|mark| *mark != Mark::End);
        let Some(last) = last.filter(|_| self.bounds.chunks_exact(width).is_sorted_by(|left, right| left >= right)) else {
            return Elements::new(self.layout);
        };
        // What comes is below the lowest range that has begun: a range that ends there may not say so.
        let (bounds, marks) = (self.bounds.split_off(last * width), self.marks.split_off(last));
        self.bounds.extend_from_slice(bounds.get(..width).unwrap_or_default());
        self.marks.extend(marks.first());
        let taken = self.settle();
        self.bounds = bounds;
        self.marks = std::iter::once(Mark::End).chain(marks.into_iter().skip(1)).collect();
        taken
    }

    fn settle(&mut self) -> Elements {
        if self.shape.interval && !self.shape.is_concat() {
            self.ranges();
        } else {
            match &*self.shape.key {
                [field] if field.ty.is_bitmask() && !field.ty.symbols().is_empty() => {
                    sort_flags(&mut self.elements);
                    // With the same lowest flag, they stay in the kernel's order.
                    let mut seen = std::collections::HashSet::new();
                    self.odd.retain(|(key, _)| seen.insert(key.clone()));
                }
                _ => {
                    sort_points(&mut self.elements);
                    self.odd.sort_by(|(left, _), (right, _)| left.cmp(right));
                    self.odd.dedup_by(|(left, _), (right, _)| left == right);
                }
            }
        }
        for (_, element) in self.odd.drain(..) {
            self.elements.push(element);
        }
        self.data.clear();
        std::mem::replace(&mut self.elements, Elements::new(self.layout))
    }

    fn element(&mut self, message: &ElementMessage<'_>) -> Result<(), Error> {
        let flags = message.flags.unwrap_or(0);
        let width = usize::from(self.layout.key);
        let key = match message.key {
            Some(key) if key.0.len() == width => key.0,
            Some(key) => return Err(Error::Width { attribute: NFTA_SET_ELEM_LIST_ELEMENTS, found: key.0.len() }),
            None if flags & NFT_SET_ELEM_CATCHALL != 0 => {
                let element = self.odd_element(message, None)?;
                self.elements.push(element);
                return Ok(());
            }
            None => return Err(Error::Missing { attribute: NFTA_SET_ELEM_LIST_ELEMENTS }),
        };
        if self.shape.is_concat_interval() {
            let high = message.key_end.map_or(key, |end| end.0);
            if high.len() != width {
                return Err(Error::Width { attribute: NFTA_SET_ELEM_LIST_ELEMENTS, found: high.len() });
            }
            if let Some(data) = self.plain_data(message)? {
                self.elements.push_range(key, high, &data);
            } else {
                let element = self.odd_element(message, Some(unpack_key(&self.shape.key, key, high)))?;
                self.elements.push(element);
            }
        } else if self.shape.interval {
            self.bounds.extend_from_slice(key);
            let mark = if flags & NFT_SET_ELEM_INTERVAL_END != 0 {
                Mark::End
            } else if let Some(data) = self.plain_data(message)? {
                let number = self.data.len().checked_div(usize::from(self.layout.data)).unwrap_or(0);
                self.data.extend_from_slice(&data);
                Mark::Plain(u32::try_from(number).unwrap_or(u32::MAX))
            } else {
                let element = self.odd_element(message, None)?;
                self.odd.push((Data::default(), element));
                Mark::Odd(u32::try_from(self.odd.len() - 1).unwrap_or(u32::MAX))
            };
            self.marks.push(mark);
        } else {
            let plain = self.plain_data(message)?;
            let mut turned = Data::default();
            let key = if self.key_reversals.is_empty() {
                key
            } else {
                turned.extend(key);
                reorder(&mut turned, &self.key_reversals);
                &turned
            };
            if let Some(data) = plain {
                self.elements.push_point(key, &data);
            } else {
                let element = self.odd_element(message, Some(unpack_key(&self.shape.key, key, key)))?;
                self.odd.push((Data::new(key), element));
            }
        }
        Ok(())
    }

    /// Packed data of an element that is only key and data.
    fn plain_data(&self, message: &ElementMessage<'_>) -> Result<Option<Data>, Error> {
        let is_plain = message.timeout.is_none()
            && message.expiration.is_none()
            && message.object.is_none()
            && message.expr.is_none()
            && message.exprs.is_empty()
            && message.userdata.is_none_or(is_only_flags)
            && message.unknown.is_empty()
            && unknown_flags(message) == 0;
        if !is_plain {
            return Ok(None);
        }
        let width = usize::from(self.layout.data);
        match &message.data {
            None if width == 0 && self.shape.data == DataShape::None => Ok(Some(Data::default())),
            Some(ElementData::Value(bytes)) if width > 0 => self.turned_data(bytes, width).map(Some),
            None | Some(_) => Ok(None),
        }
    }

    fn turned_data(&self, bytes: &[u8], width: usize) -> Result<Data, Error> {
        if bytes.len() != width {
            return Err(Error::Width { attribute: NFTA_SET_ELEM_LIST_ELEMENTS, found: bytes.len() });
        }
        let mut data = Data::new(bytes);
        reorder(&mut data, &self.data_reversals);
        Ok(data)
    }

    fn odd_element(&self, message: &ElementMessage<'_>, key: Option<Expr>) -> Result<Element, Error> {
        let mut element = Element { key, ..Element::catch_all() };
        element.timeout = message.timeout;
        element.expires = message.expiration;
        let mut unknown = UnknownParts { flags: unknown_flags(message), ..UnknownParts::default() };
        unknown.attributes = keep(&message.unknown);
        for record in Tlvs::new(message.userdata.unwrap_or_default()).map_while(Result::ok) {
            match record.kind {
                COMMENT => element.comment = Some(record.text().into()),
                // Ranges without an end are told from the bounds.
                FLAGS => {}
                kind => push_tlv(&mut unknown.records, kind, record.payload)?,
            }
        }
        for (place, instruction) in message.expr.as_deref().into_iter().chain(&message.exprs).enumerate() {
            match stateful::delinearize(instruction) {
                Some(stmt) => element.stmts.push(stmt),
                None => unknown.instructions.push((place, instruction.clone())),
            }
        }
        element.unknown = (!unknown.is_empty()).then(|| Box::new(unknown));
        element.data = match (&message.data, message.object.as_deref()) {
            (Some(ElementData::Value(bytes)), _) => {
                unpack_data(&self.shape, &self.turned_data(bytes, self.shape.data.width())?)
            }
            (Some(ElementData::Verdict(verdict)), _) => Some(Expr::Verdict(Box::new(read_verdict(verdict)))),
            (None, Some(name)) => {
                Some(Expr::Value(Value { ty: DataType::STRING, repr: Repr::Str(name.trim_end_matches('\0').into()) }))
            }
            (None, None) => None,
        };
        Ok(element)
    }

    /// Puts ranges together. A dump counts down; where a range ends and the next begins, both stand at one key.
    fn ranges(&mut self) {
        let width = usize::from(self.layout.key).max(1);
        let bounds = std::mem::take(&mut self.bounds);
        let keys: Vec<&[u8]> = bounds.chunks_exact(width).collect();
        let mut order: Vec<u32> = (0..).take(keys.len()).collect();
        let key = |number: u32| keys.get(number as usize).copied().unwrap_or_default();
        if order.is_sorted_by(|left, right| key(*left) >= key(*right)) {
            order.reverse();
        } else {
            order.sort_by_key(|number| key(*number));
        }
        let mut odd: Vec<Option<Element>> = self.odd.drain(..).map(|(_, element)| Some(element)).collect();
        let marks = std::mem::take(&mut self.marks);
        let mut open: Option<(&[u8], Mark)> = None;
        for number in order {
            let (at, Some(mark)) = (key(number), marks.get(number as usize).copied()) else { continue };
            match open {
                // Of a range that ended where this one begins; or the element is a double.
                Some((low, _)) if low == at => continue,
                Some((low, start)) => self.close(low, &before(at), start, &mut odd),
                None => {}
            }
            open = (mark != Mark::End).then_some((at, mark));
        }
        if let Some((low, start)) = open {
            let last = last_key(width, self.shape.key_bits());
            self.close(low, &last, start, &mut odd);
        }
    }

    fn close(&mut self, low: &[u8], high: &[u8], start: Mark, odd: &mut [Option<Element>]) {
        match start {
            Mark::End => {}
            Mark::Plain(number) => {
                let width = usize::from(self.layout.data);
                let from = number as usize * width;
                let data = self.data.get(from..from + width).unwrap_or_default();
                if data.len() != width {
                    return;
                }
                if low == high {
                    self.elements.push_point(low, data);
                } else {
                    self.elements.push_range(low, high, data);
                }
            }
            Mark::Odd(number) => {
                if let Some(element) = odd.get_mut(number as usize).and_then(Option::take) {
                    let key = Some(unpack_key(&self.shape.key, low, high));
                    self.elements.push(Element { key, ..element });
                }
            }
        }
    }
}

/// Whether a pulled set has as many elements as the kernel says (Linux 6.18; before, nothing can be said).
///
/// The dump of a hash that is being resized can miss elements without any error. The caller dumps the set again then, but only so
/// often: elements that have run out are counted until they are collected.
#[must_use]
pub fn is_complete(set: &Set) -> bool {
    // `*` is not counted.
    let catch_all = set.elements.others().iter().filter(|element| element.key.is_none()).count();
    let found = set.elements.len() - catch_all;
    set.count.is_none_or(|count| usize::try_from(count).is_ok_and(|count| found >= count))
}

/// Bits of an element's flags whose meaning is not known.
fn unknown_flags(message: &ElementMessage<'_>) -> u32 {
    message.flags.unwrap_or(0) & !(NFT_SET_ELEM_CATCHALL | NFT_SET_ELEM_INTERVAL_END)
}

/// Whether userdata holds nothing but flags.
fn is_only_flags(userdata: &[u8]) -> bool {
    Tlvs::new(userdata).all(|record| record.is_ok_and(|record| record.kind == FLAGS))
}

pub(crate) fn read_verdict(verdict: &bytecode::Verdict) -> Verdict {
    let target = |chain: &bytecode::ChainRef| match chain {
        bytecode::ChainRef::Name(name) => JumpTarget::Chain(ChainName::received(name)),
        // The kernel tells names; numbers are for chains of the batch that is sent.
        bytecode::ChainRef::Id(id) => JumpTarget::Chain(ChainName::received(&format!("__chain{id}"))),
    };
    match verdict {
        bytecode::Verdict::Accept => Verdict::Accept,
        bytecode::Verdict::Drop => Verdict::Drop,
        bytecode::Verdict::Continue => Verdict::Continue,
        bytecode::Verdict::Return => Verdict::Return,
        bytecode::Verdict::Jump(chain) => Verdict::Jump(target(chain)),
        bytecode::Verdict::Goto(chain) => Verdict::Goto(target(chain)),
        bytecode::Verdict::Break => Verdict::Other(crate::uapi::nf_tables::NFT_BREAK),
        bytecode::Verdict::Other(code) => Verdict::Other(*code),
    }
}

/// The key before; that before zero is zero.
fn before(key: &[u8]) -> Data {
    let mut key = Data::new(key);
    if key.iter().all(|&byte| byte == 0) {
        return key;
    }
    for byte in key.iter_mut().rev() {
        let (less, borrow) = byte.overflowing_sub(1);
        *byte = less;
        if !borrow {
            break;
        }
    }
    key
}

/// The last key of so many bits.
fn last_key(width: usize, bits: u32) -> Data {
    let mut key = Data::zeroed(width);
    key.fill(0xff);
    let unused = u32::try_from(width * 8).unwrap_or(0).saturating_sub(bits).min(7);
    if let Some(first) = key.first_mut() {
        *first >>= unused;
    }
    key
}

/// Sorts packed sets of flags by their lowest flag, as nft does, and drops doubles; with the same lowest flag they stay in the
/// kernel's order.
fn sort_flags(elements: &mut Elements) {
    let layout = elements.layout();
    let stride = usize::from(layout.key) + usize::from(layout.data);
    let points = elements.points_mut();
    if stride == 0 {
        return;
    }
    let mut seen = std::collections::HashSet::new();
    let mut chunks: Vec<&[u8]> = points.chunks_exact(stride).filter(|chunk| seen.insert(*chunk)).collect();
    chunks.sort_by_key(|chunk| {
        let key = chunk.get(..usize::from(layout.key)).unwrap_or_default();
        key.iter().rev().position(|&byte| byte != 0).map(|zeros| {
            let byte = key.iter().rev().nth(zeros).copied().unwrap_or(0);
            zeros * 8 + byte.trailing_zeros() as usize
        })
    });
    *points = chunks.concat();
}

/// Sorts packed elements by key and drops doubles.
pub(crate) fn sort_points(elements: &mut Elements) {
    let layout = elements.layout();
    let stride = usize::from(layout.key) + usize::from(layout.data);
    sort_packed(elements.points_mut(), stride);
}

/// Sorts packed ranges by their first key and drops doubles.
pub(crate) fn sort_ranges(elements: &mut Elements) {
    let layout = elements.layout();
    let stride = 2 * usize::from(layout.key) + usize::from(layout.data);
    sort_packed(elements.ranges_mut(), stride);
}

/// What is written is mostly in order, with a few elements elsewhere: so the sorts are those that find runs.
fn sort_packed(bytes: &mut Vec<u8>, stride: usize) {
    if stride == 0 || bytes.chunks_exact(stride).is_sorted_by(|left, right| left < right) {
        return;
    }
    *bytes = match stride {
        ..=4 => sorted::<4>(bytes, stride),
        5..=8 => sorted::<8>(bytes, stride),
        9..=16 => sorted::<16>(bytes, stride),
        _ => {
            let mut chunks: Vec<&[u8]> = bytes.chunks_exact(stride).collect();
            chunks.sort();
            chunks.dedup();
            chunks.concat()
        }
    };
}

/// Elements of up to `N` bytes, sorted as numbers, which compare faster than slices.
fn sorted<const N: usize>(points: &[u8], stride: usize) -> Vec<u8> {
    let mut numbers: Vec<u128> = Vec::new();
    let mut short: Vec<u64> = Vec::new();
    let chunks = points.chunks_exact(stride);
    let mut bytes = Vec::with_capacity(points.len());
    if N <= 8 {
        short.extend(chunks.map(|chunk| chunk.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))));
        short.sort();
        short.dedup();
        short.iter().for_each(|number| bytes.extend(number.to_be_bytes().iter().skip(8 - stride)));
    } else {
        numbers.extend(chunks.map(|chunk| chunk.iter().fold(0, |number, &byte| number << 8 | u128::from(byte))));
        numbers.sort();
        numbers.dedup();
        numbers.iter().for_each(|number| bytes.extend(number.to_be_bytes().iter().skip(16 - stride)));
    }
    bytes
}
