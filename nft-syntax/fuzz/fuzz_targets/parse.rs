//! Any bytes as a file: never a panic, and every byte is kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nft_syntax::Document;

fuzz_target!(|bytes: &[u8]| {
    let document = Document::parse(bytes);
    assert_eq!(document.as_bytes(), bytes);
    assert_eq!(document.tokens().collect::<String>(), document.text());
});
