//! What places of `nft!` take: a trait for each, whose message says it in nft's words.
//!
//! `P` only has a name, that of the words before the hole: `ip_saddr`. A trait is implemented for all that can be given there, which the
//! compiler is told not to speak of; so the message is that of the trait, and not of what it stands on.

use std::time::Duration;

use super::{Constant, Expr, Verdict};
use crate::expr::kind;
use crate::name;
use crate::schema::DataType;

/// Turns rows (kind, message, what gives it) into traits of these names.
macro_rules! constants {
    ($($Kind:ident: $message:literal, $note:literal;)+) => { $(
        #[doc = concat!("A constant of kind `", stringify!($Kind), "`.")]
        #[diagnostic::on_unimplemented(message = $message, label = "this is `{Self}`", note = $note)]
        pub trait $Kind<P> {
            /// The constant, as that data type.
            fn give(self, ty: DataType) -> Expr;
        }

        #[diagnostic::do_not_recommend]
        impl<P, T: Constant<kind::$Kind>> $Kind<P> for T {
            fn give(self, ty: DataType) -> Expr {
                self.constant(ty)
            }
        }
    )+ };
}

#[rustfmt::skip]
constants! {
    Ipv4Address: "`{P}` expects an IPv4 address, prefix or range",
        "it is given by `Ipv4Addr`, `(Ipv4Addr, u8)` with the length of the prefix, `low..=high`";
    Ipv6Address: "`{P}` expects an IPv6 address, prefix or range",
        "it is given by `Ipv6Addr`, `(Ipv6Addr, u8)` with the length of the prefix, `low..=high`";
    EthernetAddress: "`{P}` expects an Ethernet address or a range of them", "it is given by `[u8; 6]`, `low..=high`";
    Port: "`{P}` expects a port or a range of them", "it is given by `u16`, `low..=high`";
    Protocol: "`{P}` expects the number of a protocol or a range of them", "it is given by `u8`, `low..=high`";
    Mark: "`{P}` expects a mark or a range of them", "it is given by `u32`, `low..=high`";
    Integer: "`{P}` expects a number or a range of them", "it is given by unsigned integers, `low..=high`";
    InterfaceName: "`{P}` expects the name of an interface",
        "it is given by `&str` and `String`, with a `*` at the end for all that begin so";
    Interface: "`{P}` expects an interface", "it is given by its name, `&str` or `String`, or by its index, `u32`";
    State: "`{P}` expects states of connections", "they are given by the constants of `nft::expr::state`";
    TcpFlags: "`{P}` expects flags of TCP", "they are given by the constants of `nft::expr::tcp_flag`";
    Identity: "`{P}` expects a user or group", "it is given by its number, `u32`, or by its name, `&str` or `String`";
    Text: "`{P}` expects a text", "it is given by `&str`, `String`";
    Time: "`{P}` expects a length of time", "it is given by `std::time::Duration`";
    Presence: "`{P}` expects whether it exists", "it is given by `bool`";
}

/// Turns rows (trait, only type, result, message, how it becomes that) into traits of places that take a single type.
macro_rules! singles {
    ($($Name:ident: $Type:ty => $Result:ty, $message:literal, $convert:expr;)+) => { $(
        #[doc = concat!("A `", stringify!($Type), "`.")]
        #[diagnostic::on_unimplemented(message = $message, label = "this is `{Self}`")]
        pub trait $Name<P> {
            /// The value.
            fn give(self) -> $Result;
        }

        #[diagnostic::do_not_recommend]
        impl<P> $Name<P> for $Type {
            fn give(self) -> $Result {
                let convert: fn(Self) -> $Result = $convert;
                convert(self)
            }
        }
    )+ };
}

#[rustfmt::skip]
singles! {
    Number16: u16 => u16, "`{P}` expects a number of 16 bits (`u16`)", |number| number;
    Number32: u32 => u32, "`{P}` expects a number of 32 bits (`u32`)", |number| number;
    Number64: u64 => u64, "`{P}` expects a number of 64 bits (`u64`)", |number| number;
    Priority: i32 => i32, "`{P}` expects a number (`i32`)", |number| number;
    PrefixLength: u8 => u32, "the prefix of `{P}` expects a length (`u8`)", u32::from;
    Milliseconds: Duration => u64, "`{P}` expects a length of time (`std::time::Duration`)",
        |time| u64::try_from(milliseconds(time)).unwrap_or(u64::MAX);
    Milliseconds32: Duration => u32, "`{P}` expects a length of time (`std::time::Duration`)",
        |time| u32::try_from(milliseconds(time)).unwrap_or(u32::MAX);
}

/// Milliseconds; part of one counts as a whole, since none at all would mean for ever.
const fn milliseconds(time: Duration) -> u128 {
    time.as_nanos().div_ceil(1_000_000)
}

