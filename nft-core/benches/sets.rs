//! How long element lists take: packed elements to messages and back. Prints the best of several runs.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use nft_core::NoEnvironment;
use nft_core::model::{KeyType, Set, SetFlags};
use nft_core::name::SetName;
use nft_core::schema::{DataType, Family};
use nft_core::set::{Collector, Purpose, Shape, Target, WriteContext, write_elements};
use nft_core::wire::{Header, Messages, Writer};

const NEWSETELEM: u8 = 12;

/// Numbers without an order, the same in every run.
const fn scattered(seed: &mut u64) -> u32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 32) as u32
}

fn addresses(count: usize) -> Set {
    let mut set = Set::new(SetName::new("s").expect("a name"), KeyType::single(DataType::IPV4_ADDR));
    let mut seed = 1;
    for _ in 0..count {
        set.elements.push_point(&scattered(&mut seed).to_be_bytes(), &[]);
    }
    set
}

fn prefixes(count: usize) -> Set {
    let mut set = addresses(0);
    set.flags = SetFlags::INTERVAL;
    set.auto_merge = true;
    let mut seed = 7;
    for _ in 0..count {
        let low = scattered(&mut seed) & 0xffff_ff00;
        set.elements.push_range(&low.to_be_bytes(), &(low | 0xff).to_be_bytes(), &[]);
    }
    set
}

fn encode(set: &Set, writer: &mut Writer) {
    let shape = Shape::of(set, Family::Inet);
    let context = WriteContext { shape: &shape, auto_merge: set.auto_merge, environment: &NoEnvironment };
    let target = Target { table: "t", set: &set.name, id: Some(1) };
    let header = Header::nftables(NEWSETELEM, 0, 1);
    write_elements(&set.elements, &context, Purpose::Fill, &target, &header, writer).expect("valid elements");
}

fn decode(set: &Set, bytes: &[u8]) -> usize {
    let mut collector = Collector::new(Shape::of(set, Family::Inet));
    for message in Messages::new(bytes) {
        collector.add(message.expect("a message").reader()).expect("elements");
    }
    collector.finish().len()
}

fn best(runs: usize, mut run: impl FnMut()) -> Duration {
    let timed = (0..runs).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    timed.min().unwrap_or_default()
}

fn main() {
    for (name, set) in [
        ("addresses 100k", addresses(100_000)),
        ("addresses 1M", addresses(1_000_000)),
        ("prefixes 100k", prefixes(100_000)),
        ("prefixes 1M", prefixes(1_000_000)),
    ] {
        let mut writer = Writer::new();
        let encoding = best(5, || {
            writer.clear();
            encode(&set, &mut writer);
        });
        let bytes = writer.as_bytes().to_vec();
        let decoding = best(5, || {
            black_box(decode(&set, &bytes));
        });
        println!("{name:15} encode {encoding:>10.2?}  decode {decoding:>10.2?}  {:>9} bytes", bytes.len());
    }
}
