//! Elements of named sets: the form in which two lists of them are compared, and what differs.

use std::collections::{HashMap, HashSet};

use super::canonical;
use crate::environment::{Environment, NoEnvironment};
use crate::error::{Error, ErrorKind};
use crate::model::{Element, Elements, Expr, Set, Stmt};
use crate::set::{self, Collector, DataShape, Purpose, Shape, Target, WriteContext};
use crate::uapi::nf_tables::NFT_MSG_NEWSETELEM;
use crate::wire::{Header, Messages, Writer};

/// What has to go and what has to come.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Difference {
    pub(super) remove: Elements,
    pub(super) add: Elements,
}

/// The elements of a set as the kernel would give them back: sorted, without doubles, ranges merged, state left out.
pub(super) fn normalized(set: &Set, shape: &Shape, environment: &dyn Environment) -> Result<Elements, Error> {
    // Single keys in a hash need nothing but their order; nor do keys and ranges that are apart.
    let packed = set.elements.others().is_empty() && usize::from(set.elements.layout().key) == shape.key_width();
    let plain = packed && set.elements.ranges().len() == 0 && !shape.interval;
    let apart = packed && shape.interval && !shape.is_concat() && shape.data == DataShape::None;
    if plain || apart {
        let mut elements = set.elements.clone();
        sort(&mut elements);
        if plain || are_apart(&elements, set.auto_merge) {
            return settled(elements, set, shape, environment);
        }
    }
    let elements = collected(&set.elements, set.auto_merge, shape, shape, environment)?;
    settled(elements, set, shape, environment)
}

/// Whether no two of these sorted keys and ranges have a key in common, and each range has more than one. Those that touch are one where
/// they are merged.
fn are_apart(elements: &Elements, merged: bool) -> bool {
    let (mut points, mut ranges) = (elements.points().peekable(), elements.ranges().peekable());
    let mut last: Option<&[u8]> = None;
    loop {
        let point_first = match (points.peek(), ranges.peek()) {
            (Some((key, _)), Some((low, ..))) => key < low,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return true,
        };
        let next = if point_first {
            points.next().map(|(key, _)| (key, key))
        } else {
            ranges.next().filter(|(low, high, _)| low < high).map(|(low, high, _)| (low, high))
        };
        let Some((low, high)) = next else { return false };
        if last.is_some_and(|last| last >= low || (merged && follows(last, low))) {
            return false;
        }
        last = Some(high);
    }
}

/// Whether a key is the next one after another.
fn follows(key: &[u8], next: &[u8]) -> bool {
    let (mut is_one_more, mut carry) = (key.len() == next.len(), true);
    for (byte, found) in key.iter().zip(next).rev() {
        let (sum, over) = byte.overflowing_add(u8::from(carry));
        (is_one_more, carry) = (is_one_more && sum == *found, over);
    }
    is_one_more && !carry
}

/// Leaves out what the kernel gives besides what was written: state, and what comes from the head of the set.
pub(crate) fn settled(
    mut elements: Elements,
    set: &Set,
    shape: &Shape,
    environment: &dyn Environment,
) -> Result<Elements, Error> {
    forget(&mut elements, set);
    if elements.others().iter().any(|element| element.key.is_some() && element.is_plain() && is_packed(element, shape)) {
        elements = collected(&elements, false, shape, shape, environment)?;
    }
    sort(&mut elements);
    Ok(elements)
}

/// The elements with the time-out that each has, said or not: when that of the set changes, those that are there keep theirs, and those that
/// come in the same batch get the old one.
pub(super) fn with_timeouts(elements: &Elements, set: &Set, shape: &Shape) -> Elements {
    let timeout = Some(set.timeout.map_or(0, canonical::time));
    let mut explicit = Elements::new(elements.layout());
    let mut packed = |low: &[u8], high: &[u8], data: &[u8]| {
        let key = Some(set::unpack_key(&shape.key, low, high));
        explicit.push(Element { key, data: set::unpack_data(shape, data), timeout, ..Element::catch_all() });
    };
    elements.points().for_each(|(key, data)| packed(key, key, data));
    elements.ranges().for_each(|(low, high, data)| packed(low, high, data));
    for element in elements.others() {
        explicit.push(Element { timeout: element.timeout.or(timeout), ..element.clone() });
    }
    explicit
}

/// Whether an element that says nothing else is packed.
const fn is_packed(element: &Element, shape: &Shape) -> bool {
    match shape.data {
        DataShape::None => element.data.is_none(),
        DataShape::Value { interval, .. } => !interval,
        DataShape::Verdict | DataShape::Object(_) => false,
    }
}

