//! Mistakes that others made on the way to the kernel, each with what guards against it: the same instructions and elements as the
//! reference, and a kernel that takes them.

// Where else such mistakes are looked for:
//
// | mistake | test |
// |---|---|
// | batches above the send buffer, element lists above an attribute, rules in reversed order | `large.rs` |
// | errors in the middle of a batch that are lost, a lost acknowledgement that hangs | `netlink/tests.rs`: `errors_in_the_middle`, `no_answer_is_an_error`; `errors.rs` |
// | differences that never settle, what is read otherwise than written | `roundtrip.rs`: `nothing_differs`; `corpus.rs`: every ruleset |
// | unknown expressions that are sent empty | `netlink/tests.rs`: `an_edited_unknown_rule_is_refused`; `kept.rs` |
// | the generation asked after the snapshot, answers of an abandoned dump | `netlink/tests.rs`: `the_generation_comes_first`, `answers_of_others_are_passed_over` |
// | truncated and torn dumps, an error in the last message of one | `netlink/faults.rs`, `netlink/tests.rs`: `torn_dumps_are_taken_again` |
// | events before the end of their commit, a monitor that is deaf | `netlink/commits/tests.rs`; `monitor.rs` |
// | refusals of the configuration of NFLOG, its time-out in 10 ms | `nflog/tests.rs`; `nflog.rs` |
// | tables and rules of others that go in a reconciliation | `reconcile.rs`, `soak.rs` |
// | lengths of userdata and attributes that wrap | `message/rule.rs`, `wire/writer.rs`; `refused` below |

use libtest_mimic::Failed;
use nft::NoDeclarations;
use nft::message::trace::Trace;
use nft::model::{Chain, Rule, Ruleset, Stmt, Table, Verdict};
use nft::name::{ChainName, TableName};
use nft::netlink::Push;
use nft::schema::Family;
use nft::syntax::{NoFiles, lower};
use nft::wire::Messages;

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("regressions_compile", compile, true),
    ("regressions_refused", refused, false),
    ("regressions_other_tables_stay", other_tables_stay, false),
];

/// What went wrong elsewhere, and a rule or set in which it would show.
const COMPILED: &[(&str, &str)] = &[
    ("numbers of jump and goto that are those of break", "chain o { }\nchain c { jump o; goto o; }"),
    ("redirect with the attributes of nat", "chain c { type nat hook prerouting priority 0; tcp dport 80 redirect to :8080; }"),
    (
        "reject that drops, tcp reset with a code, icmp without",
        "chain c { reject; reject with tcp reset; reject with icmpx 1; }",
    ),
    (
        "wrong numbers of types, fields in the wrong order",
        "set s { type ipv4_addr . inet_service . mark; elements = { 1.1.1.1 . 22 . 5 }; }",
    ),
    ("meta nfproto and l4proto as nftrace and rtclassid", "chain c { meta nfproto ipv4; meta l4proto tcp; }"),
    ("a port without its protocol", "chain c { tcp dport 22; udp sport 53; }"),
    (
        "a concatenation without ranges that asks for them",
        "set s { type ipv4_addr . inet_service; elements = { 1.1.1.1 . 22 }; }",
    ),
    (
        "a range that ends nowhere, one up to the last address",
        "set s { type ipv4_addr; flags interval; elements = { 1.0.0.0/8, 255.0.0.0/8, 9.9.9.9 }; }",
    ),
    ("addresses as text, ports as protocols", "map m { type ipv4_addr : inet_service; elements = { 1.1.1.1 : 22 }; }"),
    (
        "host order where the network's is meant, and the other way",
        "chain c { ct state established,related; meta mark 5; iif \"lo\"; meta skuid 0; ct mark 7; }",
    ),
    ("seconds for milliseconds", "set s { type ipv4_addr; timeout 1h; }"),
    ("numbers of queues that are lost", "chain c { queue to 5; }"),
    ("a group of a log that names none", "chain c { log; log group 5; }"),
    ("flags that are tested and flags that are compared", "chain c { tcp flags syn; tcp flags == syn; }"),
    ("octal numbers", "chain c { meta mark 010; }"),
    ("ct state as the key of a verdict map", "chain c { ct state vmap { established : accept, invalid : drop }; }"),
    ("the mark as the key of a map", "chain c { ip saddr set meta mark map { 1 : 10.0.0.1, 2 : 10.0.0.2 }; }"),
    ("an anonymous set under the wrong attribute for its number", "chain c { tcp dport { 22, 80-90 }; }"),
    ("reject in a table of one protocol", "chain c { ip saddr 1.1.1.1 reject with icmp host-unreachable; }"),
];

