//! Selectors: the left side of matches.

use std::marker::PhantomData;

use super::Constant;
use super::kind::{Flag, Kind};
use crate::model::{Element, Expr, Match, Relation, Stmt, Value, Vmap};
use crate::name::SetName;
use crate::schema::DataType;
use crate::{Error, ErrorKind};

/// Something of a packet that constants of kind `K` are compared with.
#[derive(Clone, Debug)]
pub struct Selector<K> {
    expr: Expr,
    ty: DataType,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Selector<K> {
    pub(super) const fn new(expr: Expr, ty: DataType) -> Self {
        Self { expr, ty, kind: PhantomData }
    }

    /// `selector value`: equal, in the range, in the prefix.
    #[must_use]
    pub fn eq(self, value: impl Constant<K>) -> Stmt {
        self.relation(Relation::Implicit, value)
    }

    /// `selector != value`.
    #[must_use]
    pub fn ne(self, value: impl Constant<K>) -> Stmt {
        self.relation(Relation::Ne, value)
    }

    /// `selector < value`.
    #[must_use]
    pub fn lt(self, value: impl Constant<K>) -> Stmt {
        self.relation(Relation::Lt, value)
    }

    /// `selector > value`.
    #[must_use]
    pub fn gt(self, value: impl Constant<K>) -> Stmt {
        self.relation(Relation::Gt, value)
    }

    /// `selector <= value`.
    #[must_use]
    pub fn le(self, value: impl Constant<K>) -> Stmt {
        self.relation(Relation::Le, value)
    }

    /// `selector >= value`.
    #[must_use]
    pub fn ge(self, value: impl Constant<K>) -> Stmt {
        self.relation(Relation::Ge, value)
    }

    /// `selector { values }`.
    #[must_use]
    pub fn one_of<V: Constant<K>>(self, values: impl IntoIterator<Item = V>) -> Stmt {
        let values = self.elements(values);
        Stmt::matches(self.expr, values)
    }

    /// `selector != { values }`.
    #[must_use]
    pub fn none_of<V: Constant<K>>(self, values: impl IntoIterator<Item = V>) -> Stmt {
        let values = self.elements(values);
        Stmt::Match(Match::new(self.expr, Relation::Ne, values))
    }

    /// `selector @name`.
    ///
    /// # Errors
    ///
    /// If that is no name.
    pub fn in_set(self, name: &str) -> Result<Stmt, Error> {
        Ok(Stmt::matches(self.expr, Expr::SetRef(SetName::new(name)?)))
    }

    /// `selector != @name`.
    ///
    /// # Errors
    ///
    /// If that is no name.
    pub fn not_in_set(self, name: &str) -> Result<Stmt, Error> {
        Ok(Stmt::Match(Match::new(self.expr, Relation::Ne, Expr::SetRef(SetName::new(name)?))))
    }

    /// `selector vmap @name`.
    ///
    /// # Errors
    ///
    /// If that is no name.
    pub fn vmap(self, name: &str) -> Result<Stmt, Error> {
        Ok(Stmt::Vmap(Vmap::new(self.expr, Expr::SetRef(SetName::new(name)?)).into()))
    }

    /// `selector word`, the word read as nft reads it: `echo-request`, `ssh`, `af11`.
    ///
    /// # Errors
    ///
    /// If the word is no constant of the selector's type, with the one that was probably meant.
    pub fn named(self, word: &str) -> Result<Stmt, Error> {
        let repr = self.ty.parse(word)?;
        Ok(Stmt::matches(self.expr, Expr::Value(Value { ty: self.ty, repr })))
    }

    /// The expression alone, for what has no short word.
    #[must_use]
    pub fn expr(self) -> Expr {
        self.expr
    }

    /// A constant of the selector's type.
    #[must_use]
    pub fn constant(&self, value: impl Constant<K>) -> Expr {
        value.constant(self.ty)
    }

    /// `selector set value`: writes it.
    ///
    /// # Errors
    ///
    /// If rules cannot write it.
    pub fn set(self, value: impl Constant<K>) -> Result<Stmt, Error> {
        let value = value.constant(self.ty);
        match self.expr {
            Expr::Meta(key) if key.settable() => Ok(Stmt::MetaSet(key, value)),
            Expr::Ct(ct) if ct.key.settable() => Ok(Stmt::CtSet(ct.key, ct.direction, value)),
            expr @ (Expr::Payload(_) | Expr::Raw(_) | Expr::Exthdr(_)) => Ok(Stmt::PayloadSet(Box::new((expr, value)))),
            _ => Err(Error::new(ErrorKind::Misuse, "rules cannot write this")),
        }
    }

    fn relation(self, relation: Relation, value: impl Constant<K>) -> Stmt {
        let value = value.constant(self.ty);
        Stmt::Match(Match::new(self.expr, relation, value))
    }

    fn elements<V: Constant<K>>(&self, values: impl IntoIterator<Item = V>) -> Expr {
        Expr::Set(values.into_iter().map(|value| Element::new(value.constant(self.ty))).collect())
    }
}

impl<K: Kind> Selector<K>
where
    Flag<K>: Constant<K>,
{
    /// `selector a,b`: any of these flags is set.
    #[must_use]
    pub fn any_of(self, flags: impl IntoIterator<Item = Flag<K>>) -> Stmt {
        let mut flags: Vec<Expr> = flags.into_iter().map(|flag| flag.constant(self.ty)).collect();
        let right = match (flags.len(), flags.pop()) {
            (1, Some(flag)) => flag,
            (_, last) => Expr::List(flags.into_iter().chain(last).collect()),
        };
        Stmt::matches(self.expr, right)
    }
}