/// Takes elements of a set without ranges in, or out.
pub(crate) fn apply(elements: &mut Elements, changed: Elements, come: bool, shape: &Shape) -> Result<(), Error> {
    let layout = elements.layout();
    let (width, stride) = (usize::from(layout.key), usize::from(layout.key) + usize::from(layout.data));
    if layout != changed.layout() || stride == 0 {
        return Err(Error::new(ErrorKind::Reply, "elements of another width than the set's"));
    }
    let find = |points: &[u8], key: &[u8]| {
        let (mut low, mut high) = (0, points.len() / stride);
        while low < high {
            let middle = usize::midpoint(low, high);
            let at = points.get(middle * stride..middle * stride + width).unwrap_or_default();
            if at < key { low = middle + 1 } else { high = middle }
        }
        let found = points.get(low * stride..low * stride + width) == Some(key);
        (low * stride, found)
    };
    let take_out = |elements: &mut Elements, key: &[u8], expr: Option<&Expr>| {
        let (at, found) = find(elements.points_bytes(), key);
        if found {
            elements.points_mut().drain(at..at + stride);
        }
        if let Some(expr) = expr {
            elements.others_mut().retain(|other| other.key.as_ref() != Some(expr));
        }
    };
    for (key, data) in changed.points() {
        let expr = (!elements.others().is_empty()).then(|| set::unpack_key(&shape.key, key, key));
        take_out(elements, key, expr.as_ref());
        if come {
            let (at, _) = find(elements.points_bytes(), key);
            elements.points_mut().splice(at..at, key.iter().chain(data).copied());
        }
    }
    for element in changed.others() {
        match &element.key {
            Some(expr) => {
                let (key, _) = set::pack_key(expr, &shape.key, &NoEnvironment)?;
                take_out(elements, &key, Some(expr));
            }
            None => elements.others_mut().retain(|other| other.key.is_some()),
        }
        if come {
            elements.push(element.clone());
        }
    }
    Ok(())
}

/// Sorts packed elements, which the listing may want in another order.
pub(crate) fn sort(elements: &mut Elements) {
    set::sort_points(elements);
    set::sort_ranges(elements);
}

/// Through the kernel's form and back, to be packed for another shape.
pub(super) fn collected(
    elements: &Elements,
    auto_merge: bool,
    shape: &Shape,
    other: &Shape,
    environment: &dyn Environment,
) -> Result<Elements, Error> {
    let header = Header::nftables(NFT_MSG_NEWSETELEM, 0, 0);
    let context = WriteContext { shape, auto_merge, environment };
    let target = Target { table: "", set: "", id: None };
    let mut writer = Writer::new();
    set::write_elements(elements, &context, Purpose::Change, &target, &header, &mut writer)?;
    let mut collector = Collector::new(other.clone());
    for message in Messages::new(&writer.finish()?) {
        collector.add(message?.reader())?;
    }
    Ok(collector.finish())
}

fn forget(elements: &mut Elements, set: &Set) {
    let mut of_set = set.stmts.clone();
    of_set.iter_mut().for_each(forget_state);
    for element in elements.others_mut() {
        element.expires = None;
        element.timeout = element.timeout.map(canonical::time).filter(|time| set.timeout.map(canonical::time) != Some(*time));
        element.stmts.iter_mut().for_each(forget_state);
        if element.stmts == of_set {
            element.stmts.clear();
        }
    }
}

const fn forget_state(stmt: &mut Stmt) {
    match stmt {
        Stmt::Counter { packets, bytes } => (*packets, *bytes) = (0, 0),
        Stmt::Quota(quota) => quota.used = 0,
        Stmt::Last(last) => last.used = None,
        _ => {}
    }
}

/// What differs between two lists in that form, of sets of that shape. With `learned`, elements that are not wanted came from rules and stay,
/// and those that are there count whatever else is said of them.
pub(super) fn difference(
    old: &Elements,
    new: &Elements,
    learned: bool,
    shape: &Shape,
    environment: &dyn Environment,
) -> Result<Difference, Error> {
    let layout = new.layout();
    let mut found = Difference { remove: Elements::new(layout), add: Elements::new(layout) };
    if old == new {
        return Ok(found);
    }
    let width = usize::from(layout.key);
    walk(old.points_bytes(), new.points_bytes(), width + usize::from(layout.data), &mut |side, bytes| {
        let (key, data) = bytes.split_at(width.min(bytes.len()));
        match side {
            Side::Old => found.remove.push_point(key, data),
            Side::New => found.add.push_point(key, data),
        }
    });
    walk(old.ranges_bytes(), new.ranges_bytes(), 2 * width + usize::from(layout.data), &mut |side, bytes| {
        let (low, rest) = bytes.split_at(width.min(bytes.len()));
        let (high, data) = rest.split_at(width.min(rest.len()));
        match side {
            Side::Old => found.remove.push_range(low, high, data),
            Side::New => found.add.push_range(low, high, data),
        }
    });
    others(old.others(), new.others(), &mut found);
    if learned {
        keep_learned(&mut found, shape, environment)?;
    }
    Ok(found)
}

