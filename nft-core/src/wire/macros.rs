//! Rows turned into types.

/// Declares a group of attributes.
///
/// ```text
/// attributes! {
///     /// Doc.
///     pub struct Lookup {
///         /// Doc.
///         NFTA_LOOKUP_SREG => sreg: Register,
///         /// Doc.
///         NFTA_LOOKUP_SET => set: Text as Bare,
///     }
///     pad NFTA_LOOKUP_PAD
///     rest extra
/// }
/// ```
///
/// turns into the struct with these public fields and an implementation of [`Attributes`](crate::wire::Attributes) that writes them in the order
/// of the rows and reads them in any. A field's type has one codec of its own ([`Field`](crate::wire::Field)), or the row names another one after
/// `as`. `Option` makes an attribute optional. Attributes of the numbers after `pad` are skipped; unknown ones are an error, or,
/// with `rest`, kept in a field `Vec<Attribute<'a>>` of that name.
macro_rules! attributes {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident $(<$life:lifetime>)? {
            $( $(#[$field_meta:meta])* $number:ident => $field:ident: $Type:ty $(as $Codec:ty)? ),* $(,)?
        }
        $(pad $($pad:ident)|+)?
        $(rest $rest:ident)?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        $vis struct $Name $(<$life>)? {
            $(
                $(#[$field_meta])*
                #[doc = ""]
                #[doc = concat!("Attribute `", stringify!($number), "`.")]
                pub $field: $Type,
            )*
            $(
                /// Attributes that are not known here.
                pub $rest: Vec<$crate::wire::Attribute<'a>>,
            )?
        }

        impl<'a> $crate::wire::Attributes<'a> for $Name $(<$life>)? {
            #[allow(unused_variables, reason = "a group may have no row")]
            fn encode(&self, writer: &mut $crate::wire::Writer) {
                $( <$crate::wire::attributes!(@codec $($Codec)?) as $crate::wire::Codec<'a, $Type>>::write(&self.$field, $number, writer); )*
                $( self.$rest.iter().for_each(|attribute| attribute.encode(writer)); )?
            }

            fn decode(reader: $crate::wire::Reader<'a>) -> Result<Self, $crate::wire::Error> {
                $( let mut $field: Option<$Type> = None; )*
                $( let mut $rest = Vec::new(); )?
                for attribute in reader {
                    let attribute = attribute?;
                    match attribute.kind {
                        $( $number => {
                            let value = <$crate::wire::attributes!(@codec $($Codec)?) as $crate::wire::Codec<'a, $Type>>::read(attribute)?;
                            if $field.replace(value).is_some() {
                                return Err($crate::wire::Error::Twice { attribute: $number });
                            }
                        } )*
                        $( $( $pad )|+ => {} )?
                        attribute_kind => $crate::wire::attributes!(@unknown attribute_kind attribute $($rest)?),
                    }
                }
                Ok(Self {
                    $( $field: match $field {
                        Some(value) => value,
                        None => <$crate::wire::attributes!(@codec $($Codec)?) as $crate::wire::Codec<'a, $Type>>::absent($number)?,
                    }, )*
                    $( $rest, )?
                })
            }
        }
    };
    (@codec) => { $crate::wire::Plain };
    (@codec $Codec:ty) => { $Codec };
    (@unknown $kind:ident $attribute:ident) => { return Err($crate::wire::Error::Unknown { attribute: $kind }) };
    (@unknown $kind:ident $attribute:ident $rest:ident) => {{
        let _: u16 = $kind;
        $rest.push($attribute);
    }};
}

/// Declares a number of the kernel's interface whose values have names.
///
/// ```text
/// wire_enum! {
///     /// Doc.
///     pub struct CmpOp(u32) { EQ = NFT_CMP_EQ "eq", NEQ = NFT_CMP_NEQ "neq" }
/// }
/// ```
///
/// turns into a newtype with these associated constants, `name`, `from_name` and a `Display` of the name or else the number. Values
/// without a name pass through unharmed.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident($Number:ty) { $( $constant:ident = $value:path, $name:literal; )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[expect(clippy::exhaustive_structs, reason = "a number of the kernel's interface")]
        pub struct $Name(pub $Number);

        impl $Name {
            $(
                #[doc = concat!("`", $name, "`: `", stringify!($value), "`.")]
                pub const $constant: Self = Self($value);
            )*

            /// The name, if the number has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($name), )*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl<'a> $crate::wire::Field<'a> for $Name {
            fn write(&self, kind: u16, writer: &mut $crate::wire::Writer) {
                self.0.write(kind, writer);
            }

            fn read(attribute: $crate::wire::Attribute<'a>) -> Result<Self, $crate::wire::Error> {
                <$Number as $crate::wire::Field<'a>>::read(attribute).map(Self)
            }
        }
    };
}

pub(crate) use {attributes, wire_enum};
