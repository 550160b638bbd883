//! Random rulesets: small, valid, with much in common, so that two of them differ in every way in which rulesets can differ.

use std::fmt::Write;

/// Numbers from a seed (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// A number below that.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// True so often in a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices.get(self.below(choices.len())).copied().unwrap_or_default()
    }

    fn some(&mut self, names: &[&'static str], percent: usize) -> Vec<&'static str> {
        names.iter().copied().filter(|_| self.chance(percent)).collect()
    }
}

/// What a table declares, by the way in which rules use it.
#[derive(Default)]
struct Declared {
    chains: Vec<&'static str>,
    addresses: Vec<&'static str>,
    pairs: Vec<&'static str>,
    verdicts: Vec<&'static str>,
    ports: Vec<&'static str>,
    objects: Vec<&'static str>,
    learned: Vec<&'static str>,
    counters: Vec<&'static str>,
    quotas: Vec<&'static str>,
    limits: Vec<&'static str>,
}

/// The text of a ruleset.
pub(crate) fn ruleset(random: &mut Random) -> String {
    ruleset_of("t", random)
}

/// The same with tables of another name.
pub(crate) fn ruleset_of(name: &str, random: &mut Random) -> String {
    let mut text = String::new();
    for family in ["inet", "ip"] {
        if random.chance(75) {
            table(family, name, random, &mut text);
        }
    }
    text
}

/// The text with some rules gone, some moved by one, and some new.
pub(crate) fn edited(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (mut in_chain, mut is_behind_rule) = (false, false);
    for line in text.lines() {
        in_chain = line.starts_with("\tchain ") || (in_chain && line != "\t}");
        let is_rule = in_chain && line.starts_with("\t\t") && !line.contains("hook ") && !line.starts_with("\t\tcomment ");
        match random.below(if is_rule { 7 } else { 1 }) {
            1 => continue,
            2 => lines.push(format!("\t\ttcp dport {} counter", random.below(12))),
            3 if is_behind_rule => {
                let before = lines.pop().unwrap_or_default();
                lines.push(line.to_owned());
                lines.push(before);
                continue;
            }
            _ => {}
        }
        lines.push(line.to_owned());
        is_behind_rule = is_rule;
    }
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

fn table(family: &str, name: &str, random: &mut Random, text: &mut String) {
    let _ = writeln!(text, "table {family} {name} {{");
    if random.chance(15) {
        let _ = writeln!(text, "\tflags dormant");
    }
    let mut declared = Declared { chains: random.some(&["a", "b", "c", "d"], 70), ..Declared::default() };
    objects(random, &mut declared, text);
    sets(random, &mut declared, text);
    chains(random, &declared, text);
    let _ = writeln!(text, "}}");
}

fn comment(random: &mut Random) -> &'static str {
    if random.chance(10) { "\n\t\tcomment \"of it\"" } else { "" }
}

fn objects(random: &mut Random, declared: &mut Declared, text: &mut String) {
    for name in random.some(&["c1", "c2"], 60) {
        let _ = writeln!(text, "\tcounter {name} {{{}\n\t}}", comment(random));
        declared.counters.push(name);
    }
    for name in random.some(&["q1", "q2"], 60) {
        let bytes = random.of(&["1 mbytes", "2 mbytes", "over 3 mbytes"]);
        let _ = writeln!(text, "\tquota {name} {{{}\n\t\t{bytes}\n\t}}", comment(random));
        declared.quotas.push(name);
    }
    for name in random.some(&["l1", "l2"], 60) {
        let rate = random.of(&["10/second", "20/second burst 7 packets", "over 3 kbytes/second"]);
        let _ = writeln!(text, "\tlimit {name} {{{}\n\t\trate {rate}\n\t}}", comment(random));
        declared.limits.push(name);
    }
}

fn sets(random: &mut Random, declared: &mut Declared, text: &mut String) {
    for name in random.some(&["s1", "s2", "s3"], 70) {
        let kind = random.below(5);
        let (head, pair) = match kind {
            0 => ("type ipv4_addr", false),
            1 => ("type ipv4_addr\n\t\tflags interval", false),
            2 => ("type ipv4_addr\n\t\tflags interval\n\t\tauto-merge", false),
            3 => ("type ipv4_addr . inet_service", true),
            _ => ("type ipv4_addr . inet_service\n\t\tflags interval", true),
        };
        let elements = elements(random, |random| match kind {
            0 => address(random),
            1 => format!("10.{}.0.{}-10.{0}.0.{}", random.below(9), random.below(9), 9 + random.below(9)),
            2 => format!("10.0.{}.0/{}", random.below(9), random.of(&["24", "25", "28"])),
            3 => format!("{} . {}", address(random), random.below(3)),
            _ => format!("10.0.{}.0/24 . {}-9", random.below(9), random.below(9)),
        });
        // Ranges may overlap only where they are merged.
        let elements = if kind == 1 || kind == 4 { elements.into_iter().take(1).collect() } else { elements };
        set("set", name, head, &elements, random, text);
        if pair { &mut declared.pairs } else { &mut declared.addresses }.push(name);
    }
    if random.chance(60) {
        let head = random.of(&["type ipv4_addr\n\t\tflags timeout", "type ipv4_addr\n\t\tflags timeout\n\t\ttimeout 1h"]);
        let elements = elements(random, |random| {
            format!("{}{}", address(random), random.of(&["", " timeout 2h", " timeout 1h", " comment \"x\""]))
        });
        set("set", "s4", head, &elements, random, text);
        declared.addresses.push("s4");
    }
    if random.chance(50) {
        let head = random.of(&[
            "type ipv4_addr\n\t\tsize 100\n\t\tflags dynamic,timeout",
            "type ipv4_addr\n\t\tsize 200\n\t\tflags dynamic,timeout\n\t\ttimeout 1m",
        ]);
        set("set", "dyn", head, &[], random, text);
        declared.learned.push("dyn");
    }
    for name in random.some(&["v1", "v2"], 60) {
        let chains = declared.chains.clone();
        let elements = elements(random, |random| {
            let verdict = match random.below(4) {
                0 => "accept".to_owned(),
                1 => "drop".to_owned(),
                _ => format!("jump {}", random.of(&chains)),
            };
            let verdict = if verdict == "jump " { "continue".to_owned() } else { verdict };
            format!("{} : {verdict}", 1 + random.below(20))
        });
        set("map", name, "type inet_service : verdict", &elements, random, text);
        declared.verdicts.push(name);
    }
    if random.chance(60) {
        let head = random.of(&["type ipv4_addr : mark", "typeof ip saddr : meta mark"]);
        let elements = elements(random, |random| format!("{} : {:#x}", address(random), random.below(9)));
        set("map", "m1", head, &elements, random, text);
        declared.ports.push("m1");
    }
    if random.chance(50) && !declared.counters.is_empty() {
        let counters = declared.counters.clone();
        let elements = elements(random, |random| format!("{} : \"{}\"", address(random), random.of(&counters)));
        set("map", "o1", "type ipv4_addr : counter", &elements, random, text);
        declared.objects.push("o1");
    }
}

fn address(random: &mut Random) -> String {
    format!("10.0.0.{}", random.below(30))
}

/// Some elements, no two with the same key.
fn elements(random: &mut Random, mut element: impl FnMut(&mut Random) -> String) -> Vec<String> {
    let mut elements: Vec<String> = Vec::new();
    for _ in 0..random.below(8) {
        let new = element(random);
        let key = |element: &str| {
            element.split([':', 't']).next().unwrap_or_default().split(" c").next().map(str::trim).map(str::to_owned)
        };
        if !elements.iter().any(|old| key(old) == key(&new)) {
            elements.push(new);
        }
    }
    elements
}

fn set(kind: &str, name: &str, head: &str, elements: &[String], random: &mut Random, text: &mut String) {
    let _ = write!(text, "\t{kind} {name} {{\n\t\t{head}{}", comment(random));
    if !elements.is_empty() {
        let _ = write!(text, "\n\t\telements = {{ {} }}", elements.join(", "));
    }
    let _ = writeln!(text, "\n\t}}");
}

fn chains(random: &mut Random, declared: &Declared, text: &mut String) {
    for (place, name) in declared.chains.iter().enumerate() {
        let _ = writeln!(text, "\tchain {name} {{{}", comment(random));
        // Jumps go to later chains only, so that there is no loop.
        let later = declared.chains.get(place + 1..).unwrap_or_default();
        for _ in 0..random.below(7) {
            let _ = writeln!(text, "\t\t{}", rule(random, declared, later, false));
        }
        let _ = writeln!(text, "\t}}");
    }
    for name in random.some(&["in", "out"], 75) {
        let hook = random.of(&["input", "input", "input", "output"]);
        let (priority, policy) = (random.of(&["0", "0", "0", "10"]), random.of(&["accept", "accept", "drop"]));
        let _ = writeln!(text, "\tchain {name} {{{}", comment(random));
        let _ = writeln!(text, "\t\ttype filter hook {hook} priority {priority}; policy {policy};");
        for _ in 0..random.below(9) {
            let _ = writeln!(text, "\t\t{}", rule(random, declared, &declared.chains, true));
        }
        let _ = writeln!(text, "\t}}");
    }
}

/// Verdict maps jump to any chain, so only base chains use them: else there would be loops.
fn rule(random: &mut Random, declared: &Declared, chains: &[&'static str], base: bool) -> String {
    let matches = match random.below(14) {
        0 => format!("tcp dport {}", random.below(12)),
        1 => format!("tcp dport {{ {}, {}-{} }}", 100 + random.below(3), random.below(5), 7 + random.below(5)),
        2 => format!("ip saddr 10.0.0.{}", random.below(5)),
        3 => format!("iifname \"eth{}\"", random.below(3)),
        4 => random.of(&["ct state established,related", "ct state new"]).to_owned(),
        5 | 6 if !declared.addresses.is_empty() => format!("ip saddr @{}", random.of(&declared.addresses)),
        7 if !declared.pairs.is_empty() => format!("ip daddr . tcp dport @{}", random.of(&declared.pairs)),
        8 if base && !declared.verdicts.is_empty() => return format!("tcp dport vmap @{}", random.of(&declared.verdicts)),
        9 if !declared.ports.is_empty() => format!("meta mark set ip saddr map @{}", random.of(&declared.ports)),
        10 if !declared.objects.is_empty() => format!("counter name ip saddr map @{}", random.of(&declared.objects)),
        11 if !declared.learned.is_empty() => format!("add @{} {{ ip saddr timeout 10s }}", random.of(&declared.learned)),
        12 if !chains.is_empty() => {
            return format!("udp dport vmap {{ 1 : jump {}, {} : drop }}", random.of(chains), 2 + random.below(3));
        }
        _ => "meta l4proto udp".to_owned(),
    };
    let stateful = match random.below(8) {
        0 if !declared.counters.is_empty() => format!(" counter name \"{}\"", random.of(&declared.counters)),
        1 if !declared.quotas.is_empty() => format!(" quota name \"{}\"", random.of(&declared.quotas)),
        2 if !declared.limits.is_empty() => format!(" limit name \"{}\"", random.of(&declared.limits)),
        3 => " limit rate 5/second".to_owned(),
        4 => " counter".to_owned(),
        _ => String::new(),
    };
    let verdict = match random.below(8) {
        0 | 1 if !chains.is_empty() => format!(" jump {}", random.of(chains)),
        2 => " accept".to_owned(),
        3 => " drop".to_owned(),
        4 => " jump { ip daddr 10.9.9.9 accept; counter; }".to_owned(),
        _ => String::new(),
    };
    // Behind a limit nft reads no comment.
    let comment = if random.chance(10) && !verdict.is_empty() { " comment \"here\"" } else { "" };
    format!("{matches}{stateful}{verdict}{comment}")
}
