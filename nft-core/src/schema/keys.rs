//! What all keys of selectors have in common: `meta mark`, `ct state`, `rt mtu`, ...

/// Makes the enumeration of a selector's keys and the table of their facts.
///
/// `Mark = 3, "NFT_META_MARK", "mark", MARK, 32, Host;` turns into the variant `Mark` and a row with the kernel's number and C
/// name, the word in the language, data type, width in bits and byte order of the register. Whatever stands behind a `=>`
/// is the initial value of the row's further columns.
macro_rules! keys {
    (
        $(#[$attribute:meta])*
        $key:ident, $row:ident { $($column:ident: $kind:ty = $default:expr, $columndoc:literal;)* }
        $($variant:ident = $number:literal, $c:literal, $name:literal, $ty:ident, $bits:literal, $order:ident
            $(=> { $($set:ident: $value:expr),* })?;)*
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum $key {
            $(#[doc = concat!("`", $c, "`: `", $name, "`.")] #[doc(alias = $c)] $variant,)*
        }

        /// The facts of a key.
        #[derive(Debug)]
        struct $row {
            number: u32,
            name: &'static str,
            ty: $crate::schema::DataType,
            bits: u32,
            order: $crate::schema::ByteOrder,
            $($column: $kind,)*
        }

        impl $row {
            const fn new(
                number: u32,
                name: &'static str,
                ty: $crate::schema::DataType,
                bits: u32,
                order: $crate::schema::ByteOrder,
            ) -> Self {
                let natural = ty.bits();
                assert!(natural <= 1 || natural == bits, "a key is not as wide as its type");
                Self { number, name, ty, bits, order, $($column: $default,)* }
            }
        }

        static ROWS: &[$row] = &[$({
            #[allow(unused_mut, reason = "not every row has further columns")]
            let mut row =
                $row::new($number, $name, $crate::schema::DataType::$ty, $bits, $crate::schema::ByteOrder::$order);
            $($(row.$set = $value;)*)?
            row
        },)*];

        static KEYS: &[$key] = &[$($key::$variant,)*];

        impl $key {
            const fn row(self) -> &'static $row {
                &ROWS[self as usize]
            }

            /// The kernel's number.
            #[must_use]
            pub const fn number(self) -> u32 {
                self.row().number
            }

            /// The word, or words, in the language.
            #[must_use]
            pub const fn name(self) -> &'static str {
                self.row().name
            }

            /// Type of its values.
            #[must_use]
            pub const fn ty(self) -> $crate::schema::DataType {
                self.row().ty
            }

            /// Width of its values.
            #[must_use]
            pub const fn bits(self) -> u32 {
                self.row().bits
            }

            /// In which order the kernel writes it into a register.
            #[must_use]
            pub const fn byte_order(self) -> $crate::schema::ByteOrder {
                self.row().order
            }

            $(
                #[doc = $columndoc]
                #[must_use]
                pub const fn $column(self) -> $kind {
                    self.row().$column
                }
            )*

            /// The key with the kernel's number.
            #[must_use]
            pub fn by_number(number: u32) -> Option<Self> {
                Self::all().iter().copied().find(|key| key.number() == number)
            }

            /// Every key, in the order of the kernel's numbers.
            #[must_use]
            pub fn all() -> &'static [Self] {
                KEYS
            }
        }
    };
}

pub(super) use keys;
