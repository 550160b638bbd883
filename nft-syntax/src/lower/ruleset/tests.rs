//! What texts of commands add up to. The listings are those of nft for the same text.

use std::time::{Duration, Instant};

use super::ruleset;
use crate::print::to_string;

const HEAD: &str = "add table ip t\nadd chain ip t c\n";

/// The rules of the chain after the commands.
#[track_caller]
fn check_rules(commands: &str, expected: &[&str]) {
    let ruleset = ruleset(&format!("{HEAD}{commands}")).expect("a ruleset");
    let listed = to_string(&ruleset);
    let rules: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("\t\t")).collect();
    assert_eq!(rules, expected, "{commands}");
}

#[track_caller]
fn check_refused(commands: &str, expected: &str) {
    let found = ruleset(&format!("{HEAD}{commands}")).expect_err("this is refused");
    let messages: Vec<&str> = found.diagnostics().iter().map(|diagnostic| &*diagnostic.message).collect();
    assert_eq!(messages, [expected], "{commands}");
}

#[test]
fn rules_go_where_the_command_says() {
    check_rules("add rule t c accept\nadd rule t c drop", &["accept", "drop"]);
    check_rules("insert rule t c accept\ninsert rule t c drop\nadd rule t c return", &["drop", "accept", "return"]);
    check_rules(
        "add rule t c mark 1\nadd rule t c accept\nadd rule t c index 0 log\ninsert rule t c index 1 drop",
        &["meta mark 0x00000001", "drop", "log", "accept"],
    );
    check_rules(
        "insert rule t c mark 1\ninsert rule t c mark 2\nadd rule t c index 0 mark 3\ninsert rule t c mark 4",
        &["meta mark 0x00000004", "meta mark 0x00000002", "meta mark 0x00000003", "meta mark 0x00000001"],
    );
    check_rules("insert rule t c accept\nflush chain t c\ninsert rule t c drop", &["drop"]);
    check_rules("insert rule t c accept\nflush table t\nadd rule t c drop", &["drop"]);
    check_rules(
        "insert rule t c accept\ntable ip t { chain c { drop; }; }\ninsert rule t c return",
        &["return", "accept", "drop"],
    );
}

#[test]
fn rules_that_are_not_there_are_no_place() {
    check_refused("add rule t c index 0 log", "no such rule: index 0 in chain `c`, which has 0");
    check_refused("add rule t c accept\nadd rule t c index 1 log", "no such rule: index 1 in chain `c`, which has 1");
    check_refused("add rule t c accept\ninsert rule t c index 1 log", "no such rule: index 1 in chain `c`, which has 1");
    check_refused("add rule t c handle 5 accept", "rules of a text have no handles");
}

#[test]
fn what_is_created_must_be_new() {
    check_refused("create table t", "file exists: table ip `t`");
    check_refused("create chain t c", "file exists: chain `c` in table ip `t`");
    check_refused("add counter t x\ncreate counter t x", "file exists: object `x` in table ip `t`");
    let set = "add set t s { type ipv4_addr; }\n";
    check_refused(&format!("{set}create set t s {{ type ipv4_addr; }}"), "file exists: set `s` in table ip `t`");
    check_refused(
        &format!("{set}add element t s {{ 1.1.1.1 }}\ncreate element t s {{ 2.2.2.2, 1.1.1.1 }}"),
        "file exists: element of set `s` in table ip `t`",
    );
    check_rules(
        "create chain t d\ncreate counter t x\ncreate quota t x 1 bytes\ncreate table ip6 t",
        &["packets 0 bytes 0", "1 bytes"],
    );
    check_rules("delete table t\ncreate table t\ncreate chain t c\nadd rule t c drop", &["drop"]);
}

#[test]
fn what_is_deleted_is_gone() {
    let text = "table ip a { }\ntable ip b { chain c { accept; }; }\ntable ip6 b { }\ndelete table b\ntable ip b { }\n";
    assert_eq!(to_string(&ruleset(text).expect("a ruleset")), "table ip a {\n}\ntable ip6 b {\n}\ntable ip b {\n}\n");
    check_refused("delete table x", "no such table: ip `x`");
    check_rules("destroy table x\nflush ruleset ip6\nadd rule t c drop", &["drop"]);
}

/// Seconds for a text of `count` lines.
fn time(count: usize, line: impl Fn(usize) -> String) -> Duration {
    let text: String = (0..count).map(line).collect();
    let start = Instant::now();
    ruleset(&text).expect("a ruleset");
    start.elapsed()
}

/// Four times the text may take eight times as long (the machine has other work), not sixteen times.
#[track_caller]
fn check_linear(line: impl Fn(usize) -> String) {
    let steps = |count| (0..2).map(|_| time(count, &line)).min().unwrap_or_default();
    let (few, many) = (steps(1_000), steps(4_000));
    assert!(many < few * 8, "{few:?} for 1,000, {many:?} for 4,000: {}", line(0));
}

#[test]
fn many_names_take_no_longer_each() {
    check_linear(|number| format!("add table ip t{number}\n"));
    check_linear(|number| format!("table ip t {{ chain c{number} {{ accept; }}; }}\n"));
    check_linear(|number| format!("table ip t {{ set s{number} {{ type mark; }}; }}\n"));
    check_linear(|number| format!("table ip t {{ counter x{number} {{ }}; }}\n"));
    check_linear(|number| match number {
        0 => "table ip t { chain c { }; }\n".to_owned(),
        _ => "insert rule t c accept\n".to_owned(),
    });
}

#[test]
fn definitions_do_not_double_without_end() {
    let mut text = String::from("define a0 = { 1, 2 }\n");
    for number in 1..28 {
        let before = number - 1;
        text += &format!("define a{number} = {{ $a{before}, $a{before} }}\n");
    }
    let found = ruleset(&format!("{text}table t {{ set s {{ type mark; elements = $a27; }}; }}\n")).expect_err("too much");
    assert_eq!(found.diagnostics()[0].message, "too much text: the variables stand for more than can be read");
    let rule = ruleset(&format!("{text}table t {{ chain c {{ mark $a27; }}; }}\n")).expect_err("too much");
    assert_eq!(rule.diagnostics()[0].message, found.diagnostics()[0].message);
    // What is used often but not through itself is fine.
    let rules = "\t\tmark $a3 accept\n".repeat(2_000);
    ruleset(&format!("{text}table t {{\n\tchain c {{\n{rules}\t}}\n}}\n")).expect("not too much");
}
