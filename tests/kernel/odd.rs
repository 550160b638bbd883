//! Rules that are seldom written: the same instructions, listing and refusals as the reference has for them.

use libtest_mimic::Failed;
use nft::NoDeclarations;
use nft::message::trace::Trace;
use nft::syntax::{NoFiles, lower};
use nft::wire::Messages;

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[("odd_rules", rules, true), ("odd_refusals", refusals, true)];

/// What the rules refer to.
const SETS: &str = "set sm { type mark; size 9; flags dynamic; }
set s4 { type ipv4_addr; size 9; flags dynamic; }
map m4 { type ipv4_addr : ipv4_addr; }
map m6 { type ipv6_addr : ipv6_addr; }
map m44 { type ipv4_addr : ipv4_addr . inet_service; }
map mm { type ipv4_addr : mark; size 9; flags dynamic,timeout; }
set c { type ipv4_addr; flags constant; size 1; policy memory; elements = { 1.1.1.1, 2.2.2.2 }; }
set p { type ipv4_addr; policy performance; }
define sooner = -5
chain b { type filter hook input priority $sooner; }
chain o { }";

/// Family and rule.
const RULES: &[(&str, &str)] = &[
    ("ip", "dnat to 1.2.3.4 random persistent"),
    ("ip", "dnat ip prefix to ip saddr map { 10.0.0.0/24 : 192.168.0.0/24 } random"),
    ("inet", "dnat to meta mark . ip saddr map { 1 . 1.2.3.4 : 5.6.7.8 }"),
    ("inet", "meta l4proto tcp tproxy to ip saddr map { 1.2.3.4 : 5.6.7.8 }:80"),
    ("ip", "meta mark & 0xf ^ 1 == 5"),
    ("ip", "meta mark ^ 1 > 5"),
    ("ip", "ip hdrlength ^ 1 == 5"),
    ("ip", "(meta mark ^ 1) & 3 == 2"),
    ("ip", "tcp dport << 1 > 4"),
    ("ip", "tcp dport << 1 4-8"),
    ("ip", "tcp dport << 1 & 3 == 2"),
    ("ip", "tcp window set tcp window << 1"),
    ("ip", "meta mark set meta mark << 0"),
    ("bridge", "vlan dei << 1 == 0"),
    ("ip", "ip version vmap { 4 : accept, * : drop }"),
    ("ip6", "ip6 dscp vmap { 0-5 : accept, 0x38 : drop }"),
    ("bridge", "vlan id != { 4094-4095, 1 }"),
    ("ip6", "ip6 version != { 14-15, 7 }"),
    ("ip6", "ip6 version vmap { 14-15 : accept, 7 : drop }"),
    ("ip", "@th,13,2 { 2-3, 0 }"),
    ("ip", "ct state { new }"),
    ("ip", "ct state { new | established }"),
    ("ip", "ct status { snat }"),
    ("ip", "numgen inc mod 3 vmap { 0 : accept, 7 : drop }"),
    ("ip", "meta mark set numgen inc mod 3 map { 0 : 1, 7 : 2 }"),
    ("ip", "add @sm { tcp dport }"),
    ("ip", "add @sm { ip dscp }"),
    ("ip6", "add @sm { ip6 flowlabel }"),
    ("ip", "add @s4 { ip saddr timeout 0s }"),
    ("ip", "numgen inc mod 5 @sm"),
    ("ip", "jhash ip saddr mod 5 . ip saddr { 1 . 1.2.3.4 }"),
    ("ip", "tcp dport { 22 timeout 5s }"),
    ("inet", "gre version 1 gretap ip saddr 1.2.3.4"),
    ("inet", "meta l4proto gre gretap ip saddr 1.2.3.4"),
    ("ip", "ether type ip6 reject with icmp port-unreachable"),
    ("ip6", "ether type ip reject"),
    ("ip", "counter packets 5"),
    ("ip", "tcp option sack le 0"),
    ("ip", "meta mark set ip hdrlength"),
    ("ip", "meta mark set ip hdrlength << 2"),
    ("ip", "ct mark set ip saddr & 0xff"),
    ("inet", "ct mark set ip6 flowlabel"),
    ("ip", "ip frag-off vmap { 1 : accept, 3 : drop }"),
    ("ip", "udp dport 4789 geneve vni { 1, 2 }"),
    ("ip", "udp dport 4789 vxlan vni 5"),
    ("ip", "udp dport 4789 vxlan vni & 1 == 1"),
    ("ip", "fib saddr type { 1-3, blackhole }"),
    ("ip", "ct state { 0-3, untracked }"),
    ("ip", "ct state vmap { 0-3 : accept, untracked : drop }"),
    ("ip", "tcp flags { 0-3, ack }"),
    ("ip", "tcp option sack . tcp dport { exists . 1 }"),
    ("inet", "meta nfproto ipv4 meta l4proto icmp accept"),
    ("inet", "meta nfproto ipv4 meta l4proto ipv6-icmp accept"),
    ("inet", "icmpv6 code set 1"),
    ("ip", "icmp type set echo-reply"),
    ("ip", "icmp id set icmp id | 1"),
    ("ip6", "ip6 ecn set ip6 ecn | 1"),
    ("bridge", "vlan id set vlan id & 1"),
    ("ip", "dccp type set dccp type | 1"),
    ("ip", "@th,5,3 set @th,5,3 | 1"),
    ("ip", "@ih,5,11 . meta mark { 1 . 0x11 }"),
    ("ip", "tcp option maxseg size set tcp window"),
    ("ip", "tcp option maxseg size set tcp dport map { 22 : 1400 }"),
    ("ip", "log group 1 snaplen 0"),
];

