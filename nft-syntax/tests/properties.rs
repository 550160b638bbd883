//! Properties of random input: nothing panics, every byte is kept, and what we list compiles to what was listed.

use nft_core::delinearize::{Context, NoNames, delinearize};
use nft_core::message::rule::{RuleMessage, read_userdata};
use nft_core::netlink::{Nfnl, Recorder};
use nft_core::schema::Family;
use nft_core::uapi::nf_tables::NFT_MSG_NEWRULE;
use nft_core::wire::{Attributes, Messages, Reader};
use nft_core::{NoDeclarations, NoEnvironment};
use nft_syntax::print::{self, Options};
use nft_syntax::{Document, ItemKind, NoFiles, lower};
use proptest::prelude::*;

/// What would be sent for these commands, but for the sequence numbers; nothing if they are refused.
fn sent(text: &str) -> Option<Vec<Sent>> {
    let commands = lower::load(text, "random", &mut NoFiles, &NoDeclarations).ok()?;
    let mut nfnl = Nfnl::with_transport(Recorder::accepting()).with_environment(NoEnvironment);
    nfnl.apply(&commands).ok()?;
    let batch = nfnl.transport().sent().last()?;
    let messages = Messages::new(batch).flatten();
    Some(messages.map(|message| (message.header.message(), message.header.flags, message.body.to_vec())).collect())
}

/// A message: number, flags, attributes.
type Sent = (u8, u16, Vec<u8>);

fn ruleset(rule: &str) -> String {
    format!("table inet t {{\n\tchain c {{\n\t\t{rule}\n\t}}\n}}\n")
}

/// The rule of a batch as we list it.
fn listed(messages: &[Sent]) -> Option<String> {
    let (_, _, attributes) = messages.iter().find(|(kind, ..)| *kind == NFT_MSG_NEWRULE)?;
    let message = RuleMessage::decode(Reader::new(attributes)).ok()?;
    let context = Context { family: Family::Inet, names: &NoNames };
    let mut rule = delinearize(&message.program?, &context);
    rule.comment = message.userdata.and_then(|userdata| read_userdata(userdata).comment);
    let mut text = String::new();
    print::rule(&mut text, &rule, Family::Inet, &Options::default()).ok()?;
    Some(text)
}

/// A rule of the everyday language that nothing refuses: its ports are those of one protocol.
fn rule() -> impl Strategy<Value = String> {
    let protocol = prop_oneof![Just("tcp"), Just("udp"), Just("sctp")];
    let statements = protocol.prop_flat_map(|protocol| proptest::collection::vec(statement(protocol), 1..5));
    statements.prop_map(|statements| statements.join(" "))
}

/// A match or a statement.
fn statement(protocol: &'static str) -> impl Strategy<Value = String> {
    let relation = prop_oneof![Just(""), Just("!= "), Just("> "), Just("<= ")];
    let equality = prop_oneof![Just(""), Just("!= ")];
    let port = prop_oneof![
        any::<u16>().prop_map(|port| port.to_string()),
        (any::<u16>(), any::<u16>()).prop_map(|(a, b)| format!("{}-{}", a.min(b), u32::from(a.max(b)))),
    ];
    let address = (any::<[u8; 4]>(), 1..=32_u8).prop_map(|([a, b, c, d], length)| {
        let bits = u32::from_be_bytes([a, b, c, d]) & (u32::MAX << (32 - length));
        format!("{}/{length}", std::net::Ipv4Addr::from(bits))
    });
    prop_oneof![
        (prop_oneof![Just("sport"), Just("dport")], equality.clone(), port)
            .prop_map(move |(field, op, value)| format!("{protocol} {field} {op}{value}")),
        (prop_oneof![Just("saddr"), Just("daddr")], equality, address)
            .prop_map(|(field, op, value)| format!("ip {field} {op}{value}")),
        (relation, any::<u32>()).prop_map(|(op, mark)| format!("meta mark {op}{mark}")),
        (any::<u32>(), any::<u32>()).prop_map(|(mask, value)| format!("ct mark & {mask} == {value}")),
        any::<u8>().prop_map(|ttl| format!("ip ttl {ttl}")),
        any::<u32>().prop_map(|mark| format!("meta mark set {mark}")),
        (1..1000_u32, 1..100_u32).prop_map(|(rate, burst)| format!("limit rate {rate}/minute burst {burst} packets")),
        Just("counter".to_owned()),
        Just("ct state established,related".to_owned()),
        "[a-z ]{1,20}".prop_map(|prefix| format!("log prefix \"{prefix}\"")),
    ]
}

/// The instructions of the rule of a batch, in the order of the alphabet.
fn instructions(messages: &[Sent]) -> Vec<String> {
    let rule = messages.iter().find(|(kind, ..)| *kind == NFT_MSG_NEWRULE).map(|(_, _, attributes)| attributes);
    let message = RuleMessage::decode(Reader::new(rule.expect("a rule"))).expect("a message");
    let mut found: Vec<String> = message.program.expect("a program").iter().map(|found| format!("{found:?}")).collect();
    found.sort();
    found
}

