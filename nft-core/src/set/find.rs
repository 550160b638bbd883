//! Elements by their keys.

use super::{Shape, pack_key};
use crate::environment::Environment;
use crate::error::Error;
use crate::model::{Elements, Expr};
use crate::wire::Data;

/// Which of the elements `held` the keys are part of. A set with ranges gives the whole range for a key in it.
///
/// # Errors
///
/// A key is part of none, does not fit the set's type, or has a name that is not known.
pub fn find(held: &Elements, keys: &Elements, shape: &Shape, environment: &dyn Environment) -> Result<Elements, Error> {
    let pack = |key: &Expr| pack_key(key, &shape.key, environment);
    let mut wanted: Vec<(Data, Data, bool)> = Vec::with_capacity(keys.len());
    wanted.extend(keys.points().map(|(key, _)| (Data::new(key), Data::new(key), false)));
    wanted.extend(keys.ranges().map(|(low, high, _)| (Data::new(low), Data::new(high), false)));
    for key in keys.others().iter().filter_map(|element| element.key.as_ref()) {
        let (low, high) = pack(key)?;
        wanted.push((low, high, false));
    }
    let wants_rest = keys.others().iter().any(|element| element.key.is_none());

    let mut is_wanted = |low: &[u8], high: &[u8]| {
        let mut any = false;
        for (first, last, found) in &mut wanted {
            if low <= &**first && &**last <= high {
                *found = true;
                any = true;
            }
        }
        any
    };
    let mut found = Elements::new(held.layout());
    let mut rest_found = false;
    for (key, data) in held.points() {
        if is_wanted(key, key) {
            found.push_point(key, data);
        }
    }
    for (low, high, data) in held.ranges() {
        if is_wanted(low, high) {
            found.push_range(low, high, data);
        }
    }
    for element in held.others() {
        let wanted = match &element.key {
            Some(key) => pack(key).is_ok_and(|(low, high)| is_wanted(&low, &high)),
            None => {
                rest_found = true;
                wants_rest
            }
        };
        if wanted {
            found.push(element.clone());
        }
    }
    if (wants_rest && !rest_found) || wanted.iter().any(|(_, _, found)| !found) {
        return Err(Error::source_text("element does not exist").with_errno(ENOENT));
    }
    Ok(found)
}

/// `ENOENT`.
const ENOENT: i32 = 2;

#[cfg(test)]
mod tests {
    use super::find;
    use crate::environment::NoEnvironment;
    use crate::model::{Elements, KeyField, Layout};
    use crate::schema::DataType;
    use crate::set::{DataShape, Shape};

    #[test]
    fn ranges_are_found_by_what_is_in_them() {
        let shape = Shape { key: vec![KeyField::of(DataType::INET_SERVICE)], interval: true, data: DataShape::None };
        let mut held = Elements::new(Layout::new(2, 0));
        held.push_point(&[0, 7], &[]);
        held.push_range(&[0, 20], &[0, 30], &[]);
        let mut keys = Elements::new(Layout::new(2, 0));
        keys.push_point(&[0, 25], &[]);
        let found = find(&held, &keys, &shape, &NoEnvironment).unwrap();
        assert_eq!(found.ranges().collect::<Vec<_>>(), [(&[0, 20][..], &[0, 30][..], &[][..])]);
        assert_eq!(found.len(), 1);
        keys.push_range(&[0, 29], &[0, 31], &[]);
        assert_eq!(find(&held, &keys, &shape, &NoEnvironment).unwrap_err().errno(), Some(2));
    }
}
