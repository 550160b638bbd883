//! Changes of sets with `auto-merge`, against what the set holds.
//!
//! The kernel knows no overlapping ranges: who adds a range that touches others removes them and adds the whole, and who deletes a
//! part of one removes it and adds the rest.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use super::interval::{Bound, Wide};
use super::{Shape, pack_key, unpack_key};
use crate::environment::Environment;
use crate::error::Error;
use crate::model::{Element, Elements, Layout, Origin};
use crate::wire::Data;

/// What a change of a set comes down to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what goes and what comes")]
pub struct Change {
    /// Elements to remove, before others are added.
    pub remove: Elements,
    /// Elements to add.
    pub add: Elements,
    /// What the set holds then.
    pub after: Elements,
}

/// Whether elements come or go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Operation {
    /// They come.
    Add,
    /// They go; each must be part of one that is there.
    Delete,
}

/// One of several changes of a set.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what is done, with what, and where that was written")]
pub struct Edit<'e> {
    /// Whether elements come or go.
    pub operation: Operation,
    /// Which.
    pub elements: Cow<'e, Elements>,
    /// Where that was written.
    pub origin: Origin,
}

/// What adding and deleting elements, one edit after the other, does to a set with `auto-merge` that holds `held`.
///
/// # Errors
///
/// An element to delete is not there, does not fit the set's type, or a name is not known.
pub fn change(held: &Elements, edits: &[Edit<'_>], shape: &Shape, environment: &dyn Environment) -> Result<Change, Error> {
    match shape.key_width() {
        ..=8 => ranges::<u64>(held, edits, shape, environment),
        9..=16 => ranges::<u128>(held, edits, shape, environment),
        _ => ranges::<Wide>(held, edits, shape, environment),
    }
}

/// The end of a range, and what is written at it.
type Ranges<'e, B> = BTreeMap<B, (B, Option<&'e Element>)>;

fn ranges<B: Bound>(
    held: &Elements,
    edits: &[Edit<'_>],
    shape: &Shape,
    environment: &dyn Environment,
) -> Result<Change, Error> {
    let before: Ranges<'_, B> = read(held, shape, environment)?.into_iter().collect();
    let mut after = before.clone();
    for edit in edits {
        for (low, (high, element)) in read(&edit.elements, shape, environment)? {
            match edit.operation {
                Operation::Add => add(&mut after, low, high, element, shape.key_bits()),
                Operation::Delete => {
                    delete(&mut after, low, high, shape.key_bits()).map_err(|error| error.with_origin(edit.origin))?;
                }
            }
        }
    }
    let layout = Layout::new(u16::try_from(shape.key_width()).unwrap_or(0), 0);
    let mut change = Change { remove: Elements::new(layout), add: Elements::new(layout), after: Elements::new(layout) };
    for (low, range) in &before {
        if after.get(low) != Some(range) {
            push(&mut change.remove, *low, *range, shape);
        }
    }
    for (low, range) in &after {
        if before.get(low) != Some(range) {
            push(&mut change.add, *low, *range, shape);
        }
        push(&mut change.after, *low, *range, shape);
    }
    catch_all(held, edits, &mut change)?;
    Ok(change)
}

fn catch_all(held: &Elements, edits: &[Edit<'_>], change: &mut Change) -> Result<(), Error> {
    fn find(elements: &Elements) -> Option<&Element> {
        elements.others().iter().find(|element| element.key.is_none())
    }
    let before = find(held);
    let mut after = before;
    for edit in edits {
        match (after, find(&edit.elements), edit.operation) {
            (_, None, _) | (Some(_), Some(_), Operation::Add) => {}
            (None, new, Operation::Add) => after = new,
            (Some(_), Some(_), Operation::Delete) => after = None,
            (None, Some(_), Operation::Delete) => {
                return Err(Error::source_text("element does not exist").with_origin(edit.origin));
            }
        }
    }
    change.after.others_mut().extend(after.cloned());
    if before != after {
        change.remove.others_mut().extend(before.cloned());
        change.add.others_mut().extend(after.cloned());
    }
    Ok(())
}

type Range<'e, B> = (B, (B, Option<&'e Element>));

fn read<'e, B: Bound>(
    elements: &'e Elements,
    shape: &Shape,
    environment: &dyn Environment,
) -> Result<Vec<Range<'e, B>>, Error> {
    let mut ranges = Vec::with_capacity(elements.len());
    ranges.extend(elements.points().map(|(key, _)| (B::read(key), (B::read(key), None))));
    ranges.extend(elements.ranges().map(|(low, high, _)| (B::read(low), (B::read(high), None))));
    for element in elements.others() {
        if let Some(key) = &element.key {
            let (low, high) = pack_key(key, &shape.key, environment)?;
            ranges.push((B::read(&low), (B::read(&high), Some(element))));
        }
    }
    Ok(ranges)
}

/// The last range that begins at this key or before.
fn at_or_before<'e, B: Bound>(ranges: &Ranges<'e, B>, key: B) -> Option<Range<'e, B>> {
    ranges.range((Unbounded, Included(key))).next_back().map(|(low, range)| (*low, *range))
}

