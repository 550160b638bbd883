//! Codecs: how a Rust type stands in an attribute.

use std::borrow::Cow;

use super::{Attribute, Data, Error, Reader, Text, Writer, bytes_of_text};

/// A group of attributes with a meaning: a nest, or a message's body. [`attributes!`](crate::wire::attributes) implements it.
pub trait Attributes<'a>: Sized {
    /// Appends the attributes.
    fn encode(&self, writer: &mut Writer);

    /// Reads the attributes.
    ///
    /// # Errors
    ///
    /// Broken framing, values of a wrong width, missing attributes and, where nothing keeps them, unknown ones.
    fn decode(reader: Reader<'a>) -> Result<Self, Error>;
}

/// A type with one way to stand in an attribute.
pub trait Field<'a>: Sized {
    /// Appends the attribute, or nothing.
    fn write(&self, kind: u16, writer: &mut Writer);

    /// Reads the attribute.
    ///
    /// # Errors
    ///
    /// As [`Attributes::decode`].
    fn read(attribute: Attribute<'a>) -> Result<Self, Error>;

    /// The value when there is no attribute.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if there must be one.
    fn absent(kind: u16) -> Result<Self, Error> {
        Err(Error::Missing { attribute: kind })
    }
}

/// A way for a type to stand in an attribute: [`Plain`] is the type's own.
pub trait Codec<'a, T>: Sized {
    /// Appends the attribute, or nothing.
    fn write(value: &T, kind: u16, writer: &mut Writer);

    /// Reads the attribute.
    ///
    /// # Errors
    ///
    /// As [`Attributes::decode`].
    fn read(attribute: Attribute<'a>) -> Result<T, Error>;

    /// The value when there is no attribute.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if there must be one.
    fn absent(kind: u16) -> Result<T, Error> {
        Err(Error::Missing { attribute: kind })
    }
}

/// The type's own codec: numbers big-endian, strings with their NUL, [`Data`] inside a nest.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "names a codec, is never built")]
pub struct Plain;

/// Strings without a NUL.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "names a codec, is never built")]
pub struct Bare;

/// Bytes as they are.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "names a codec, is never built")]
pub struct Blob;

/// Numbers in the host's byte order.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "names a codec, is never built")]
pub struct NativeEndian;

/// A nest in which every attribute is one item, with the number `N`.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "names a codec, is never built")]
pub struct List<const N: u16 = 1>;

impl<'a, T: Field<'a>> Codec<'a, T> for Plain {
    fn write(value: &T, kind: u16, writer: &mut Writer) {
        value.write(kind, writer);
    }

    fn read(attribute: Attribute<'a>) -> Result<T, Error> {
        T::read(attribute)
    }

    fn absent(kind: u16) -> Result<T, Error> {
        T::absent(kind)
    }
}

impl<'a, T: Attributes<'a>> Field<'a> for T {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.nest(kind, |writer| self.encode(writer));
    }

    fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
        Self::decode(attribute.reader())
    }
}

impl<'a, T: Field<'a>> Field<'a> for Option<T> {
    fn write(&self, kind: u16, writer: &mut Writer) {
        if let Some(value) = self {
            value.write(kind, writer);
        }
    }

    fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
        T::read(attribute).map(Some)
    }

    fn absent(_: u16) -> Result<Self, Error> {
        Ok(None)
    }
}

macro_rules! numbers {
    ($($type:ident $write:ident),*) => { $(
        impl<'a> Field<'a> for $type {
            fn write(&self, kind: u16, writer: &mut Writer) {
                writer.$write(kind, *self);
            }

            fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
                attribute.array().map(Self::from_be_bytes)
            }
        }
    )* };
}

numbers!(u8 u8, u16 u16, u32 u32, u64 u64);

impl Field<'_> for i32 {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.u32(kind, self.cast_unsigned());
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        attribute.array().map(Self::from_be_bytes)
    }
}

impl Field<'_> for Text {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.text(kind, self);
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        Ok(Self::new(&attribute.text()))
    }
}

impl<'a> Field<'a> for Cow<'a, str> {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.text(kind, self);
    }

    fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
        Ok(attribute.text())
    }
}

impl<'a> Field<'a> for &'a [u8] {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.bytes(kind, self);
    }

    fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
        Ok(attribute.payload)
    }
}

/// The type as a string or bytes without more.
trait AsBytes<'a>: Sized {
    fn bytes(&self) -> Cow<'_, [u8]>;
    fn from_attribute(attribute: Attribute<'a>) -> Self;
}

impl<'a> AsBytes<'a> for Text {
    fn bytes(&self) -> Cow<'_, [u8]> {
        bytes_of_text(self)
    }

    fn from_attribute(attribute: Attribute<'a>) -> Self {
        Self::new(&attribute.text())
    }
}

impl<'a> AsBytes<'a> for Cow<'a, str> {
    fn bytes(&self) -> Cow<'_, [u8]> {
        bytes_of_text(self)
    }

    fn from_attribute(attribute: Attribute<'a>) -> Self {
        attribute.text()
    }
}

macro_rules! bare {
    ($($type:ty),*) => { $(
        impl<'a> Codec<'a, $type> for Bare {
            fn write(value: &$type, kind: u16, writer: &mut Writer) {
                writer.bytes(kind, &AsBytes::bytes(value));
            }

            fn read(attribute: Attribute<'a>) -> Result<$type, Error> {
                Ok(AsBytes::from_attribute(attribute))
            }
        }

        impl<'a> Codec<'a, Option<$type>> for Bare {
            fn write(value: &Option<$type>, kind: u16, writer: &mut Writer) {
                if let Some(value) = value {
                    writer.bytes(kind, &AsBytes::bytes(value));
                }
            }

            fn read(attribute: Attribute<'a>) -> Result<Option<$type>, Error> {
                Ok(Some(AsBytes::from_attribute(attribute)))
            }

            fn absent(_: u16) -> Result<Option<$type>, Error> {
                Ok(None)
            }
        }
    )* };
}

bare!(Text, Cow<'a, str>);

impl<'a> Codec<'a, Data> for Blob {
    fn write(value: &Data, kind: u16, writer: &mut Writer) {
        writer.bytes(kind, value);
    }

    fn read(attribute: Attribute<'a>) -> Result<Data, Error> {
        Ok(Data::new(attribute.payload))
    }
}

impl<'a> Codec<'a, u32> for NativeEndian {
    fn write(value: &u32, kind: u16, writer: &mut Writer) {
        writer.bytes(kind, &value.to_ne_bytes());
    }

    fn read(attribute: Attribute<'a>) -> Result<u32, Error> {
        attribute.array().map(u32::from_ne_bytes)
    }
}

impl<'a, T: Field<'a>, const N: u16> Codec<'a, Vec<T>> for List<N> {
    fn write(value: &Vec<T>, kind: u16, writer: &mut Writer) {
        if !value.is_empty() {
            writer.nest(kind, |writer| value.iter().for_each(|item| item.write(N, writer)));
        }
    }

    fn read(attribute: Attribute<'a>) -> Result<Vec<T>, Error> {
        attribute.reader().map(|item| T::read(item?)).collect()
    }

    fn absent(_: u16) -> Result<Vec<T>, Error> {
        Ok(Vec::new())
    }
}
