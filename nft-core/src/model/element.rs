//! Elements of sets and maps.

use std::hash::{Hash, Hasher};

use super::{Expr, Stmt};
use crate::bytecode::Instruction;

/// An element with everything that may be written at it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Element {
    /// The key: value, prefix, range, concatenation of them; nothing for `*`, which catches all other keys.
    pub key: Option<Expr>,
    /// What a map says of the key: a value, range, concatenation, a [`Expr::Verdict`], or for object maps the object's name as
    /// a constant of type `string`.
    pub data: Option<Expr>,
    /// `timeout 1h`, in milliseconds; 0 is `timeout never`.
    pub timeout: Option<u64>,
    /// `expires 10s`, in milliseconds.
    pub expires: Option<u64>,
    /// `comment "…"`.
    pub comment: Option<Box<str>>,
    /// `counter` and the like.
    pub stmts: Vec<Stmt>,
    /// What of a pulled element this library does not know.
    pub unknown: Option<Box<UnknownParts>>,
}

/// What of a pulled element this library does not know: it is sent again as it came, and counts where elements are compared.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct UnknownParts {
    /// Bits of its flags (`NFT_SET_ELEM_*`).
    pub flags: u32,
    /// Userdata records.
    pub records: Vec<u8>,
    /// Attributes, encoded.
    pub attributes: Vec<u8>,
    /// Instructions that are no statement, and the place of each among all of the element.
    pub instructions: Vec<(usize, Instruction)>,
}

impl UnknownParts {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Hash for UnknownParts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.flags, &self.records, &self.attributes, self.instructions.len()).hash(state);
    }
}

impl Element {
    /// An element that is only a key.
    #[must_use]
    pub const fn new(key: Expr) -> Self {
        Self { key: Some(key), data: None, timeout: None, expires: None, comment: None, stmts: Vec::new(), unknown: None }
    }

    /// `*`.
    #[must_use]
    pub const fn catch_all() -> Self {
        Self { key: None, data: None, timeout: None, expires: None, comment: None, stmts: Vec::new(), unknown: None }
    }

    /// The same with data.
    #[must_use]
    pub fn with_data(self, data: Expr) -> Self {
        Self { data: Some(data), ..self }
    }

    /// Whether it is only a key, or a key and data.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.timeout.is_none()
            && self.expires.is_none()
            && self.comment.is_none()
            && self.stmts.is_empty()
            && self.unknown.is_none()
    }
}

/// How packed elements are laid out.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Layout {
    /// Bytes of a key: the width of a single field, or the sum of a concatenation's, each rounded up to 4.
    pub key: u16,
    /// Bytes of a map's data, likewise; 0 for sets, verdict maps and object maps.
    pub data: u16,
}

/// The elements of a named set or map.
///
/// Plain elements of known width are packed: fields one after the other, each as a number with its most significant byte
/// first whatever its byte order on the wire (so that comparing bytes compares numbers), strings padded with NUL behind; in
/// concatenations padded with NUL behind to a multiple of 4 bytes. All others are [`Element`]s. Equality compares packed ones
/// in their order and the others in theirs.
///
/// The kernel keeps no order, except in sets with ranges over a concatenation. There all plain elements are ranges, single keys
/// with the same key twice, and [`in_order`](Self::in_order) tells where the others stand between them.
#[derive(Clone, Debug, Default)]
pub struct Elements {
    layout: Layout,
    points: Vec<u8>,
    ranges: Vec<u8>,
    others: Vec<Element>,
    /// For each of the others, how many ranges stand before it.
    places: Vec<usize>,
}

