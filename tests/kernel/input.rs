//! Texts in turn, loaded by us and by the reference: what both take lists alike, what it refuses we refuse.

use libtest_mimic::Failed;
use nft::syntax::{NoFiles, lower};

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[("input_taken_as_nft_does", taken, true), ("input_refused_as_nft_does", refused, true)];

/// What there is before.
const BEFORE: &str = r#"
table ip t {
	set s { type ipv4_addr; }
	set counted { type ipv4_addr; counter; }
	set two { type ipv4_addr; counter; limit rate 5/second; }
	set learned { type ipv4_addr; flags dynamic; size 10; }
	map m { type ipv4_addr : ipv4_addr; }
	chain c { }
	chain in { type filter hook input priority 0; policy drop; }
	chain nat { type nat hook prerouting priority -100; }
	chain counted { meta mark 1; meta mark 2; meta mark 3; }
}
table inet i {
	map pairs { type ipv4_addr : ipv4_addr . inet_service; }
	chain c { type filter hook prerouting priority 0; }
	chain nat { type nat hook prerouting priority -100; }
}
table ip6 s { chain c { }; }
table netdev n { chain c { }; }
table bridge b { chain c { }; }
"#;

/// Commands in turn.
#[rustfmt::skip]
const TAKEN: &[&[&str]] = &[
    // A block without `type` changes a base chain that is there.
    &["add chain ip t in { policy accept; }"],
    &["chain ip t in { policy accept; }", "table ip t { chain in { policy drop; counter; }; }"],
    &["delete chain ip t in { type filter hook input priority 0; }"],
    // Rules without the word `rule`.
    &["add ip t c tcp dport 22", "add t c tcp dport 22", "t c tcp dport 22", "ip t c index 0 tcp dport 23", "rule t c accept"],
    // A range of one is a value.
    &["add rule ip t c tcp sport 5-5 tcp dport 22-22", "add rule ip t c ip dscp != 5-5", "add rule ip t c meta mark set 5-5",
      "add rule ip t c tcp dport { 22-22, 80 }", "add rule ip t c ip saddr . tcp dport { 1.2.3.4 . 22-22 }",
      "add rule ip t c ip saddr < 1.2.3.4-1.2.3.4", "add rule ip t nat tcp dport 22 dnat to 1.2.3.4-1.2.3.4:80-80",
      "add element ip t s { 1.2.3.4-1.2.3.4 comment \"x\" }", "add element ip t m { 1.2.3.4 : 1.1.1.1-1.1.1.1 }",
      "add rule ip t c ip protocol 6-6 tcp dport 3"],
    // Of a set of network protocols the last counts.
    &["add rule inet i c meta nfproto { ipv6, ipv4 } ip saddr 1.2.3.4", "add rule netdev n c ether type { arp, ip } ip saddr 1.2.3.4",
      "add rule netdev n c ether type { 8021q, ip } ip saddr 1.2.3.4", "add rule netdev n c meta protocol { ip6, ip } ip saddr 1.2.3.4",
      "add rule bridge b c vlan type { arp, ip } tcp dport 22", "add rule inet i c ct l3proto { ipv6, ipv4 } ip saddr 1.2.3.4",
      "add rule inet i c meta nfproto { 5, ipv4 } ip saddr 1.2.3.4"],
    // The protocol of a connection is that of the packet, where the network protocol is known.
    &["add rule ip t c ct protocol tcp tcp dport 22", "add rule ip6 s c ct protocol icmpv6 icmpv6 type echo-request",
      "add rule inet i c ct protocol tcp tcp dport 22", "add rule inet i c ip saddr 1.2.3.4 ct protocol tcp tcp dport 22",
      "add rule ip t c ct protocol != tcp tcp dport 22", "add rule ip t c ct protocol tcp reject with tcp reset",
      "add rule ip t nat ct protocol tcp redirect to :80", "add rule ip t c ip protocol 200 tcp dport 22"],
    // Keys of several fields remember those of single bits.
    &["add rule bridge b c vlan id . ether saddr { 5 . 00:11:22:33:44:55 } accept", "add rule ip t c tcp doff . tcp dport { 5 . 80 }",
      "add rule bridge b c vlan id . ip saddr vmap { 5 . 1.2.3.4 : accept }", "add rule ip t c ip length . ip version { 500 . 4 }",
      "add rule ip6 s c ip6 flowlabel . tcp dport { 5 . 22-80 }", "add rule bridge b c vlan pcp . vlan dei { 5 . 1 }",
      "add rule ip6 s c frag more-fragments . ip6 saddr { 1 . ::1 }", "add rule ip t c @th,4,4 . ip saddr { 5 . 1.2.3.4 }"],
    // The type of an option is whether it is there; any number but 0 is "yes".
    &["add rule ip t c ip option lsrr type 131", "add rule ip t c ip option rr type { 7, 0 }", "add rule ip6 s c exthdr hbh 5",
      "add rule ip t c tcp option sack-perm 5", "add rule ip t c ip option rr type != 7"],
    // Forms of translations.
    &["add rule ip t nat meta l4proto tcp dnat ip addr . port to ip saddr map { 1.2.3.4 : 5.6.7.8 . 80 }",
      "add rule inet i nat meta l4proto tcp dnat ip addr . port to ip saddr map @pairs",
      "add rule ip t nat dnat ip prefix to ip saddr map { 10.0.0.0/24 : 10.1.0.0/24 }"],
    // Matches of a packet in a tunnel merge, unless one of the packet around it stands between.
    &["add rule inet i c udp dport 4789 vxlan ether saddr 1:2:3:4:5:6 vxlan vlan id 5",
      "add rule inet i c udp dport 4789 vxlan ether saddr 1:2:3:4:5:6 vxlan ether daddr 1:2:3:4:5:7",
      "add rule inet i c udp dport 4789 vxlan tcp sport 5 vxlan tcp dport 6", "add rule inet i c udp dport 4789 vxlan ip ttl 5 vxlan ip protocol 6",
      "add rule netdev n c udp dport 4789 vxlan icmp type echo-request vxlan icmp code 0"],
    // Statements of elements.
    &["add element ip t counted { 1.2.3.4 counter, 1.2.3.5 }", "add element ip t learned { 1.2.3.4 counter }",
      "add element ip t two { 1.2.3.4 counter limit rate 5/second }",
      "table ip t { set late { type ipv4_addr; elements = { 1.2.3.4 counter }; counter; }; }"],
    // Rules that go in the batch still count.
    &["flush chain ip t counted\nadd rule ip t counted meta mark 9\nadd rule ip t counted index 0 meta mark 99"],
    &["flush table ip t\nadd rule ip t counted meta mark 9\nadd rule ip t counted index 3 meta mark 99"],
    &["flush chain ip t counted\ninsert rule ip t counted index 2 meta mark 98\ninsert rule ip t counted index 2 meta mark 99"],
    &["delete chain ip t counted\nadd chain ip t counted\nadd rule ip t counted meta mark 9\nadd rule ip t counted index 0 meta mark 99"],
    &["delete table ip t\nadd table ip t\nadd chain ip t counted\nadd rule ip t counted meta mark 9\nadd rule ip t counted index 0 meta mark 99"],
];

