//! Rust values as constants of rules.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

use super::kind::{
    EthernetAddress, Flag, Identity, Integer, Interface, InterfaceName, Ipv4Address, Ipv6Address, Kind, Mark, Port, Presence,
    Protocol, Text, Time,
};
use crate::model::{Expr, Repr, Value};
use crate::schema::DataType;

/// A Rust value that can stand where a constant of kind `K` is wanted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no constant of kind `{K}`",
    label = "a constant of this kind is wanted here",
    note = "addresses are `Ipv4Addr` and `Ipv6Addr`, prefixes `(address, length)`, ports `u16`, ranges `low..=high`, names `&str`"
)]
pub trait Constant<K: Kind> {
    /// The constant, as data type `ty`.
    fn constant(self, ty: DataType) -> Expr;
}

/// A data type and number as an expression.
fn int(ty: DataType, number: impl Into<u128>) -> Expr {
    Expr::Value(Value::int(ty, number.into()))
}

/// Turns `Kind: type => number, …` into constants of single values and of ranges.
macro_rules! numbers {
    ($($Kind:ident: $($Type:ty => $number:expr),+;)+) => { $($(
        impl Constant<$Kind> for $Type {
            fn constant(self, ty: DataType) -> Expr {
                let number: fn($Type) -> u128 = $number;
                int(ty, number(self))
            }
        }

        impl Constant<$Kind> for RangeInclusive<$Type> {
            fn constant(self, ty: DataType) -> Expr {
                let (low, high) = self.into_inner();
                Expr::range(Constant::<$Kind>::constant(low, ty), Constant::<$Kind>::constant(high, ty))
            }
        }
    )+)+ };
}

numbers! {
    Ipv4Address: Ipv4Addr => |address| address.to_bits().into();
    Ipv6Address: Ipv6Addr => Ipv6Addr::to_bits;
    EthernetAddress: [u8; 6] => |bytes| bytes.into_iter().fold(0, |number, byte| number << 8 | u128::from(byte));
    Port: u16 => u128::from;
    Protocol: u8 => u128::from;
    Mark: u32 => u128::from;
    Integer: u8 => u128::from, u16 => u128::from, u32 => u128::from, u64 => u128::from, u128 => u128::from;
    Interface: u32 => u128::from;
    Identity: u32 => u128::from;
}

/// An address and the length of its prefix.
impl Constant<Ipv4Address> for (Ipv4Addr, u8) {
    fn constant(self, ty: DataType) -> Expr {
        Expr::prefix(self.0.constant(ty), self.1.into())
    }
}

/// An address and the length of its prefix.
impl Constant<Ipv6Address> for (Ipv6Addr, u8) {
    fn constant(self, ty: DataType) -> Expr {
        Expr::prefix(self.0.constant(ty), self.1.into())
    }
}

impl Constant<InterfaceName> for &str {
    fn constant(self, ty: DataType) -> Expr {
        let repr = match self.strip_suffix('*') {
            Some(beginning) if !beginning.is_empty() => Repr::Wildcard(beginning.into()),
            _ => Repr::Str(self.into()),
        };
        Expr::Value(Value { ty, repr })
    }
}

impl Constant<Interface> for &str {
    fn constant(self, ty: DataType) -> Expr {
        Expr::Value(Value { ty, repr: Repr::Name(self.into()) })
    }
}

impl Constant<Identity> for &str {
    fn constant(self, ty: DataType) -> Expr {
        Expr::Value(Value { ty, repr: Repr::Name(self.into()) })
    }
}

impl Constant<Text> for &str {
    fn constant(self, ty: DataType) -> Expr {
        Expr::Value(Value::string(ty, self))
    }
}

impl Constant<Time> for std::time::Duration {
    fn constant(self, ty: DataType) -> Expr {
        int(ty, self.as_millis())
    }
}

/// What a reference is to: iterators over collections give references.
impl<K: Kind, T: Constant<K> + Clone> Constant<K> for &T {
    fn constant(self, ty: DataType) -> Expr {
        self.clone().constant(ty)
    }
}

impl<K: Kind> Constant<K> for String
where
    for<'s> &'s str: Constant<K>,
{
    fn constant(self, ty: DataType) -> Expr {
        self.as_str().constant(ty)
    }
}

impl Constant<Presence> for bool {
    fn constant(self, ty: DataType) -> Expr {
        int(ty, u128::from(self))
    }
}

impl<K: Kind> Constant<K> for Flag<K> {
    fn constant(self, ty: DataType) -> Expr {
        int(ty, self.bit)
    }
}

/// A constant that the schema has read; its type is the author's to choose.
impl<K: Kind> Constant<K> for Value {
    fn constant(self, _: DataType) -> Expr {
        Expr::Value(self)
    }
}
