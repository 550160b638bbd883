//! What the reader takes and refuses; the recorded corpora, where they are.

use super::{Block, Mode, Reader};
use crate::document::Document;
use crate::source::Source;
use std::path::Path;

/// The first error of a text, with its place; nothing if it is fine.
fn errors(text: &str) -> String {
    let mut reader = Reader::new(text, Mode::Text);
    while reader.step().is_some() {}
    let source = Source::new("-", text);
    reader.diagnostics().iter().map(|error| source.show(error).to_string()).collect()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(errors(text), expected, "{text}");
}

#[track_caller]
fn tree(rule: &str, expected: &str) {
    let mut reader = Reader::within(rule, Block::Chain, Mode::Text);
    reader.step();
    assert_eq!(reader.diagnostics(), []);
    assert_eq!(format!("{:?}", reader.node().unwrap()), expected);
}

#[test]
fn rules_become_trees() {
    tree(
        "tcp dport 22 accept",
        "\
Rule 0..19
  StmtExpr 0..12
    Lhs 0..9
      SelHeader 0..9
        Header 0..3 \"tcp\"
        Word 4..9 \"dport\"
    Rhs 10..12
      Literal 10..12 \"22\"
  StmtVerdict 13..19
    Verdict 13..19
      VerdictWord 13..19 \"accept\"
",
    );
}

#[test]
fn separators_are_needed() {
    check("table ip t { chain c { accept; }; chain d { }; }", "");
    check("table ip t { chain c {\n accept\n}\n}", "");
    check(
        "table ip t { chain c { accept }\n}",
        "-:1:31-31: Error: unexpected `}`, expected newline or `;`; write `;` before it\ntable ip t { chain c { accept }\n                              ^\n",
    );
    check("table ip t { set s { type ipv4_addr; elements = { 1.1.1.1 } }\n}", "");
}

#[test]
fn errors_are_several_and_have_their_place() {
    check(
        "table ip t {\n chian c { }\n chain c {\n  tcp dport\n  acept\n  accept\n }\n}\n",
        "\
-:2:2-6: Error: unexpected `chian`, expected a clause of the block; did you mean `chain`?
 chian c { }
 ^^^^^
-:4:12-12: Error: unexpected newline, expected a value
  tcp dport
           ^
-:5:3-7: Error: unexpected `acept`, expected a statement; did you mean `accept`?
  acept
  ^^^^^
",
    );
}

#[test]
fn lists_are_one_token() {
    for list in ["{ 1, 2 }", "{ { 1, 2 }, 3 }", "{ 1, { 2, { 3 } } }", "{ 1, # }\n \"}{\" }"] {
        for (before, after) in
            [("define x = ", "\n"), ("table ip t { set s { elements = ", " } ; }"), ("add element t s ", ";")]
        {
            let text = format!("{before}{list}{after}");
            let document = Document::parse(text.as_str());
            let shown = format!("{:?}", document.items().last().unwrap());
            assert!(shown.contains(&format!("{list:?}")), "{text}\n{shown}\n{:?}", document.diagnostics());
        }
    }
}

/// Falls when the rule loses the form that pest searches through (some 1,500 MB/s then, 60 without).
#[test]
fn lists_are_read_fast() {
    if cfg!(debug_assertions) {
        return;
    }
    let text = format!("elements = {{ {} }}", "192.168.100.200, ".repeat(400_000));
    let best = (0..3).map(|_| {
        let started = std::time::Instant::now();
        let mut reader = Reader::within(&text, Block::Set, Mode::Text);
        assert_eq!(reader.step(), Some(super::Step::Item));
        started.elapsed()
    });
    let seconds = best.min().unwrap().as_secs_f64();
    let speed = text.len() as f64 / seconds / 1e6;
    assert!(speed > 150.0, "{speed:.0} MB/s");
}

#[test]
fn reserved_words_are_no_names() {
    for word in ["accept", "log", "mark", "inet", "hour", "counter", "all", "dnat"] {
        assert!(errors(&format!("table ip t {{\n chain {word} {{ }}\n}}\n")).contains("unexpected"), "{word}");
    }
    for word in ["filter", "input", "last", "rate", "ssh", "nat", "sets", "id", "in", "a.b-c/d_e", ".abc"] {
        check(&format!("table ip t {{\n chain {word} {{ }}\n}}\n"), "");
    }
}

#[test]
fn depth_is_bounded() {
    let deep = format!("table ip t {{\n chain c {{\n ip saddr {}1\n }}\n}}\n", "{".repeat(100_000));
    assert!(errors(&deep).contains("brackets in each other"));
    let long = format!("table ip t {{\n chain c {{\n meta mark set {} meta mark\n }}\n}}\n", "jhash ".repeat(100_000));
    assert!(errors(&long).contains("unexpected"));
}