/// Refused by the reference.
#[rustfmt::skip]
const REFUSED: &[&str] = &[
    "add chain ip t c { policy accept; }", "create chain ip t in { policy accept; }",
    "insert t c tcp dport 23", "replace t c handle 2 accept", "delete t c handle 2", "create t c accept",
    "add rule inet i c meta nfproto { ipv4, ipv6 } ip saddr 1.2.3.4", "add rule netdev n c ether type { ip, arp } ip saddr 1.2.3.4",
    "add rule inet i c meta l4proto { udp, tcp } tcp dport 22", "add rule inet i c meta l4proto { 200, tcp } tcp dport 22",
    "add rule inet i c meta l4proto tcp meta l4proto udp udp dport 5", "add rule ip t c meta l4proto 200 tcp dport 22",
    "add rule inet i c meta nfproto 5 ip saddr 1.2.3.4", "add rule ip t c ct protocol udp tcp dport 22",
    "add rule inet i nat ct protocol tcp dnat ip to 1.2.3.4:80", "add rule ip6 s c ct protocol udp icmpv6 id 7",
    "add rule inet i c meta l4proto { tcp, udp } reject with tcp reset",
    "add rule ip t c osf name . ip saddr { \"Linux\" . 1.2.3.4 }", "add rule ip t c meta mark set jhash ip saddr . ct helper mod 5",
    "add element ip t s { 1.2.3.4/32 }", "add element ip t s { 1.2.3.4 counter }", "add element ip t counted { 1.2.3.4 quota 5 bytes }",
    "add element ip t two { 1.2.3.4 counter }", "add element ip t two { 1.2.3.4 limit rate 5/second counter }",
    "add element ip t m { 1.2.3.4 counter : 1.1.1.1 }", "delete element ip t s { 1.2.3.4 counter }",
    "table ip t { set z { type ipv4_addr; elements = { 1.2.3.4 counter }; }; }",
    "flush set ip t m", "flush map ip t s", "flush meter ip t s", "list set ip t m", "list map ip t s",
    "add map ip t ma { type ipv4_addr : ipv4_addr; }\nflush set ip t ma",
    "add map ip t am { type ipv4_addr : ipv4_addr; flags interval; auto-merge; }",
    "add set ip t f { typeof meta mark & 0xff; }", "add set ip t f { typeof (meta mark); }", "add set ip t f { typeof 5; }",
    "add rule ip t c meta day 7", "add rule ip t c meta day { 1, 9 }", "add rule ip t c meta nftrace set udp length",
    "add rule inet i c ip daddr 1.2.3.4 tcp dport 80 tproxy to 127.0.0.1:80",
    "add rule inet i c ip daddr 1.2.3.4 tcp dport 80 tproxy to :80",
    "add rule inet i c exthdr srh exists", "add rule inet i c exthdr rt0 exists",
    "add rule ip t c iifname tcp", "add rule ip t c iif udp", "add rule ip t c ct helper icmp",
    "add rule ip t nat meta l4proto tcp dnat addr . port to ip saddr map { 1.2.3.4 : 5.6.7.8 . 80 }",
    "add rule ip t nat meta l4proto tcp dnat ip addr . port to 1.2.3.4", "add rule ip t nat meta l4proto tcp dnat ip prefix to 1.2.3.4:80",
];

fn run(text: &str) -> Result<(), String> {
    let mut nfnl = open().map_err(|error| format!("{error:?}"))?;
    let commands = lower::load(text, "test", &mut NoFiles, &nfnl.declarations()).map_err(|error| error.to_string())?;
    nfnl.apply(&commands).map_err(|error| error.to_string())
}

fn taken() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for texts in TAKEN {
        flush()?;
        oracle::load(BEFORE)?;
        texts.iter().try_for_each(|text| oracle::load(text))?;
        let expected = oracle::nft(&["list", "ruleset"])?;
        flush()?;
        oracle::load(BEFORE)?;
        if let Some((text, error)) = texts.iter().find_map(|text| run(text).err().map(|error| (text, error))) {
            wrong.push(format!("{text}\nis refused: {error}"));
            continue;
        }
        let found = oracle::nft(&["list", "ruleset"])?;
        if found != expected {
            let lines = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
            wrong.push(format!("{texts:?}\nmakes other rules: {lines:?}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn refused() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for text in REFUSED {
        flush()?;
        oracle::load(BEFORE)?;
        oracle::refusal(text)?;
        if run(text).is_ok() {
            wrong.push(*text);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("taken: {}", wrong.join("\n")).into()) }
}