/// Turns rows (trait, message, what gives it) into traits of places that take a name, or a reference to one.
macro_rules! names {
    ($($Name:ident: $message:literal, $note:literal;)+) => { $(
        #[doc = concat!("A `", stringify!($Name), "`.")]
        #[diagnostic::on_unimplemented(message = $message, label = "this is `{Self}`", note = $note)]
        pub trait $Name {
            /// The name.
            fn give(self) -> name::$Name;
        }

        #[diagnostic::do_not_recommend]
        impl $Name for name::$Name {
            fn give(self) -> name::$Name {
                self
            }
        }

        #[diagnostic::do_not_recommend]
        impl $Name for &name::$Name {
            fn give(self) -> name::$Name {
                self.clone()
            }
        }
    )+ };
}

#[rustfmt::skip]
names! {
    ChainName: "the name of a chain is expected", "`nft::name::ChainName::new(…)` makes one from text, and says if it is none";
    DeviceName: "the name of a device is expected", "`nft::name::DeviceName::new(…)` makes one from text, and says if it is none";
    FlowtableName: "the name of a flowtable is expected",
        "`nft::name::FlowtableName::new(…)` makes one from text, and says if it is none";
    ObjectName: "the name of an object is expected", "`nft::name::ObjectName::new(…)` makes one from text, and says if it is none";
    SetName: "the name of a set is expected", "`nft::name::SetName::new(…)` makes one from text, and says if it is none";
    TableName: "the name of a table is expected", "`nft::name::TableName::new(…)` makes one from text, and says if it is none";
}

/// A comment or prefix.
#[diagnostic::on_unimplemented(
    message = "`{P}` expects a text",
    label = "this is `{Self}`",
    note = "it is given by `&str`, `String`"
)]
pub trait Comment<P> {
    /// The text.
    fn give(self) -> Box<str>;
}

#[diagnostic::do_not_recommend]
impl<P, T: AsRef<str>> Comment<P> for T {
    fn give(self) -> Box<str> {
        self.as_ref().into()
    }
}

/// A verdict, as data of a map.
#[diagnostic::on_unimplemented(
    message = "`{P}` expects a verdict",
    label = "this is `{Self}`",
    note = "it is given by `nft::model::Verdict`"
)]
pub trait Judgement<P> {
    /// The verdict.
    fn give(self) -> Expr;
}

#[diagnostic::do_not_recommend]
impl<P> Judgement<P> for Verdict {
    fn give(self) -> Expr {
        Expr::Verdict(Box::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<P> Judgement<P> for &Verdict {
    fn give(self) -> Expr {
        Expr::Verdict(Box::new(self.clone()))
    }
}

/// All parts of a concatenation, whose kinds are those of the tuple `K`.
#[diagnostic::on_unimplemented(
    message = "`{P}` expects a tuple with a value for each part",
    label = "this is `{Self}`",
    note = "the parts are of the kinds {K}"
)]
pub trait Concatenation<P, K, const N: usize> {
    /// The concatenation, of these types.
    fn give(self, types: [DataType; N]) -> Expr;
}

/// Turns `Kind Type part type, …` into concatenations of so many parts.
macro_rules! concatenations {
    ($($count:literal: $($Kind:ident $Type:ident $part:ident $ty:ident),+;)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<P, $($Kind: kind::Kind, $Type: Constant<$Kind>),+> Concatenation<P, ($($Kind,)+), $count> for ($($Type,)+) {
            fn give(self, [$($ty),+]: [DataType; $count]) -> Expr {
                let ($($part,)+) = self;
                Expr::Concat(Box::new([$(Constant::<$Kind>::constant($part, $ty)),+]))
            }
        }
    )+ };
}

concatenations! {
    2: A T a x, B U b y;
    3: A T a x, B U b y, C V c z;
    4: A T a x, B U b y, C V c z, D W d w;
    5: A T a x, B U b y, C V c z, D W d w, E X e v;
}

/// What a reference is to: iterators over collections give references.
#[diagnostic::do_not_recommend]
impl<P, K, T: Concatenation<P, K, N> + Clone, const N: usize> Concatenation<P, K, N> for &T {
    fn give(self, types: [DataType; N]) -> Expr {
        self.clone().give(types)
    }
}

/// What `#{..values}` takes.
#[diagnostic::on_unimplemented(message = "`#{{..values}}` expects an iterator", label = "this is `{Self}`")]
pub trait Items {
    /// What it gives.
    type Item;
    /// The iterator.
    type Iter: Iterator<Item = Self::Item>;
    /// The iterator of it.
    fn give(self) -> Self::Iter;
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator> Items for I {
    type Item = I::Item;
    type Iter = I::IntoIter;

    fn give(self) -> I::IntoIter {
        self.into_iter()
    }
}

/// An element of a map that an iterator gives: key and data.
#[diagnostic::on_unimplemented(
    message = "a map expects pairs of key and data",
    label = "this is an iterator of `{Self}`",
    note = "a map of Rust is one of pairs"
)]
pub trait Pair {
    /// The key.
    type Key;
    /// The data.
    type Data;
    /// Both of them.
    fn give(self) -> (Self::Key, Self::Data);
}

#[diagnostic::do_not_recommend]
impl<K, D> Pair for (K, D) {
    type Key = K;
    type Data = D;

    fn give(self) -> (K, D) {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<'p, K, D> Pair for &'p (K, D) {
    type Key = &'p K;
    type Data = &'p D;

    fn give(self) -> (&'p K, &'p D) {
        (&self.0, &self.1)
    }
}
