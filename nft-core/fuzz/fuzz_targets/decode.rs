//! Bytes of a rule's expression list: never a panic, and what was understood is written back as it means.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nft_core::bytecode::Program;
use nft_core::wire::{Reader, Writer};

fuzz_target!(|bytes: &[u8]| {
    let Ok(program) = Program::decode(Reader::new(bytes)) else { return };
    let _ = program.to_string();
    // Padding behind the last attribute may be missing in what came; not in what we write.
    let bytes = encode(&program);
    let again = Program::decode(Reader::new(&bytes)).expect("what we write can be read");
    assert_eq!(encode(&again), bytes);
});

fn encode(program: &Program) -> Vec<u8> {
    let mut writer = Writer::new();
    program.encode(&mut writer);
    writer.as_bytes().to_vec()
}