fn add<'e, B: Bound>(ranges: &mut Ranges<'e, B>, mut low: B, mut high: B, element: Option<&'e Element>, bits: u32) {
    if let Some((start, (end, _))) = at_or_before(ranges, low)
        && (end >= low || end.next(bits) == Some(low))
    {
        if end >= high {
            return;
        }
        ranges.remove(&start);
        low = start;
    }
    loop {
        let next = ranges.range((Excluded(low), Unbounded)).next().or_else(|| ranges.get_key_value(&low));
        let Some((start, end)) = next.map(|(start, (end, _))| (*start, *end)) else { break };
        if start > high && high.next(bits) != Some(start) {
            break;
        }
        ranges.remove(&start);
        high = high.max(end);
    }
    ranges.insert(low, (high, element));
}

fn delete<B: Bound>(ranges: &mut Ranges<'_, B>, low: B, high: B, bits: u32) -> Result<(), Error> {
    let Some((start, (end, element))) = at_or_before(ranges, low).filter(|(_, (end, _))| *end >= high) else {
        return Err(Error::source_text("element does not exist"));
    };
    ranges.remove(&start);
    if start < low
        && let Some(last) = low.previous(bits)
    {
        ranges.insert(start, (last, element));
    }
    if end > high
        && let Some(first) = high.next(bits)
    {
        ranges.insert(first, (end, element));
    }
    Ok(())
}

fn push<B: Bound>(elements: &mut Elements, low: B, (high, element): (B, Option<&Element>), shape: &Shape) {
    let (mut first, mut last) = (Data::zeroed(shape.key_width()), Data::zeroed(shape.key_width()));
    low.write(&mut first);
    high.write(&mut last);
    match element {
        Some(element) => {
            let key = Some(unpack_key(&shape.key, &first, &last));
            elements.push(Element { key, ..element.clone() });
        }
        None if first == last => elements.push_point(&first, &[]),
        None => elements.push_range(&first, &last, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Edit, Operation, change};
    use std::borrow::Cow;

    use crate::environment::NoEnvironment;
    use crate::error::Error;
    use crate::model::{Elements, KeyField, Layout, Origin};
    use crate::schema::DataType;
    use crate::set::{DataShape, Shape};

    /// Ports: `1-5,7`.
    fn elements(text: &str) -> Elements {
        let mut elements = Elements::new(Layout::new(2, 0));
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            let [low, high] = [low, high].map(|port| port.parse::<u16>().unwrap().to_be_bytes());
            if low == high { elements.push_point(&low, &[]) } else { elements.push_range(&low, &high, &[]) }
        }
        elements
    }

    fn run(held: &str, edits: &[(Operation, &str)]) -> Result<Change, Error> {
        let shape = Shape { key: vec![KeyField::of(DataType::INET_SERVICE)], interval: true, data: DataShape::None };
        let edit = |&(operation, text): &(_, _)| Edit { operation, elements: Cow::Owned(elements(text)), origin: Origin::None };
        let edits: Vec<_> = edits.iter().map(edit).collect();
        change(&elements(held), &edits, &shape, &NoEnvironment)
    }

    #[track_caller]
    fn check(held: &str, operation: Operation, text: &str, remove: &str, add: &str, after: &str) {
        check_edits(held, &[(operation, text)], remove, add, after);
    }

    #[track_caller]
    fn check_edits(held: &str, edits: &[(Operation, &str)], remove: &str, add: &str, after: &str) {
        let change = run(held, edits).unwrap();
        assert_eq!(change.remove, elements(remove));
        assert_eq!(change.add, elements(add));
        assert_eq!(change.after, elements(after));
    }

    #[test]
    fn adding() {
        check("", Operation::Add, "5-9,7,10", "", "5-10", "5-10");
        check("1-5,20-30", Operation::Add, "6-8", "1-5", "1-8", "1-8,20-30");
        check("1-5,20-30", Operation::Add, "4-25", "1-5,20-30", "1-30", "1-30");
        check("1-5,20-30", Operation::Add, "2-3", "", "", "1-5,20-30");
        check("3", Operation::Add, "1-2", "3", "1-3", "1-3");
        check("65530-65535", Operation::Add, "65529", "65530-65535", "65529-65535", "65529-65535");
        check("5-9", Operation::Add, "5-20", "5-9", "5-20", "5-20");
    }

    #[test]
    fn deleting() {
        check("1-5", Operation::Delete, "1-5", "1-5", "", "");
        check("1-9", Operation::Delete, "4-5", "1-9", "1-3,6-9", "1-3,6-9");
        check("1-9,20", Operation::Delete, "1-3,9", "1-9", "4-8", "4-8,20");
        check("0-65535", Operation::Delete, "0,65535", "0-65535", "1-65534", "1-65534");
        let error = run("1-5", &[(Operation::Delete, "5-6")]).unwrap_err();
        assert_eq!(error.to_string(), "element does not exist");
    }

    #[test]
    fn several_edits() {
        use Operation::{Add, Delete};
        check_edits("1-5", &[(Add, "6-8"), (Add, "9")], "1-5", "1-9", "1-9");
        check_edits("1-5", &[(Delete, "3"), (Add, "3")], "", "", "1-5");
        check_edits("1-5", &[(Add, "6-9"), (Delete, "7"), (Add, "20")], "1-5", "1-6,8-9,20", "1-6,8-9,20");
        check_edits("", &[(Add, "6-9"), (Delete, "6-9")], "", "", "");
        assert!(run("", &[(Add, "6-9"), (Delete, "6-9"), (Delete, "6")]).is_err());
    }
}
