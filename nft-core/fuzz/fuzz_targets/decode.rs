//! Bytes of a rule's expression list: never a panic, and what was understood is written back as it means.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nft_core::bytecode::Program;
use nft_core::wire::{Reader, Writer};

fuzz_target!(|bytes: &[u8]| {
    let Ok(program) = Program::decode(Reader::new(bytes)) else { return };
    let _ = program.to_string();
    let mut writer = Writer::new();
    program.encode(&mut writer);
    let again = Program::decode(Reader::new(writer.as_bytes())).expect("what we write can be read");
    assert_eq!(program, again);
});
