//! The phases, one by one, over rules as people write them; times are for all rules of the text.
//!
//! With `NFT_CORPUS=DIR` also over every rule of that corpus which compiles on its own, and the time that such a rule takes on average
//! from text to netlink bytes is printed.

#![expect(clippy::print_stdout, reason = "a program that prints a figure")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nft_core::bytecode::Program;
use nft_core::delinearize::{Context, NoNames, delinearize};
use nft_core::evaluate;
use nft_core::schema::Family;
use nft_core::wire::{Reader, Writer};
use nft_core::{NoDeclarations, NoEnvironment};
use nft_syntax::print::{self, Options};
use nft_syntax::{Document, lower};

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

/// The rules of the corpus that compile without declarations, as one chain of each family; and how many they are.
fn corpus() -> (Vec<(Family, String)>, usize) {
    let mut chains: Vec<(Family, String)> = Vec::new();
    let mut count = 0;
    let directory = std::env::var_os("NFT_CORPUS").unwrap_or_default();
    let text = std::fs::read_to_string(std::path::Path::new(&directory).join("rules.jsonl")).unwrap_or_default();
    for line in text.lines() {
        let Ok(case) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let word = |name: &str| case.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let Some(family) = Family::by_name(word("family")) else { continue };
        let rule = format!("\t\t{}\n", word("rule"));
        if word("verdict") != "accept" || netlink(family, &chain(family, &rule), &mut Writer::new()).is_none() {
            continue;
        }
        count += 1;
        match chains.iter_mut().find(|(of, _)| *of == family) {
            Some((_, rules)) => rules.push_str(&rule),
            None => chains.push((family, rule)),
        }
    }
    (chains.into_iter().map(|(family, rules)| (family, chain(family, &rules))).collect(), count)
}

fn chain(family: Family, rules: &str) -> String {
    format!("table {family} t {{\n\tchain c {{\n{rules}\t}}\n}}\n")
}

/// The rules of a text as netlink bytes, one after another in the writer.
fn netlink(family: Family, text: &str, writer: &mut Writer) -> Option<()> {
    let ruleset = lower::ruleset(text).ok()?;
    let context = evaluate::Context::new(family, "t", &NoEnvironment, &NoDeclarations);
    for rule in ruleset.tables.iter().flat_map(|table| &table.chains).flat_map(|chain| &chain.rules) {
        evaluate::compile(rule, &context).ok()?.program.encode(writer);
    }
    Some(())
}

fn every_rule(criterion: &mut Criterion) {
    let (chains, count) = corpus();
    if count == 0 {
        return;
    }
    let mut writer = Writer::new();
    let mut run = || {
        for (family, text) in &chains {
            writer.clear();
            netlink(*family, black_box(text), &mut writer).expect("rules that compile one by one");
        }
    };
    // The best of some rounds, as the machine may do other things meanwhile.
    let best = (0..20).map(|_| {
        let started = std::time::Instant::now();
        run();
        started.elapsed()
    });
    let best = best.min().unwrap_or_default().as_secs_f64() * 1e6;
    println!("corpus: {count} rules, {:.2} us each from text to netlink", best / count as f64);
    let mut group = criterion.benchmark_group("corpus");
    group.throughput(Throughput::Elements(count as u64));
    group.sample_size(20);
    group.bench_function("text to netlink", |bencher| bencher.iter(&mut run));
    group.finish();
}

criterion_group!(benches, phases, every_rule);
criterion_main!(benches);