/// A file as people write them: blanks, comments and separators of all kinds.
fn file() -> impl Strategy<Value = String> {
    let end = prop_oneof![Just("\n"), Just("; "), Just(" # note\n"), Just(";\n\n"), Just("\t;\n  # above\n    ")];
    let rule = (rule(), end.clone()).prop_map(|(rule, end)| format!("{rule}{end}"));
    let rules = proptest::collection::vec(rule, 0..4).prop_map(|rules| rules.concat());
    let open = prop_oneof![Just("{ "), Just("{\n\t"), Just("{ # opened\n"), Just("{\n\n  # first\n  ")];
    let chain = (open.clone(), rules, end.clone()).prop_map(|(open, rules, end)| format!("chain c {open}{rules}}}{end}"));
    let chains = proptest::collection::vec(chain, 0..3).prop_map(|chains| chains.concat());
    let table = (open, chains, end).prop_map(|(open, chains, end)| format!("table inet t {open}{chains}}}{end}"));
    proptest::collection::vec(table, 1..3).prop_map(|tables| tables.concat() + "\n")
}

/// The comments of a text, and its items but for one.
fn rest(document: &Document, without: usize) -> (Vec<String>, Vec<String>) {
    let comments = document.tokens().filter(|token| token.trim_start().starts_with('#')).map(|token| token.trim().to_owned());
    let items = document.items().enumerate().filter(|(number, _)| *number != without);
    (comments.collect(), items.map(|(_, item)| item.text().to_owned()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_kept(text in "[a-z0-9{}();:,.@$\"#\\\\\n\t =<>!&|/*-]{0,200}") {
        let document = Document::parse(text.as_bytes());
        prop_assert_eq!(document.as_bytes(), text.as_bytes());
        prop_assert_eq!(document.tokens().collect::<String>(), text.clone());
        let _ = sent(&text);
    }

    #[test]
    fn any_bytes_are_kept(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let document = Document::parse(bytes.clone());
        prop_assert_eq!(document.as_bytes(), &bytes[..]);
    }

    #[test]
    fn an_edit_changes_nothing_else(text in file(), number in any::<proptest::sample::Index>()) {
        let document = Document::parse(text.clone());
        prop_assert_eq!(document.diagnostics(), &[]);
        let number = number.index(document.items().count());
        let item = document.items().nth(number).expect("an item");
        let new = if item.depth() == 0 { "add table ip new" } else if item.depth() == 1 { "chain new { }" } else { "ct mark 77" };

        let same = item.replace(&text[item.extent().range()]);
        prop_assert_eq!(same.to_string(), text.clone());
        let all = rest(&document, usize::MAX);
        for added in [item.insert_before(new), item.insert_after(new)] {
            prop_assert_eq!(added.diagnostics(), &[], "{}", added);
            let place = added.items().position(|item| &added.text()[item.extent().range()] == new).expect("it is there");
            prop_assert_eq!(&rest(&added, place), &all, "{}", added);
            let gone = added.items().nth(place).expect("it is there").remove();
            prop_assert_eq!(gone.to_string(), text.clone(), "{}", added);
        }
        let removed = item.remove();
        prop_assert_eq!(removed.diagnostics(), &[], "{}", removed);
        if item.kind() == ItemKind::Statement {
            prop_assert_eq!(rest(&removed, usize::MAX), rest(&document, number), "{}", removed);
        }
    }

    #[test]
    fn a_listing_means_what_was_listed(rule in rule()) {
        let messages = sent(&ruleset(&rule)).expect("a good rule");
        let listing = listed(&messages).expect("a rule");
        let again = sent(&ruleset(&listing)).expect("a listing is read");
        // What a protocol depends on may come in another order, as with nft; the rest stays.
        prop_assert_eq!(instructions(&again), instructions(&messages), "{} is listed as {}", rule, listing);
        prop_assert_eq!(listed(&again), Some(listing), "{}", rule);
    }

    #[test]
    fn what_is_printed_is_read_again(text in file()) {
        let ruleset = lower::ruleset(&text).expect("a good text");
        let printed = print::to_string(&ruleset);
        let again = lower::ruleset(&printed).expect("what is printed is read");
        prop_assert_eq!(print::to_string(&again), printed, "{}", text);
        prop_assert_eq!(again.tables[0].chains.len(), ruleset.tables[0].chains.len());
        // As it was printed, it is the same value.
        prop_assert_eq!(&lower::ruleset(&print::to_string(&again)).expect("again"), &again);
        let rules = |ruleset: &nft_core::model::Ruleset| -> usize {
            ruleset.tables.iter().flat_map(|table| &table.chains).map(|chain| chain.rules.len()).sum()
        };
        prop_assert_eq!(rules(&again), rules(&ruleset));
    }
}
