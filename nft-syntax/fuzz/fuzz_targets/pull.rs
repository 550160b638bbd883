//! A kernel that answers anything: pulled and printed without a panic or a hang.
//!
//! The input is a run of messages: type, flags and family (a byte each), length (two bytes, little-endian) and as many bytes of
//! body. Type 0 ends the list. The generation always answers as it should, so that the lists are reached.
#![no_main]

use std::io;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use nft_core::netlink::{Nfnl, Transport};
use nft_syntax::print::{self, Options};

const GETGEN: u8 = 16;
const NEWGEN: u8 = 15;
const DONE: u16 = 3;
const NFTABLES: u16 = 10 << 8;

struct Kernel<'a> {
    input: &'a [u8],
    sequence: [u8; 4],
    asked: u8,
}

impl Kernel<'_> {
    fn message(&self, kind: u16, flags: u16, body: &[u8], buffer: &mut [u8]) -> Option<usize> {
        let length = 16 + body.len();
        let padded = length.next_multiple_of(4);
        let place = buffer.get_mut(..padded)?;
        place.fill(0);
        place[..4].copy_from_slice(&u32::try_from(length).ok()?.to_ne_bytes());
        place[4..6].copy_from_slice(&kind.to_ne_bytes());
        place[6..8].copy_from_slice(&flags.to_ne_bytes());
        place[8..12].copy_from_slice(&self.sequence);
        place[16..length].copy_from_slice(body);
        Some(padded)
    }

    fn next(&mut self) -> Option<(u8, u8, u8, &[u8])> {
        let (&[kind, flags, family, low, high], rest) = self.input.split_first_chunk::<5>()?;
        let (body, rest) = rest.split_at(usize::from(u16::from_le_bytes([low, high])).min(rest.len()));
        self.input = rest;
        Some((kind, flags, family, body))
    }
}

impl Transport for Kernel<'_> {
    fn send(&mut self, messages: &[u8]) -> io::Result<()> {
        self.sequence = messages[8..12].try_into().expect("four bytes");
        self.asked = messages[4];
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        if self.asked == GETGEN {
            let body = [0, 0, 0, 1, 8, 0, 1, 0, 0, 0, 0, 1];
            let first = self.message(NFTABLES | u16::from(NEWGEN), 0, &body, buffer).expect("fits");
            let last = self.message(2, 0, &[0; 20], &mut buffer[first..]).expect("fits");
            return Ok(first + last);
        }
        let mut length = 0;
        while let Some((kind, flags, family, body)) = self.next() {
            let body = [&[family, 0, 0, 1], body].concat();
            let wire = match kind {
                0 => DONE,
                255 => u16::from(flags),
                _ => NFTABLES | u16::from(kind),
            };
            let body = if kind == 0 { &[0; 4][..] } else { &body };
            length += self.message(wire, u16::from(flags), body, &mut buffer[length..]).ok_or(io::ErrorKind::InvalidData)?;
            if kind == 0 {
                return Ok(length);
            }
            if length > 30_000 {
                break;
            }
        }
        if length == 0 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(length) }
    }
}

fuzz_target!(|input: &[u8]| {
    let mut nfnl = Nfnl::with_transport(Kernel { input, sequence: [0; 4], asked: 0 });
    if let Ok(ruleset) = nfnl.pull() {
        let mut text = String::new();
        let _ = print::ruleset(&mut text, &ruleset, &Options::default());
    }
});