/// Both refuse them.
const REFUSED: &[(&str, &str)] = &[
    ("ip", "dnat ip 1.2.3.4"),
    ("inet", "tcp dport 80 dnat ip to :80"),
    ("ip", "tcp dport 80 dnat to [1.2.3.4]:80"),
    ("inet", "dnat to ip saddr & 255.255.255.0 map { 1.2.3.4 : 5.6.7.8 }"),
    ("inet", "dnat to jhash ip saddr mod 2 map { 0 : 1.2.3.4, 1 : 1.2.3.5 }"),
    ("inet", "dnat ip to ip6 saddr map @m6"),
    ("ip", "ip daddr set ip saddr map @m44"),
    ("ip", "meta priority set ip saddr map @mm"),
    ("ip", "meta mark set @nh,8,8"),
    ("ip", "ip ttl set ip ttl"),
    ("ip", "ip protocol set tcp"),
    ("ip6", "meta mark set frag id"),
    ("ip6", "meta mark set exthdr frag"),
    ("ip", "meta mark set ipsec in reqid"),
    ("ip", "ct count until 5"),
    ("ip", "ct original saddr { 1.2.3.4, 1.2.3.5 }"),
    ("ip", "ct original saddr . tcp dport vmap { 1.2.3.4 . 22 : drop }"),
    ("ip", "ct original saddr @s4"),
    ("ip", "jhash ip saddr mod 4 100"),
    ("ip", "numgen inc mod 10 & 0xff == 1"),
    ("ip", "symhash mod 2 { 0, 2 }"),
    ("ip", "tcp dport << 1 == ssh"),
    ("ip", "ip ttl << 8 == 0"),
    ("ip", "iifname exists"),
    ("ip", "comp flags 0, 3"),
    ("ip", "meta mark . comp flags { 0x11 . 3 }"),
    ("ip", "add @s4 { ip saddr comment \"x\" }"),
    ("ip", "add @mm { ip saddr timeout never : 1 }"),
    ("ip", "add @mm { ip saddr counter timeout 1h : 1 }"),
    ("ip", "meter x { ip saddr counter quota 5 bytes }"),
    ("inet", "gretap ip saddr 1.2.3.4 gre version 1"),
    ("ip", "ether type ip6 reject with icmpv6 no-route"),
];

/// Declarations that both refuse.
const UNDECLARED: &[&str] = &[
    "set s { type day; }",
    "map m { type ipv4_addr : hour; }",
    "set s { type ipv4_addr . hour; }",
    "counter o { packets 5; }",
];

fn ours(text: &str) -> Result<String, Failed> {
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

fn table(family: &str, rule: &str) -> String {
    format!("table {family} t {{\n{SETS}\nchain x {{\n{rule}\n}}\n}}\n")
}

fn rules() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (family, rule) in RULES {
        flush()?;
        let text = table(family, rule);
        let (expected, found) = (oracle::bytecode(&text)?, ours(&text)?);
        if lines(&expected) != lines(&found) {
            wrong.push(format!("{family} {rule}:\n{expected}\nbut\n{found}"));
        }
        oracle::load(&text)?;
        let (expected, found) = (oracle::nft(&["list", "ruleset"])?, nft::to_string(&open()?.pull()?));
        if expected != found {
            wrong.push(format!("{family} {rule} is listed as\n{expected}\nbut\n{found}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn refusals() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let rules = REFUSED.iter().map(|(family, rule)| table(family, rule));
    for text in rules.chain(UNDECLARED.iter().map(|clause| format!("table ip t {{\n{clause}\n}}\n"))) {
        flush()?;
        oracle::refusal(&text)?;
        let taken = lower::load(&text, "test", &mut NoFiles, &NoDeclarations)
            .is_ok_and(|commands| open().is_ok_and(|mut nfnl| nfnl.apply(&commands).is_ok()));
        if taken {
            wrong.push(format!("taken:\n{text}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
