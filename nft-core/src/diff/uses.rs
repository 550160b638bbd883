//! What a rule uses by name: what has to be there before it comes, and may go only after it went.

use crate::bytecode::{ChainRef, Instruction, Operand, Verdict};
use crate::model::{Element, Expr, JumpTarget, Repr};

/// A thing with a name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Use<'a> {
    Chain(&'a str),
    Set(&'a str),
    /// By its type and name.
    Object(u32, &'a str),
    Flowtable(&'a str),
}

/// Gives each use of a program to `each`.
pub(crate) fn program<'a>(program: &'a [Instruction], each: &mut dyn FnMut(Use<'a>)) {
    program.iter().for_each(|step| match step {
        Instruction::Lookup(lookup) => each(Use::Set(&lookup.set)),
        Instruction::Dynset(dynset) => each(Use::Set(&dynset.set_name)),
        Instruction::ObjrefMap(objref) => each(Use::Set(&objref.set)),
        Instruction::ObjrefName(objref) => each(Use::Object(objref.ty, &objref.name)),
        Instruction::FlowOffload(flow) => each(Use::Flowtable(&flow.table)),
        Instruction::Immediate(immediate) => {
            if let Operand::Verdict(verdict) = &immediate.data {
                self::verdict(verdict, each);
            }
        }
        _ => {}
    });
}

/// Gives the chain that a verdict names.
pub(crate) fn verdict<'a>(verdict: &'a Verdict, each: &mut dyn FnMut(Use<'a>)) {
    if let Some(ChainRef::Name(name)) = verdict.chain() {
        each(Use::Chain(name));
    }
}

/// Gives what an element names: the chain of its verdict; its object, of that type.
pub(crate) fn element<'a>(element: &'a Element, object: Option<u32>, each: &mut dyn FnMut(Use<'a>)) {
    match (&element.data, object) {
        (Some(Expr::Verdict(verdict)), _) => {
            if let Some(JumpTarget::Chain(name)) = verdict.target() {
                each(Use::Chain(name));
            }
        }
        (Some(Expr::Value(value)), Some(ty)) => {
            if let Repr::Str(name) | Repr::Name(name) = &value.repr {
                each(Use::Object(ty, name));
            }
        }
        _ => {}
    }
}
