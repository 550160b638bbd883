//! The phases, one by one, over rules as people write them; times are for all rules of the text.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nft::bytecode::Program;
use nft::delinearize::{Context, NoNames, delinearize};
use nft::evaluate;
use nft::schema::Family;
use nft::syntax::print::{self, Options};
use nft::syntax::{Document, lower};
use nft::wire::{Reader, Writer};
use nft::{NoDeclarations, NoEnvironment};

/// Kinds of rules, repeated with other numbers.
const RULES: usize = 1000;

fn text() -> String {
    let mut text = "table inet bench {\n\tchain c {\n".to_owned();
    for index in 0..RULES {
        let (a, port) = (index % 250, 1 + index % 60_000);
        text.push_str(&match index % 5 {
            0 => format!("\t\tip saddr 10.1.2.{a} tcp dport {port} counter accept\n"),
            1 => format!("\t\tiifname \"eth{a}\" ip daddr 10.{a}.0.0/16 drop\n"),
            2 => format!("\t\tct state established,related udp sport {port} accept\n"),
            3 => format!("\t\tmeta mark 0x{index:x} limit rate 10/second log prefix \"n{a}: \"\n"),
            _ => format!("\t\ttcp dport {{ {port}, 65000 }} meta mark set 0x{index:x}\n"),
        });
    }
    text.push_str("\t}\n}\n");
    text
}

fn phases(criterion: &mut Criterion) {
    let text = text();
    let ruleset = lower::ruleset(&text).expect("a good text");
    let rules = &ruleset.tables[0].chains[0].rules;
    let context = evaluate::Context::new(Family::Inet, "bench", &NoEnvironment, &ruleset);
    let compiled: Vec<_> = rules.iter().map(|rule| evaluate::compile(rule, &context).expect("a good rule")).collect();
    let encoded: Vec<Vec<u8>> = compiled
        .iter()
        .map(|compiled| {
            let mut writer = Writer::new();
            compiled.program.encode(&mut writer);
            writer.as_bytes().to_vec()
        })
        .collect();
    let mut group = criterion.benchmark_group("rules");
    group.throughput(Throughput::Elements(RULES as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| Document::parse(black_box(text.as_bytes()))));
    group.bench_function("parse+lower", |bencher| bencher.iter(|| lower::ruleset(black_box(&text))));
    group.bench_function("evaluate+linearize", |bencher| {
        bencher.iter(|| rules.iter().for_each(|rule| drop(black_box(evaluate::compile(rule, &context)))));
    });
    group.bench_function("encode", |bencher| {
        let mut writer = Writer::new();
        bencher.iter(|| {
            writer.clear();
            compiled.iter().for_each(|compiled| compiled.program.encode(&mut writer));
            writer.len()
        });
    });
    group.bench_function("text to netlink", |bencher| {
        bencher.iter(|| {
            let ruleset = lower::ruleset(black_box(&text)).expect("a good text");
            let context = evaluate::Context::new(Family::Inet, "bench", &NoEnvironment, &NoDeclarations);
            let mut writer = Writer::new();
            for rule in &ruleset.tables[0].chains[0].rules {
                evaluate::compile(rule, &context).expect("a good rule").program.encode(&mut writer);
            }
            writer.len()
        });
    });
    group.bench_function("decode+delinearize+print", |bencher| {
        let names = Context { family: Family::Inet, names: &NoNames };
        bencher.iter(|| {
            let mut out = String::new();
            for bytes in &encoded {
                let program = Program::decode(Reader::new(bytes)).expect("a good rule");
                let _ = print::rule(&mut out, &delinearize(&program, &names), Family::Inet, &Options::default());
            }
            out.len()
        });
    });
    group.finish();
}

criterion_group!(benches, phases);
criterion_main!(benches);