fn bytecode(text: &str) -> Result<String, Failed> {
    let commands = lower::load(text, "test", &mut NoFiles, &NoDeclarations).map_err(|error| error.to_string())?;
    let batch = open()?.encode(&commands)?;
    let (mut trace, mut found) = (Trace::new(), String::new());
    for message in Messages::new(&batch) {
        trace.message(&message?, &mut found)?;
    }
    Ok(found)
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect()
}

fn compile() -> Result<(), Failed> {
    for (what, body) in COMPILED {
        flush()?;
        let text = format!("table inet t {{\n{}\n}}\n", body.replace("; }", ";\n}"));
        let (expected, found) = (oracle::bytecode(&text)?, bytecode(&text)?);
        if lines(&expected) != lines(&found) {
            return Err(format!("{what}:\n{expected}\nbut\n{found}").into());
        }
    }
    Ok(())
}

/// What must not be sent: it would do something else than it says.
const REFUSED: &[(&str, &str)] = &[
    ("a message of both families in one", "table ip t {\nchain c {\nreject with icmpx admin-prohibited\n}\n}"),
    ("addresses of classes", "table ip t {\nchain c {\nip saddr 10.1\n}\n}"),
    ("block comments", "table ip t {\n/* none */\n}"),
    ("a string with an escape", "table ip t {\nchain c {\naccept comment \"a\\\"b\"\n}\n}"),
    ("a quoted name", "table ip \"t\" {\n}"),
];

fn refused() -> Result<(), Failed> {
    for (what, text) in REFUSED {
        if bytecode(text).is_ok() || oracle::path().is_some() && oracle::refusal(text).is_err() {
            return Err(format!("{what}: taken").into());
        }
    }
    // Lengths are one byte in userdata, and wrap nowhere.
    let mut rule = Rule::new(vec![Stmt::Verdict(Verdict::Accept)]);
    rule.comment = Some("x".repeat(300).into());
    match open()?.push(&one("t", vec![rule])?, Push::Replace) {
        Ok(()) => Err("a comment of 300 bytes was sent".into()),
        Err(_) => Ok(()),
    }
}

fn one(table: &str, rules: Vec<Rule>) -> Result<Ruleset, Failed> {
    let mut chain = Chain::new(ChainName::new("c")?);
    chain.rules = rules;
    let mut table = Table::new(Family::Inet, TableName::new(table)?);
    table.chains.push(chain);
    let mut ruleset = Ruleset::new();
    ruleset.tables.push(table);
    Ok(ruleset)
}

/// Who pushes a table takes no other one away.
fn other_tables_stay() -> Result<(), Failed> {
    let mut nfnl = open()?;
    nfnl.push(&one("mine", Vec::new())?, Push::Replace)?;
    nfnl.push(&one("yours", Vec::new())?, Push::Replace)?;
    nfnl.push(&one("mine", vec![Rule::new(vec![Stmt::Verdict(Verdict::Drop)])])?, Push::Replace)?;
    let names: Vec<String> = nfnl.pull()?.tables.iter().map(|table| table.name.to_string()).collect();
    if names.len() == 2 && names.iter().any(|name| name == "yours") { Ok(()) } else { Err(format!("{names:?}").into()) }
}