/// An element of [`Elements::in_order`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two ways to keep an element")]
pub enum Entry<'a> {
    /// A packed one: lowest key, highest key, data.
    Range(&'a [u8], &'a [u8], &'a [u8]),
    /// Another.
    Other(&'a Element),
}

impl PartialEq for Elements {
    fn eq(&self, other: &Self) -> bool {
        (self.layout, &self.points, &self.ranges, &self.others) == (other.layout, &other.points, &other.ranges, &other.others)
    }
}

impl Eq for Elements {}

impl Layout {
    /// A layout.
    #[must_use]
    pub const fn new(key: u16, data: u16) -> Self {
        Self { key, data }
    }
}

impl Elements {
    /// No elements yet, to be packed like that.
    #[must_use]
    pub const fn new(layout: Layout) -> Self {
        Self { layout, points: Vec::new(), ranges: Vec::new(), others: Vec::new(), places: Vec::new() }
    }

    /// Adds a plain element with one key: the bytes of the key and then of the data.
    ///
    /// # Panics
    ///
    /// If they are not as many as the layout says.
    pub fn push_point(&mut self, key: &[u8], data: &[u8]) {
        assert!(
            key.len() == usize::from(self.layout.key) && data.len() == usize::from(self.layout.data),
            "width of an element"
        );
        self.points.extend_from_slice(key);
        self.points.extend_from_slice(data);
    }

    /// Adds a plain element for all keys from `low` to `high`, both included; of a concatenation, field by field.
    ///
    /// # Panics
    ///
    /// If the bytes are not as many as the layout says.
    pub fn push_range(&mut self, low: &[u8], high: &[u8], data: &[u8]) {
        let key = usize::from(self.layout.key);
        assert!(low.len() == key && high.len() == key && data.len() == usize::from(self.layout.data), "width of an element");
        self.ranges.extend_from_slice(low);
        self.ranges.extend_from_slice(high);
        self.ranges.extend_from_slice(data);
    }

    /// Adds an element that cannot be packed.
    pub fn push(&mut self, element: Element) {
        self.places.resize(self.others.len(), usize::MAX);
        let place = self.ranges().len();
        self.places.push(place);
        self.others.push(element);
    }

    /// Appends the elements of another list of the same layout.
    ///
    /// # Panics
    ///
    /// If the layouts differ and the other has packed elements.
    pub fn append(&mut self, mut other: Self) {
        assert!(self.layout == other.layout || (other.points.is_empty() && other.ranges.is_empty()), "layouts differ");
        let before = self.ranges().len();
        self.places.resize(self.others.len(), usize::MAX);
        self.places.extend(other.places.iter().map(|place| place.saturating_add(before)));
        if self.points.is_empty() {
            self.points = other.points;
        } else {
            self.points.append(&mut other.points);
        }
        if self.ranges.is_empty() {
            self.ranges = other.ranges;
        } else {
            self.ranges.append(&mut other.ranges);
        }
        self.others.append(&mut other.others);
    }

    /// How plain elements are packed.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// The plain elements with one key: key and data.
    pub fn points(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        let key = usize::from(self.layout.key);
        self.points.chunks_exact((key + usize::from(self.layout.data)).max(1)).map(move |bytes| bytes.split_at(key))
    }

    /// The plain elements with a range of keys: lowest, highest, data.
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8], &[u8])> + Clone {
        let key = usize::from(self.layout.key);
        self.ranges.chunks_exact((2 * key + usize::from(self.layout.data)).max(1)).map(move |bytes| {
            let (low, rest) = bytes.split_at(key);
            let (high, data) = rest.split_at(key);
            (low, high, data)
        })
    }

    /// The plain element with one key of that number, from 0.
    #[must_use]
    pub fn point(&self, number: usize) -> Option<(&[u8], &[u8])> {
        let (key, data) = (usize::from(self.layout.key), usize::from(self.layout.data));
        Some(self.points.get(number.checked_mul(key + data)?..)?.get(..key + data)?.split_at(key))
    }

    /// The plain element with a range of keys of that number, from 0.
    #[must_use]
    pub fn range(&self, number: usize) -> Option<(&[u8], &[u8], &[u8])> {
        let (key, data) = (usize::from(self.layout.key), usize::from(self.layout.data));
        let width = 2 * key + data;
        let (low, rest) = self.ranges.get(number.checked_mul(width)?..)?.get(..width)?.split_at(key);
        let (high, data) = rest.split_at(key);
        Some((low, high, data))
    }

    /// The bytes of all plain elements with one key.
    pub(crate) fn points_bytes(&self) -> &[u8] {
        &self.points
    }

    /// The bytes of all plain elements with a range of keys.
    pub(crate) fn ranges_bytes(&self) -> &[u8] {
        &self.ranges
    }

    /// The bytes of all plain elements with a range of keys, to change them.
    pub(crate) const fn ranges_mut(&mut self) -> &mut Vec<u8> {
        &mut self.ranges
    }

    /// The bytes of all plain elements with one key, to change them.
    pub(crate) const fn points_mut(&mut self) -> &mut Vec<u8> {
        &mut self.points
    }

    /// The other elements.
    #[must_use]
    pub fn others(&self) -> &[Element] {
        &self.others
    }

    /// Ranges and other elements in the order in which they were added.
    pub fn in_order(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut ranges = self.ranges().enumerate().peekable();
        let places = self.places.iter().copied().chain(std::iter::repeat(usize::MAX));
        let mut others = self.others.iter().zip(places).peekable();
        std::iter::from_fn(move || {
            let next = ranges.peek().map(|(number, _)| *number);
            if let Some((element, _)) = others.next_if(|(_, place)| next.is_none_or(|next| *place <= next)) {
                return Some(Entry::Other(element));
            }
            ranges.next().map(|(_, (low, high, data))| Entry::Range(low, high, data))
        })
    }

    /// The other elements, to change them.
    pub const fn others_mut(&mut self) -> &mut Vec<Element> {
        &mut self.others
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points().len() + self.ranges().len() + self.others.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.points.is_empty() && self.ranges.is_empty() && self.others.is_empty()
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.points.clear();
        self.ranges.clear();
        self.others.clear();
        self.places.clear();
    }
}
