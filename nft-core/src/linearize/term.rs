//! Values into registers.

use super::{REGISTER, load};
use crate::bytecode::{Bitwise, BitwiseOp, Byteorder, Data, Hash, HashType, Immediate, Lookup, Operand, Program, Register};
use crate::evaluate::{HashTerm, Op, Source, Term};

/// Puts a value into the register that begins at that word.
pub(super) fn put(program: &mut Program, term: &Term, word: u32) {
    let words = words(term);
    put_before(program, term, word, word + words);
}

/// The same where what else it takes begins at the word `free`.
fn put_before(program: &mut Program, term: &Term, word: u32, free: u32) {
    let register = Register::at_word(word);
    match &term.source {
        Source::Constant(data) => {
            program.push(Immediate { dreg: register, data: Operand::Value(data.clone()) });
        }
        Source::Load(what) => load::load(program, what, register),
        Source::Concat(parts) => {
            let mut word = word;
            for part in parts {
                put_before(program, &part.term, word, free);
                word += part.words;
            }
        }
        Source::Map(map) => {
            let (key, set) = &**map;
            put_before(program, key, word, word + words(key).max(REGISTER));
            program.push(Lookup {
                sreg: register,
                dreg: Some(register),
                set: set.name.clone(),
                set_id: Some(set.id),
                flags: None,
            });
        }
        Source::Hash(hash) => hashed(program, hash, word, free),
    }
    if term.ops.iter().skip(1).any(Op::is_flip) {
        let mut term = Term { source: Source::Constant(Data::zeroed(0)), ops: term.ops.clone() };
        term.join_flips();
        term.ops.iter().for_each(|op| apply(program, op, word, free));
        return;
    }
    for op in &term.ops {
        apply(program, op, word, free);
    }
}

/// Words that a value takes.
pub(super) fn words(term: &Term) -> u32 {
    match &term.source {
        Source::Concat(parts) => parts.iter().map(|part| part.words).sum(),
        Source::Constant(_) | Source::Load(_) | Source::Map(_) | Source::Hash(_) => REGISTER,
    }
}

fn apply(program: &mut Program, op: &Op, word: u32, free: u32) {
    let register = Register::at_word(word);
    match op {
        Op::Mask { mask, xor, explicit } => program.push(Bitwise {
            sreg: register,
            sreg2: None,
            dreg: register,
            op: explicit.then_some(BitwiseOp::MASK_XOR),
            len: mask.len() as u32,
            mask: Some(mask.clone()),
            xor: Some(xor.clone()),
            data: None,
        }),
        Op::Shift { op, by, len } => program.push(Bitwise {
            sreg: register,
            sreg2: None,
            dreg: register,
            op: Some(*op),
            len: *len,
            mask: None,
            xor: None,
            data: Some(Data::new(&by.to_ne_bytes())),
        }),
        Op::Byteorder { op, len } => {
            let size = match len {
                len if len.is_multiple_of(8) => 8,
                len if len.is_multiple_of(4) => 4,
                _ => 2,
            };
            program.push(Byteorder { sreg: register, dreg: register, op: *op, len: *len, size });
        }
        Op::Binary { op, right, len } => {
            put(program, right, free);
            program.push(Bitwise {
                sreg: register,
                sreg2: Some(Register::at_word(free)),
                dreg: register,
                op: Some(*op),
                len: *len,
                mask: None,
                xor: None,
                data: None,
            });
        }
    }
}

fn hashed(program: &mut Program, hash: &HashTerm, word: u32, free: u32) {
    let (sreg, len) = match &hash.of {
        Some((key, len)) => {
            put(program, key, free);
            (Some(Register::at_word(free)), Some(*len))
        }
        None => (None, None),
    };
    program.push(Hash {
        sreg,
        dreg: Register::at_word(word),
        len,
        modulus: hash.modulus,
        seed: hash.seed,
        offset: Some(hash.offset),
        ty: Some(if hash.of.is_some() { HashType::JENKINS } else { HashType::SYM }),
    });
}
