//! Names of tables, chains, sets, objects, flowtables and devices: validated once, valid ever after.

use std::fmt;
use std::ops::Deref;

/// Why a string is no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing.
    #[error("a name cannot be empty")]
    Empty,
    /// Longer than the kernel takes.
    #[error("a name of {length} bytes is longer than {limit}")]
    TooLong {
        /// Bytes of the string.
        length: usize,
        /// Bytes that the kernel takes.
        limit: usize,
    },
    /// A character that the kernel or the listing could not carry: NUL, control characters, quotes, blanks; and in names of what stands in
    /// rulesets all that nft's words do not have.
    #[error("a name cannot contain {0:?}")]
    Character(char),
}

/// Whether `text` is a name of at most `limit` bytes.
fn check(text: &str, limit: usize) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > limit {
        return Err(NameError::TooLong { length: text.len(), limit });
    }
    match text.chars().find(|c| c.is_control() || c.is_whitespace() || *c == '"') {
        Some(character) => Err(NameError::Character(character)),
        None => Ok(()),
    }
}

/// Whether nft's language can say it: what stands in it has letters, digits, and a few signs, and begins with no digit.
fn check_word(text: &str) -> Result<(), NameError> {
    let allowed = |(index, c): (usize, char)| match c {
        'a'..='z' | 'A'..='Z' | '_' | '.' => true,
        '0'..='9' | '/' | '-' | ':' => index > 0,
        // Bytes that are no UTF-8, and the words that stand for holes of `nft!`.
        '\u{e000}'..='\u{f8ff}' => true,
        '\u{f0000}'.. => true,
        _ => false,
    };
    match text.char_indices().find(|at| !allowed(*at)) {
        Some((_, character)) => Err(NameError::Character(character)),
        None => Ok(()),
    }
}

/// Makes the name types: each turns into a newtype over a boxed string with a checking constructor.
macro_rules! names {
    ($($(#[$attribute:meta])* $Name:ident $limit:literal $($word:ident)?;)*) => { $(
        $(#[$attribute])*
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $Name(Box<str>);

        impl $Name {
            /// Bytes that the kernel takes, without the NUL.
            pub const LIMIT: usize = $limit;

            /// Checks a string.
            ///
            /// # Errors
            ///
            /// If it is empty, too long, or has characters that no name has.
            pub fn new(text: impl Into<Box<str>>) -> Result<Self, NameError> {
                let text = text.into();
                check(&text, $limit)?;
                $( $word(&text)?; )?
                Ok(Self(text))
            }

            /// A name that the kernel gave: other programs' names may have characters that nft cannot write.
            #[must_use]
            pub(crate) fn received(text: &str) -> Self {
                Self(text.into())
            }

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $Name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $Name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $Name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $Name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl TryFrom<&str> for $Name {
            type Error = NameError;

            fn try_from(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $Name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $Name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )* };
}

names! {
    /// Name of a table: up to 255 bytes (`NFT_NAME_MAXLEN`).
    TableName 255 check_word;
    /// Name of a chain: up to 255 bytes.
    ChainName 255 check_word;
    /// Name of a set, map or verdict map: up to 255 bytes.
    SetName 255 check_word;
    /// Name of a stateful object: up to 255 bytes.
    ObjectName 255 check_word;
    /// Name of a flowtable: up to 255 bytes.
    FlowtableName 255 check_word;
    /// Name of a network device, or its beginning with a `*` behind: up to 15 bytes (`IFNAMSIZ`).
    DeviceName 15;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        assert_eq!(ChainName::new(""), Err(NameError::Empty));
        assert_eq!(ChainName::new("a b"), Err(NameError::Character(' ')));
        assert_eq!(ChainName::new("a;b"), Err(NameError::Character(';')));
        assert_eq!(SetName::new("9"), Err(NameError::Character('9')));
        assert!(ChainName::new("a-b/c_d.9").is_ok());
        assert!(DeviceName::new("br-1@if2").is_ok());
        assert!(ChainName::new("a".repeat(255)).is_ok());
        assert_eq!(ChainName::new("a".repeat(256)), Err(NameError::TooLong { length: 256, limit: 255 }));
        assert_eq!(DeviceName::new("a".repeat(16)), Err(NameError::TooLong { length: 16, limit: 15 }));
    }
}
