//! Where refusals of the kernel are shown: at the same words as the reference shows them.

use libtest_mimic::Failed;
use nft::Error;
use nft::syntax::{NoFiles, lower};

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[("refusals_point_to_words", words, true)];

/// What there is before each of the commands.
const BEFORE: &str = r#"
table inet t {
	counter cn { }
	set s { type ipv4_addr; elements = { 1.1.1.1, 2.2.2.2 }; }
	set iv { type ipv4_addr; flags interval; elements = { 10.0.0.0/24 }; }
	set p { type ipv4_addr . inet_service; }
	map m { type ipv4_addr : verdict; elements = { 9.9.9.9 : jump c1 }; }
	chain c1 { counter name "cn"; }
	chain c2 { jump c1; }
	chain base { type filter hook input priority 0; jump c2; }
	chain nat { type nat hook prerouting priority 0; }
	chain used { ip saddr @s accept; }
}
"#;

/// Refused by the kernel, or for want of something in it.
const REFUSED: &[&str] = &[
    "delete table inet nope",
    "delete chain inet nope c",
    "delete chain inet t nochain",
    "delete chain inet t c1",
    "delete set inet t noset",
    "delete set inet t s",
    "delete element inet t s { 3.3.3.3 }",
    "delete element inet t s { 1.1.1.1, 3.3.3.3 }",
    "delete element inet t noset { 3.3.3.3 }",
    "create element inet t s { 5.5.5.5, 1.1.1.1 }",
    "add element inet t iv { 10.0.0.5 }",
    "add element inet t iv { 11.0.0.0/24, 10.0.0.0/25 }",
    "create table inet t",
    "create chain inet t c1",
    "create set inet t s { type ipv4_addr; }",
    "create counter inet t cn",
    "add set inet t s { type ipv6_addr; }",
    "add rule inet t nochain accept",
    "add rule inet nope c accept",
    "add rule inet t c1 tcp dport 22 jump nowhere",
    "add rule inet t c1 jump c2",
    "add rule inet t c1 counter jump c1",
    "add rule inet t c1 jump base",
    "add rule inet t c1 counter name \"nope\"",
    "add rule inet t c1 ip saddr @nope accept",
    "add rule inet t c1 ip saddr 1.2.3.4 masquerade",
    "add rule inet t base masquerade",
    "add rule inet t base tcp dport 22 dnat ip to 1.1.1.1",
    "insert rule inet t c1 handle 999 accept",
    "add rule inet t c1 index 9 accept",
    "delete rule inet t c1 handle 999",
    "delete rule inet t nochain handle 9",
    "replace rule inet t c1 handle 999 accept",
    "flush chain inet t nochain",
    "flush set inet t noset",
    "flush table inet nope",
    "delete counter inet t cn",
    "delete counter inet t nocn",
    "delete flowtable inet t ft",
    "add flowtable inet t ft { hook ingress priority 0; devices = { nodev }; }",
    "rename chain inet t nochain x",
    "rename chain inet t c1 c2",
    "add map inet t m2 { type ipv4_addr : verdict; elements = { 1.1.1.1 : jump nowhere }; }",
    "add element inet t m { 8.8.8.8 : jump nowhere }",
    "add rule inet t c1 ip saddr vmap { 1.1.1.1 : jump nowhere }",
    "add rule inet t c1 tcp dport 22 ct helper set \"nohelper\"",
    "add rule inet t c1 meta nftrace set 1 flow add @nofl",
    "add rule inet t nat ip daddr 1.1.1.1 tproxy ip to 1.1.1.1",
    "add rule inet t c1 ip saddr { 1.1.1.1, 2.2.2.2 } jump nowhere",
    "table inet t { chain c1 { tcp dport 80 jump nowhere; }; }",
    "table inet t { set s2 { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 11.0.0.0/8 }; }; map m3 { type inet_service : verdict; elements = { 22 : accept, 80 : jump nowhere }; }; }",
    "add element inet t p { 1.1.1.1 . 22, 2.2.2.2 . 80 }\ndelete element inet t p { 2.2.2.2 . 80, 3.3.3.3 . 443 }",
    "destroy table inet t\nadd chain inet t c",
];

/// Where the reference shows the whole command or statement, and we the words that the kernel stumbled over.
const CLOSER: &[(&str, &str)] = &[
    ("insert rule inet t c1 handle 999 accept", "999"),
    ("add rule inet t c1 meta nftrace set 1 flow add @nofl", "nofl"),
    ("add flowtable inet t ft { hook ingress priority 0; devices = { nodev }; }", "add flowtable inet t ft"),
    ("rename chain inet t c1 c2", "c2"),
];

/// The words that the reference underlines first, without the line end that it may count among them.
fn of_reference(text: &str) -> Result<Option<String>, Failed> {
    let error = oracle::refusal(text)?;
    let Some(place) = error.split_once(": Error: ").map(|(place, _)| place) else { return Ok(None) };
    let mut numbers = place.rsplit(':');
    let (Some(columns), Some(line)) = (numbers.next(), numbers.next()) else { return Ok(None) };
    let Some((first, last)) = columns.split_once('-') else { return Ok(None) };
    let (line, first, last): (usize, usize, usize) = (line.parse()?, first.parse()?, last.parse()?);
    let line = text.lines().nth(line - 1).unwrap_or_default();
    Ok(line.get(first - 1..last.min(line.len())).map(str::to_owned))
}

/// The words that we point to.
fn of_ours(text: &str) -> Result<String, Failed> {
    let mut nfnl = open()?;
    let commands = match lower::load(text, "test", &mut NoFiles, &nfnl.declarations()) {
        Ok(commands) => commands,
        Err(diagnostics) => {
            let first = diagnostics.diagnostics().first().ok_or("nothing is wrong")?;
            return Ok(text.get(first.span.range()).unwrap_or_default().to_owned());
        }
    };
    let error = nfnl.apply(&commands).err().ok_or("accepted")?;
    Ok(underlined(text, &error).trim_end().to_owned())
}

fn underlined<'t>(text: &'t str, error: &Error) -> &'t str {
    let span = lower::locate(text, error.origin(), error.path());
    span.and_then(|span| text.get(span.range())).unwrap_or_default()
}

fn words() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for text in REFUSED {
        flush()?;
        oracle::load(BEFORE)?;
        let expected = of_reference(text)?.unwrap_or_default();
        flush()?;
        oracle::load(BEFORE)?;
        let found = of_ours(text).unwrap_or_else(|error| error.message().unwrap_or_default().to_owned());
        let expected = CLOSER.iter().find(|(command, _)| command == text).map_or(expected, |(_, words)| (*words).to_owned());
        if expected.trim_end() != found {
            wrong.push(format!("{text}\n- {expected}\n+ {found}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