fn others(old: &[Element], new: &[Element], found: &mut Difference) {
    let mut left: HashMap<&Element, usize> = HashMap::with_capacity(old.len());
    for element in old {
        *left.entry(element).or_default() += 1;
    }
    for element in new {
        match left.get_mut(element).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => found.add.push(element.clone()),
        }
    }
    for element in old {
        if let Some(count) = left.get_mut(element).filter(|count| **count > 0) {
            *count -= 1;
            found.remove.push(element.clone());
        }
    }
}

/// Nothing goes, and what has the key of something that is there does not come.
fn keep_learned(found: &mut Difference, shape: &Shape, environment: &dyn Environment) -> Result<(), Error> {
    let packed = |element: &Element| match &element.key {
        Some(key) => set::pack_key(key, &shape.key, environment).map(|(low, high)| (low.to_vec(), high.to_vec())),
        None => Ok(Default::default()),
    };
    let mut there: HashSet<(Vec<u8>, Vec<u8>)> = HashSet::new();
    there.extend(found.remove.points().map(|(key, _)| (key.to_vec(), key.to_vec())));
    there.extend(found.remove.ranges().map(|(low, high, _)| (low.to_vec(), high.to_vec())));
    for element in found.remove.others() {
        there.insert(packed(element)?);
    }
    let layout = found.add.layout();
    let mut add = Elements::new(layout);
    for (key, data) in found.add.points().filter(|(key, _)| !there.contains(&(key.to_vec(), key.to_vec()))) {
        add.push_point(key, data);
    }
    for (low, high, data) in found.add.ranges().filter(|(low, high, _)| !there.contains(&(low.to_vec(), high.to_vec()))) {
        add.push_range(low, high, data);
    }
    for element in found.add.others() {
        if !there.contains(&packed(element)?) {
            add.push(element.clone());
        }
    }
    *found = Difference { remove: Elements::new(layout), add };
    Ok(())
}

#[derive(Clone, Copy)]
enum Side {
    Old,
    New,
}

/// Goes along two sorted lists of packed entries and gives those that only one has.
fn walk(old: &[u8], new: &[u8], stride: usize, only: &mut dyn FnMut(Side, &[u8])) {
    if old == new || stride == 0 {
        return;
    }
    let (mut left, mut right) = (old.chunks_exact(stride).peekable(), new.chunks_exact(stride).peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(&a), Some(&b)) => match a.cmp(b) {
                std::cmp::Ordering::Less => {
                    only(Side::Old, a);
                    left.next();
                }
                std::cmp::Ordering::Greater => {
                    only(Side::New, b);
                    right.next();
                }
                std::cmp::Ordering::Equal => {
                    left.next();
                    right.next();
                }
            },
            (Some(&a), None) => {
                only(Side::Old, a);
                left.next();
            }
            (None, Some(&b)) => {
                only(Side::New, b);
                right.next();
            }
            (None, None) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{KeyType, SetFlags};
    use crate::name::SetName;
    use crate::schema::{DataType, Family};

    /// What needs no way through the kernel's form is what comes back from it.
    #[test]
    fn apart_is_as_through_the_kernel() {
        let mut state = 1_u32;
        let mut random = |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % limit
        };
        let mut apart = 0;
        for turn in 0..4000 {
            let mut set = Set::new(SetName::new("s").unwrap(), KeyType::single(DataType::IPV4_ADDR));
            set.flags |= SetFlags::INTERVAL;
            set.auto_merge = turn % 2 == 0;
            // At the end of a byte, and at both ends of all keys.
            let base = [0, 250, u32::MAX - 20][turn % 3];
            for _ in 0..random(5) {
                let low = base + random(16);
                let high = low + random(5).min(u32::MAX - low);
                if random(3) == 0 {
                    set.elements.push_point(&low.to_be_bytes(), &[]);
                } else {
                    set.elements.push_range(&low.to_be_bytes(), &high.to_be_bytes(), &[]);
                }
            }
            let shape = Shape::of(&set, Family::Ip);
            let slow = collected(&set.elements, set.auto_merge, &shape, &shape, &NoEnvironment)
                .and_then(|elements| settled(elements, &set, &shape, &NoEnvironment));
            let mut sorted = set.elements.clone();
            sort(&mut sorted);
            apart += u32::from(are_apart(&sorted, set.auto_merge));
            let found = normalized(&set, &shape, &NoEnvironment);
            assert_eq!(found.ok(), slow.ok(), "{:?} merged: {}", set.elements, set.auto_merge);
        }
        assert!((1000..3900).contains(&apart), "{apart}");
    }

    #[test]
    fn one_key_follows_another() {
        for (key, next, expected) in [
            ([0, 1], [0, 2], true),
            ([0, 255], [1, 0], true),
            ([255, 255], [0, 0], false),
            ([0, 1], [0, 1], false),
            ([0, 1], [1, 2], false),
            ([0, 255], [0, 0], false),
        ] {
            assert_eq!(follows(&key, &next), expected, "{key:?} {next:?}");
        }
    }
}
