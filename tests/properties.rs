//! Properties of random input: nothing panics, every byte is kept, and what we list compiles to what was listed.

use nft::delinearize::{Context, NoNames, delinearize};
use nft::message::rule::{RuleMessage, read_userdata};
use nft::netlink::{Nfnl, Recorder};
use nft::schema::Family;
use nft::syntax::print::{self, Options};
use nft::syntax::{Document, NoFiles, lower};
use nft::uapi::nf_tables::NFT_MSG_NEWRULE;
use nft::wire::{Attributes, Messages, Reader};
use nft::{NoDeclarations, NoEnvironment};
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

/// A match or a statement of the everyday language.
fn statement() -> impl Strategy<Value = String> {
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
        (
            prop_oneof![Just("tcp"), Just("udp"), Just("sctp")],
            prop_oneof![Just("sport"), Just("dport")],
            equality.clone(),
            port
        )
            .prop_map(|(header, field, op, value)| format!("{header} {field} {op}{value}")),
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
    fn a_listing_means_what_was_listed(statements in proptest::collection::vec(statement(), 1..5)) {
        let text = ruleset(&statements.join(" "));
        if let Some(messages) = sent(&text) {
            let listed = listed(&messages).expect("a rule");
            let again = sent(&ruleset(&listed));
            prop_assert_eq!(again.as_ref(), Some(&messages), "{} is listed as {}", text, listed);
        }
    }
}
