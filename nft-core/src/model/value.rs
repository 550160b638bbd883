//! Constants: one literal of a rule or a set, with its data type.

use crate::schema::DataType;

/// A typed constant, such as the `22` of `tcp dport 22`.
///
/// How wide it is on the wire is decided by the place where it stands; in which byte order, by its data type. Two values are
/// equal when type and content are: `ssh` and `22` are the same port.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair of type and content")]
pub struct Value {
    /// How the content is read and printed.
    pub ty: DataType,
    /// The content.
    pub repr: Repr,
}

/// The content of a [`Value`].
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Repr {
    /// A number: everything of up to 128 bits, addresses too. Independent of byte order.
    Int(u128),
    /// More than 128 bits, most significant byte first.
    Bytes(Box<[u8]>),
    /// A string that goes to the kernel as it is, padded with NUL.
    Str(Box<str>),
    /// A string of which only the beginning counts: `"eth*"`, without the star.
    Wildcard(Box<str>),
    /// A name that only the machine knows (interface index, user, group, mark, realm, label, host, cgroup path). Evaluate
    /// asks the environment for it.
    Name(Box<str>),
}

impl Value {
    /// A number of the given type.
    #[must_use]
    pub const fn int(ty: DataType, number: u128) -> Self {
        Self { ty, repr: Repr::Int(number) }
    }

    /// A string of the given type.
    #[must_use]
    pub fn string(ty: DataType, text: &str) -> Self {
        Self { ty, repr: Repr::Str(text.into()) }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<u128> {
        match self.repr {
            Repr::Int(number) => Some(number),
            Repr::Bytes(_) | Repr::Str(_) | Repr::Wildcard(_) | Repr::Name(_) => None,
        }
    }
}
