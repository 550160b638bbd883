//! Bytes of a rule's expression list, as a hostile kernel might send them: shown as a rule without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nft_core::bytecode::Program;
use nft_core::delinearize::{Context, NoNames, delinearize};
use nft_core::schema::Family;
use nft_core::wire::Reader;
use nft_syntax::print::{self, Options};

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let family = Family::all()[usize::from(first) % Family::all().len()];
    let Ok(program) = Program::decode(Reader::new(rest)) else { return };
    let rule = delinearize(&program, &Context { family, names: &NoNames });
    let mut text = String::new();
    let _ = print::rule(&mut text, &rule, family, &Options::default());
});
