//! Linearize: an evaluated rule becomes instructions over registers.
//!
//! Registers are given out anew for each statement, from the first on. A value takes 16 bytes, whatever its width; the fields of a
//! concatenation take as many words of 4 bytes as they need.

mod load;
mod term;

use crate::bytecode::{Cmp, CmpOp, Dynset, Immediate, Instruction, Lookup, ObjrefMap, Operand, Program, Range, Register};
use crate::evaluate::{self, Evaluated, Match, Step, Test};
use crate::uapi::nf_tables::NFT_LOOKUP_F_INV;

/// Words of a register of 16 bytes.
const REGISTER: u32 = 4;

/// Makes the instructions of a rule.
#[must_use]
pub fn linearize(rule: &Evaluated<'_>) -> Program {
    let mut program = Program(Vec::with_capacity(rule.steps.len() * 2));
    for step in &rule.steps {
        self::step(&mut program, step);
    }
    program
}

fn step(program: &mut Program, step: &Step) {
    match step {
        Step::Match(found) => compare(program, found),
        Step::Verdict(verdict) => {
            program.push(Immediate { dreg: Register::VERDICT, data: Operand::Verdict(verdict.clone()) });
        }
        Step::Vmap(key, map) => {
            term::put(program, key, 0);
            program.push(lookup(map, Some(Register::VERDICT), false));
        }
        Step::ObjectMap(key, map) => {
            term::put(program, key, 0);
            program.push(ObjrefMap { sreg: Register::R1, set: map.name.clone(), set_id: Some(map.id) });
        }
        Step::Plain(instruction) => program.push(instruction.clone()),
        Step::With(values, instruction) => {
            let mut word = 0;
            for value in values {
                term::put(program, value, word);
                word += REGISTER;
            }
            program.push(instruction.clone());
        }
        Step::Dynset(change) => dynset(program, change),
    }
}

fn compare(program: &mut Program, found: &Match) {
    term::put(program, &found.term, 0);
    let sreg = Register::R1;
    match &found.test {
        Test::Compare(op, data) => program.push(Cmp { sreg, op: CmpOp(op.0), data: data.clone() }),
        Test::Range(op, from, to) => program.push(Range { sreg, op: *op, from: from.clone(), to: to.clone() }),
        Test::Lookup { set, invert } => program.push(lookup(set, None, *invert)),
    }
}

fn lookup(set: &evaluate::SetUse, dreg: Option<Register>, invert: bool) -> Lookup {
    Lookup { sreg: Register::R1, dreg, set: set.name.clone(), set_id: Some(set.id), flags: invert.then_some(NFT_LOOKUP_F_INV) }
}

fn dynset(program: &mut Program, change: &evaluate::Dynset) {
    term::put(program, &change.key, 0);
    let sreg_data = change.data.as_ref().map(|data| {
        let word = term::words(&change.key);
        term::put(program, data, word);
        Register::at_word(word)
    });
    program.push(Instruction::Dynset(Dynset { sreg_data, ..change.instruction.clone() }));
}
