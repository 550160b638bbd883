//! What `$name` stands for: `define`, `redefine` and `undefine` in nested blocks.

use std::collections::HashMap;

/// Blocks that may be nested: file, table, chain, anonymous chain.
const LEVELS: usize = 4;

/// The definitions that are visible at a place, the innermost block last.
///
/// What is defined is kept as it was written: it gets its type where it is used.
#[derive(Debug)]
pub(crate) struct Scopes<V> {
    levels: Vec<HashMap<Box<str>, V>>,
}

/// Why a definition is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ScopeError {
    /// The name has a meaning already, here or further out.
    #[error("redefinition of symbol")]
    Redefined,
    /// More blocks than the language has.
    #[error("too many levels of nesting")]
    TooDeep,
}

impl<V> Scopes<V> {
    /// The file's own scope.
    pub(crate) fn new() -> Self {
        Self { levels: vec![HashMap::new()] }
    }

    /// Enters a block.
    pub(crate) fn enter(&mut self) -> Result<(), ScopeError> {
        if self.levels.len() >= LEVELS {
            return Err(ScopeError::TooDeep);
        }
        self.levels.push(HashMap::new());
        Ok(())
    }

    /// Leaves a block: what was defined in it is forgotten.
    pub(crate) fn leave(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
        }
    }

    /// `define`: the name must have no meaning yet.
    pub(crate) fn define(&mut self, name: &str, value: V) -> Result<(), ScopeError> {
        if self.get(name).is_some() {
            return Err(ScopeError::Redefined);
        }
        self.redefine(name, value);
        Ok(())
    }

    /// `redefine`: in this block the name means this from here on.
    pub(crate) fn redefine(&mut self, name: &str, value: V) {
        if let Some(level) = self.levels.last_mut() {
            level.insert(name.into(), value);
        }
    }

    /// `undefine`: forgets the innermost meaning of the name; none is no error.
    pub(crate) fn undefine(&mut self, name: &str) {
        for level in self.levels.iter_mut().rev() {
            if level.remove(name).is_some() {
                return;
            }
        }
    }

    /// What the name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.levels.iter().rev().find_map(|level| level.get(name))
    }

    /// Every visible name, to tell what was probably meant.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.levels.iter().rev().flat_map(|level| level.keys().map(|name| &**name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup_goes_outward() {
        let mut scopes = Scopes::new();
        scopes.define("a", 1).unwrap();
        scopes.enter().unwrap();
        assert_eq!(scopes.define("a", 2), Err(ScopeError::Redefined));
        scopes.redefine("a", 2);
        assert_eq!(scopes.get("a"), Some(&2));
        scopes.undefine("a");
        assert_eq!(scopes.get("a"), Some(&1));
        scopes.leave();
        assert_eq!(scopes.get("a"), Some(&1));
        assert_eq!(scopes.get("A"), None);
    }

    #[test]
    fn four_levels() {
        let mut scopes = Scopes::<()>::new();
        for _ in 0..3 {
            scopes.enter().unwrap();
        }
        assert_eq!(scopes.enter(), Err(ScopeError::TooDeep));
    }
}
