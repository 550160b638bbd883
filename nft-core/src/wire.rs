//! The netlink codec: attributes, messages, userdata.
//!
//! A [`Writer`] grows one buffer and patches lengths in place; a [`Reader`] borrows from what it reads. Neither knows nf_tables.
//! [`attributes!`](crate::wire::attributes) turns rows of attribute number, field and codec into a struct with both directions.

mod attribute;
mod data;
mod error;
mod escape;
mod field;
mod macros;
mod message;
mod text;
mod userdata;
mod writer;

pub use attribute::{Attribute, Reader};
pub use data::Data;
pub use error::Error;
pub use escape::{FIRST, bytes_of_text, text_from_bytes};
pub use field::{Attributes, Bare, Blob, Codec, Field, List, NativeEndian, Plain};
pub(crate) use macros::{attributes, wire_enum};
pub use message::{Header, Message, Messages};
pub use text::Text;
pub use userdata::{Tlv, Tlvs, push_tlv};
pub use writer::{MessageMark, Nest, Writer};
