//! Programs.

use std::ops::{Deref, DerefMut};

use super::Instruction;
use crate::uapi::nf_tables::NFTA_LIST_ELEM;
use crate::wire::{Attribute, Error, Field, Reader, Writer};

/// What a rule runs: instructions, one after the other.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a list")]
pub struct Program(pub Vec<Instruction>);

impl Program {
    /// No instructions.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends an instruction.
    pub fn push(&mut self, instruction: impl Into<Instruction>) {
        self.0.push(instruction.into());
    }

    /// Reads the content of a list of expressions.
    ///
    /// # Errors
    ///
    /// Broken framing, and expressions without a name. What is unknown in an expression is no error.
    pub fn decode(reader: Reader<'_>) -> Result<Self, Error> {
        reader
            .map(|element| {
                let element = element?;
                if element.kind == NFTA_LIST_ELEM {
                    Instruction::read(element)
                } else {
                    Err(Error::Unknown { attribute: element.kind })
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Appends the content of a list of expressions.
    pub fn encode(&self, writer: &mut Writer) {
        self.0.iter().for_each(|instruction| instruction.write(NFTA_LIST_ELEM, writer));
    }
}

impl Deref for Program {
    type Target = Vec<Instruction>;

    fn deref(&self) -> &Vec<Instruction> {
        &self.0
    }
}

impl DerefMut for Program {
    fn deref_mut(&mut self) -> &mut Vec<Instruction> {
        &mut self.0
    }
}

impl FromIterator<Instruction> for Program {
    fn from_iter<I: IntoIterator<Item = Instruction>>(instructions: I) -> Self {
        Self(instructions.into_iter().collect())
    }
}

impl Field<'_> for Program {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.nest(kind, |writer| self.encode(writer));
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        Self::decode(attribute.reader())
    }
}
