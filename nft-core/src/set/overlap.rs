//! Sets with ranges but without `auto-merge`, against what the set holds.
//!
//! The kernel gets the two ends of a range one by one, and an end that is there already it takes for the same one. So a range that lies
//! across others could be taken, and make other ranges of them: whoever changes such a set has to look at all of it before.

use std::collections::BTreeMap;

use super::{Shape, pack_key};
use crate::environment::Environment;
use crate::error::{ElementKey, Error};
use crate::model::Elements;
use crate::wire::Data;

/// The ranges of a set: where each begins, and the last key of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges(BTreeMap<Data, Data>);

impl Ranges {
    /// Those of a set that holds these.
    ///
    /// # Errors
    ///
    /// If an element does not fit the set's type, or a name is not known.
    pub(crate) fn of(elements: &Elements, shape: &Shape, environment: &dyn Environment) -> Result<Self, Error> {
        let mut ranges = BTreeMap::new();
        each(elements, shape, environment, &mut |low, high| {
            ranges.insert(low, high);
            Ok(())
        })?;
        Ok(Self(ranges))
    }

    /// Elements come: each is there already, or lies across none.
    ///
    /// # Errors
    ///
    /// The first one that does not.
    pub(crate) fn add(&mut self, elements: &Elements, shape: &Shape, environment: &dyn Environment) -> Result<(), Error> {
        let mut new = Vec::with_capacity(elements.len());
        each(elements, shape, environment, &mut |low, high| {
            // They lie apart, so of those that begin at its end or before the last one reaches farthest.
            match self.0.range(..=&high).next_back() {
                Some((from, to)) if *to >= low && (from, to) != (&low, &high) => {
                    Err(at("interval overlaps with an existing one", shape, &low))
                }
                Some((from, to)) if (from, to) == (&low, &high) => Ok(()),
                _ => {
                    new.push((low, high));
                    Ok(())
                }
            }
        })?;
        self.0.extend(new);
        Ok(())
    }

    /// Elements go: each has to be one that is there.
    ///
    /// # Errors
    ///
    /// The first one that is not.
    pub(crate) fn delete(&mut self, elements: &Elements, shape: &Shape, environment: &dyn Environment) -> Result<(), Error> {
        each(elements, shape, environment, &mut |low, high| match self.0.remove(&low) {
            Some(to) if to == high => Ok(()),
            _ => Err(at("element does not exist", shape, &low)),
        })
    }
}

/// Gives the first and the last key of each element but the catch-all.
fn each(
    elements: &Elements,
    shape: &Shape,
    environment: &dyn Environment,
    give: &mut dyn FnMut(Data, Data) -> Result<(), Error>,
) -> Result<(), Error> {
    for (key, _) in elements.points() {
        give(Data::new(key), Data::new(key))?;
    }
    for (low, high, _) in elements.ranges() {
        give(Data::new(low), Data::new(high))?;
    }
    for key in elements.others().iter().filter_map(|element| element.key.as_ref()) {
        let (low, high) = pack_key(key, &shape.key, environment)?;
        give(low, high)?;
    }
    Ok(())
}

fn at(text: &str, shape: &Shape, key: &[u8]) -> Error {
    let key = ElementKey { fields: shape.key.to_vec(), bytes: key.into(), behind: false };
    Error::source_text(text).within(|path| path.key = Some(Box::new(key)))
}