/// What is tried in two ways at each level would take longer than the universe is old.
#[test]
fn depth_costs_no_more_than_length() {
    for (open, close) in [
        ("(", ")"),
        ("{ (", ") }"),
        ("( ip saddr map { (", ")"),
        ("ip saddr map { (1 : ", ") }"),
        ("jhash ( ", " )"),
        ("(tcp & ", ")"),
        ("{ 1 . (", ""),
    ] {
        for start in ["", "tcp dport ", "meta mark set ", "queue to ", "dnat to ", "counter name ", "reject with icmp "] {
            let (open, close) = (open.repeat(25), close.repeat(25));
            for text in [format!("{start}{open}1{close}"), format!("{start}{open}1"), format!("{start}{open}tcp dport{close}")]
            {
                let document = Document::parse(format!("add rule t c {text}\n").as_bytes());
                assert_eq!(document.tokens().collect::<String>(), document.text());
            }
        }
    }
}

#[test]
fn any_bytes_are_kept() {
    for bytes in [
        &b"# caf\xe9\nadd table ip t\n"[..],
        b"add table \xff t",
        b"table ip t {\r\n}\r\n",
        b"\xef\xbb\xbfadd table t",
        b"\"",
        b"{{{",
    ] {
        let document = Document::parse(bytes);
        assert_eq!(document.as_bytes(), bytes);
        assert_eq!(document.tokens().collect::<String>(), document.text());
    }
    assert_eq!(Document::parse(&b"# caf\xe9\nadd table ip t\n"[..]).diagnostics(), []);
    assert!(!Document::parse(&b"add table \xff t"[..]).diagnostics().is_empty());
    assert!(!Document::parse(&b"table ip t {\r\n}\r\n"[..]).diagnostics().is_empty());
}

/// The tree of every item, with and without the short way for plain statements.
#[track_caller]
fn same_tree(text: &str, block: Block) {
    let mut trees = [String::new(), String::new()];
    for (plain, tree) in [true, false].into_iter().zip(&mut trees) {
        let mut reader = Reader::within(text, block, Mode::Text);
        reader.plain = plain;
        while let Some(step) = reader.step() {
            *tree += &format!("{step:?}\n{:?}", reader.node());
        }
        *tree += &format!("{:?}", reader.diagnostics());
    }
    let [plain, grammar] = trees;
    assert_eq!(plain, grammar, "{text}");
}

#[test]
fn plain_statements_are_read_as_the_grammar_reads_them() {
    for rule in [
        "tcp dport 22 accept",
        "ip saddr 10.0.0.0/8 tcp dport { 22, 80-90,\n # c\n 443 } counter packets 1 bytes 2 drop comment \"x\"",
        "ip saddr . tcp dport { 1.2.3.4 . 22, 10.0.0.0/8 . 1-5, }",
        "ct state vmap { established : accept, new : jump c }",
        "meta mark set 5 accept",
        "meta mark set ct mark",
        "meta mark set 0x1 or 0x2",
        "iifname eth* oifname \"lo\" ct state established,related",
        "ether type ip accept",
        "ip protocol tcp tcp dport ssh",
        "ip6 saddr fe80::1 accept",
        "tcp dport $x, 5",
        "ip saddr @s , 5",
        "tcp dport != 5-8 tcp sport < 5",
        "tcp dport 22 \\\n# c\naccept",
        "tcp dport vmap @m",
        "tcp dport { } accept",
        "tcp dport { , 5 }",
        "tcp dport { 5 timeout 5s }",
        "tcp dport { 5 : 6 }",
        "tcp dport { ip : accept }",
        "tcp dport log",
        "tcp option maxseg size 5",
        "ip saddr.ip daddr 5",
        "counter name x",
        "counter bytes 5 packets 6",
        "jump log",
        "jump $x",
        "ct original saddr 1.2.3.4",
        "meta priority 1:2 accept",
    ] {
        same_tree(rule, Block::Chain);
    }
}

/// Every file of the corpus that nft can read is read, and written back as it was.
#[test]
fn corpus_is_lossless() {
    let corpus = Path::new("../../shared/conformance/rulesets");
    for directory in ["listings", "real/accept", "real/environment"] {
        let Ok(files) = std::fs::read_dir(corpus.join(directory)) else { continue };
        for path in files
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|ext| ext == "nft"))
        {
            let bytes = std::fs::read(&path).unwrap();
            let document = Document::parse(bytes.as_slice());
            same_tree(document.text(), Block::Top);
            assert_eq!(document.diagnostics(), [], "{}", path.display());
            assert_eq!(document.as_bytes(), bytes);
            assert_eq!(document.tokens().collect::<String>(), document.text());
            let mut end = 0;
            for item in document.items() {
                assert!(item.span().start >= end, "{}", path.display());
                end = item.span().end;
            }
        }
    }
}
