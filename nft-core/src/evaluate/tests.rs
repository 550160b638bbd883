//! Rules built by hand, against what nft 1.1.7 makes of their text.

use super::{Context, compile};
use crate::declarations::NoDeclarations;
use crate::environment::NoEnvironment;
use crate::model::{
    BinaryOp, Ct, Element, Expr, Exthdr, ExthdrPart, Hash, Match, Nat, NatKind, Payload, Reject, Relation, Rule, Stmt, Value,
    Verdict, Vmap,
};
use crate::schema::{CtKey, DataType, Family, MetaKey, RejectType, exthdr, lookup};

fn field(header: &str, name: &str) -> Expr {
    let (header, field) = lookup(header, name).unwrap();
    Expr::Payload(Payload::new(header, field))
}

fn int(ty: DataType, number: u128) -> Expr {
    Expr::Value(Value::int(ty, number))
}

fn port(number: u128) -> Expr {
    int(DataType::INET_SERVICE, number)
}

fn ip(a: u8, b: u8, c: u8, d: u8) -> Expr {
    int(DataType::IPV4_ADDR, u32::from_be_bytes([a, b, c, d]).into())
}

fn mark(number: u128) -> Expr {
    int(DataType::MARK, number)
}

fn is(left: Expr, right: Expr) -> Stmt {
    Stmt::matches(left, right)
}

fn relate(left: Expr, relation: Relation, right: Expr) -> Stmt {
    Stmt::Match(Match::new(left, relation, right))
}

const COUNTER: Stmt = Stmt::Counter { packets: 0, bytes: 0 };

#[track_caller]
fn check(family: Family, stmts: Vec<Stmt>, expected: &str) {
    let rule = Rule::new(stmts);
    let compiled = compile(&rule, &Context::new(family, "t", &NoEnvironment, &NoDeclarations)).unwrap();
    let found = compiled.program.to_string();
    let found: Vec<&str> = found.lines().map(str::trim).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn refuses(family: Family, stmts: Vec<Stmt>, message: &str) {
    let rule = Rule::new(stmts);
    let error = compile(&rule, &Context::new(family, "t", &NoEnvironment, &NoDeclarations)).unwrap_err();
    assert_eq!(error.message(), message);
    assert_eq!(error.kind(), crate::ErrorKind::Source);
}

#[test]
fn protocols_that_a_field_needs_are_matched_before_it() {
    // inet| ip saddr 1.2.3.4 tcp dport 22
    check(
        Family::Inet,
        vec![is(field("ip", "saddr"), ip(1, 2, 3, 4)), is(field("tcp", "dport"), port(22))],
        "[ meta load nfproto => reg 1 ]
         [ cmp eq reg 1 0x02 ]
         [ payload load 4b @ network header + 12 => reg 1 ]
         [ cmp eq reg 1 0x01020304 ]
         [ meta load l4proto => reg 1 ]
         [ cmp eq reg 1 0x06 ]
         [ payload load 2b @ transport header + 2 => reg 1 ]
         [ cmp eq reg 1 0x0016 ]",
    );
    // netdev| vlan id 5 ip saddr 1.2.3.4
    check(
        Family::Netdev,
        vec![is(field("vlan", "id"), int(DataType::INTEGER, 5)), is(field("ip", "saddr"), ip(1, 2, 3, 4))],
        "[ meta load iiftype => reg 1 ]
         [ cmp eq reg 1 0x0001 ]
         [ payload load 2b @ link header + 12 => reg 1 ]
         [ cmp eq reg 1 0x8100 ]
         [ payload load 2b @ link header + 14 => reg 1 ]
         [ bitwise reg 1 = ( reg 1 & 0x0fff ) ^ 0x0000 ]
         [ cmp eq reg 1 0x0005 ]
         [ payload load 2b @ link header + 16 => reg 1 ]
         [ cmp eq reg 1 0x0800 ]
         [ payload load 4b @ network header + 12 => reg 1 ]
         [ cmp eq reg 1 0x01020304 ]",
    );
    // bridge| icmp type 8
    check(
        Family::Bridge,
        vec![is(field("icmp", "type"), int(DataType::ICMP_TYPE, 8))],
        "[ payload load 2b @ link header + 12 => reg 1 ]
         [ cmp eq reg 1 0x0800 ]
         [ meta load l4proto => reg 1 ]
         [ cmp eq reg 1 0x01 ]
         [ payload load 1b @ transport header + 0 => reg 1 ]
         [ cmp eq reg 1 0x08 ]",
    );
}

#[test]
fn what_reject_and_extension_headers_need_stands_first() {
    // inet| counter reject with tcp reset
    check(
        Family::Inet,
        vec![COUNTER, Stmt::Reject(Reject::new(Some(RejectType::TcpReset), None))],
        "[ meta load l4proto => reg 1 ]
         [ cmp eq reg 1 0x06 ]
         [ counter pkts 0 bytes 0 ]
         [ reject type 1 code 0 ]",
    );
    // inet| counter frag id 3
    let frag = exthdr::all().iter().find(|extension| extension.name == "frag").unwrap();
    let id = Expr::Exthdr(Exthdr::new(frag, ExthdrPart::Field(frag.field("id").unwrap())));
    check(
        Family::Inet,
        vec![COUNTER, is(id, int(DataType::INTEGER, 3))],
        "[ meta load nfproto => reg 1 ]
         [ cmp eq reg 1 0x0a ]
         [ counter pkts 0 bytes 0 ]
         [ exthdr load ipv6 4b @ 44 + 4 => reg 1 ]
         [ cmp eq reg 1 0x00000003 ]",
    );
}

#[test]
fn neighbours_merge() {
    // ip| tcp dport 2 meta mark 3 tcp sport 1 meta mark 4
    check(
        Family::Ip,
        vec![
            is(field("tcp", "dport"), port(2)),
            is(Expr::Meta(MetaKey::Mark), mark(3)),
            is(field("tcp", "sport"), port(1)),
            is(Expr::Meta(MetaKey::Mark), mark(4)),
        ],
        "[ meta load l4proto => reg 1 ]
         [ cmp eq reg 1 0x06 ]
         [ meta load mark => reg 1 ]
         [ cmp eq reg 1 0x00000003 ]
         [ payload load 4b @ transport header + 0 => reg 1 ]
         [ cmp eq reg 1 0x00010002 ]
         [ meta load mark => reg 1 ]
         [ cmp eq reg 1 0x00000004 ]",
    );
    // ip| ip ttl 1 counter ip protocol tcp
    check(
        Family::Ip,
        vec![
            is(field("ip", "ttl"), int(DataType::INTEGER, 1)),
            COUNTER,
            is(field("ip", "protocol"), int(DataType::INET_PROTO, 6)),
        ],
        "[ payload load 1b @ network header + 8 => reg 1 ]
         [ cmp eq reg 1 0x01 ]
         [ counter pkts 0 bytes 0 ]
         [ payload load 1b @ network header + 9 => reg 1 ]
         [ cmp eq reg 1 0x06 ]",
    );
}

#[test]
fn prefixes_ranges_and_flags() {
    // ip| ip saddr 10.0.0.0/8 ip daddr 10.0.0.0/9
    check(
        Family::Ip,
        vec![
            is(field("ip", "saddr"), Expr::prefix(ip(10, 0, 0, 0), 8)),
            is(field("ip", "daddr"), Expr::prefix(ip(10, 0, 0, 0), 9)),
        ],
        "[ payload load 1b @ network header + 12 => reg 1 ]
         [ cmp eq reg 1 0x0a ]
         [ payload load 4b @ network header + 16 => reg 1 ]
         [ bitwise reg 1 = ( reg 1 & 0xff800000 ) ^ 0x00000000 ]
         [ cmp eq reg 1 0x0a000000 ]",
    );
    // ip| ct mark 1-5 ct state 2,4 ip dscp 1-5
    check(
        Family::Ip,
        vec![
            is(Expr::Ct(Ct::new(CtKey::Mark)), Expr::range(mark(1), mark(5))),
            is(Expr::Ct(Ct::new(CtKey::State)), Expr::List([int(DataType::CT_STATE, 2), int(DataType::CT_STATE, 4)].into())),
            is(field("ip", "dscp"), Expr::range(int(DataType::DSCP, 1), int(DataType::DSCP, 5))),
        ],
        "[ ct load mark => reg 1 ]
         [ byteorder reg 1 = hton(reg 1, 4, 4) ]
         [ range eq reg 1 0x00000001 0x00000005 ]
         [ ct load state => reg 1 ]
         [ bitwise reg 1 = ( reg 1 & 0x00000006 ) ^ 0x00000000 ]
         [ cmp neq reg 1 0x00000000 ]
         [ payload load 1b @ network header + 1 => reg 1 ]
         [ bitwise reg 1 = ( reg 1 & 0xfc ) ^ 0x00 ]
         [ range eq reg 1 0x04 0x14 ]",
    );
}

#[test]
fn constants_fold() {
    // ip| meta mark & 0xff | 0x10 == 0x11 ct mark ^ 1 == 3
    let mark_of = |op, left, number| Expr::binary(op, left, mark(number));
    let masked = mark_of(BinaryOp::Or, mark_of(BinaryOp::And, Expr::Meta(MetaKey::Mark), 0xff), 0x10);
    let flipped = mark_of(BinaryOp::Xor, Expr::Ct(Ct::new(CtKey::Mark)), 1);
    check(
        Family::Ip,
        vec![relate(masked, Relation::Eq, mark(0x11)), relate(flipped, Relation::Eq, mark(3))],
        "[ meta load mark => reg 1 ]
         [ bitwise reg 1 = ( reg 1 & 0x000000ef ) ^ 0x00000010 ]
         [ cmp eq reg 1 0x00000011 ]
         [ ct load mark => reg 1 ]
         [ cmp eq reg 1 0x00000002 ]",
    );
    // ip| ct mark set ip dscp << 2 | 0x10 counter
    let shifted = mark_of(BinaryOp::Or, mark_of(BinaryOp::ShiftLeft, field("ip", "dscp"), 2), 0x10);
    check(
        Family::Ip,
        vec![Stmt::CtSet(CtKey::Mark, None, shifted)],
        "[ payload load 1b @ network header + 1 => reg 1 ]
         [ bitwise reg 1 = ( reg 1 & 0xfc ) ^ 0x00 ]
         [ bitwise reg 1 = ( reg 1 >> 0x00000002 ) ]
         [ bitwise reg 1 = ( reg 1 << 0x00000002 ) ]
         [ bitwise reg 1 = ( reg 1 & 0xffffffef ) ^ 0x00000010 ]
         [ ct set mark with reg 1 ]",
    );
    // ip| ip dscp set ip dscp or 0x3
    let or = Expr::binary(BinaryOp::Or, field("ip", "dscp"), int(DataType::DSCP, 3));
    check(
        Family::Ip,
        vec![Stmt::PayloadSet(Box::new((field("ip", "dscp"), or)))],
        "[ payload load 2b @ network header + 0 => reg 1 ]
         [ bitwise reg 1 = ( reg 1 & 0xfff3 ) ^ 0x000c ]
         [ payload write reg 1 => 2b @ network header + 0 csum_type 1 csum_off 10 csum_flags 0x0 ]",
    );
}

#[test]
fn registers_of_concatenations_and_hashes() {
    // ip| jhash ip saddr . tcp dport mod 16 seed 0xabc offset 2 == 3
    let key = Expr::Concat([field("ip", "saddr"), field("tcp", "dport")].into());
    let hash = Expr::Hash(Box::new(Hash::new(Some(key), 16, Some(0xabc), 2)));
    check(
        Family::Ip,
        vec![relate(hash, Relation::Eq, int(DataType::INTEGER, 3))],
        "[ meta load l4proto => reg 1 ]
         [ cmp eq reg 1 0x06 ]
         [ payload load 4b @ network header + 12 => reg 2 ]
         [ payload load 2b @ transport header + 2 => reg 13 ]
         [ hash reg 1 = jhash(reg 2, 8, 0xabc) % mod 16 offset 2 ]
         [ cmp eq reg 1 0x00000003 ]",
    );
    // ip| ip saddr . tcp dport vmap { 1.2.3.4 . 22 : accept }
    let key = Expr::Concat([field("ip", "saddr"), field("tcp", "dport")].into());
    let element = Element::new(Expr::Concat([ip(1, 2, 3, 4), port(22)].into()));
    let map = Expr::Set([element.with_data(Expr::Verdict(Box::new(Verdict::Accept)))].into());
    check(
        Family::Ip,
        vec![Stmt::Vmap(Box::new(Vmap::new(key, map)))],
        "[ meta load l4proto => reg 1 ]
         [ cmp eq reg 1 0x06 ]
         [ payload load 4b @ network header + 12 => reg 1 ]
         [ payload load 2b @ transport header + 2 => reg 9 ]
         [ lookup reg 1 set __map%d dreg 0 ]",
    );
}

#[test]
fn translations() {
    // ip| tcp dport 80 dnat to 1.2.3.4-1.2.3.5:8080-8090
    let mut nat = Nat::new(NatKind::Dnat);
    nat.address = Some(Expr::range(ip(1, 2, 3, 4), ip(1, 2, 3, 5)));
    nat.port = Some(Expr::range(port(8080), port(8090)));
    check(
        Family::Ip,
        vec![is(field("tcp", "dport"), port(80)), Stmt::Nat(Box::new(nat.clone()))],
        "[ meta load l4proto => reg 1 ]
         [ cmp eq reg 1 0x06 ]
         [ payload load 2b @ transport header + 2 => reg 1 ]
         [ cmp eq reg 1 0x0050 ]
         [ immediate reg 1 0x01020304 ]
         [ immediate reg 2 0x01020305 ]
         [ immediate reg 3 0x1f90 ]
         [ immediate reg 4 0x1f9a ]
         [ nat dnat ip addr_min reg 1 addr_max reg 2 proto_min reg 3 proto_max reg 4 flags 0x2 ]",
    );
    let message = "transport protocol mapping is only valid after transport protocol match";
    refuses(Family::Ip, vec![Stmt::Nat(Box::new(nat.clone()))], message);
    nat.port = None;
    let message = "specify `dnat ip' or 'dnat ip6' in inet table to disambiguate";
    refuses(Family::Inet, vec![Stmt::Nat(Box::new(nat))], message);
}

#[test]
fn blocks_are_compiled_with_their_rule() {
    let block = crate::model::JumpTarget::Block(Box::new([Rule::new(vec![is(field("tcp", "dport"), port(22))])]));
    let rule = Rule::new(vec![Stmt::Verdict(Verdict::Jump(block))]);
    let compiled = compile(&rule, &Context::new(Family::Ip, "t", &NoEnvironment, &NoDeclarations)).unwrap();
    assert_eq!(compiled.blocks.len(), 1);
    assert_eq!(compiled.blocks[0].rules[0].1.program.len(), 4);
}

#[test]
fn what_nft_refuses() {
    refuses(
        Family::Ip,
        vec![is(field("ip6", "saddr"), int(DataType::IPV6_ADDR, 1))],
        "conflicting network layer protocols specified: ip vs. ip6",
    );
    refuses(
        Family::Ip,
        vec![is(field("tcp", "dport"), port(1)), is(field("udp", "dport"), port(1))],
        "conflicting transport layer protocols specified: tcp vs. udp",
    );
    refuses(
        Family::Ip,
        vec![is(Expr::Meta(MetaKey::Nfproto), int(DataType::NF_PROTO, 2))],
        "meta nfproto is only useful in the inet family",
    );
    refuses(
        Family::Ip,
        vec![is(field("tcp", "dport"), Expr::List([port(22), port(23)].into()))],
        "basetype of type internet network service is not bitmask",
    );
    refuses(Family::Ip, vec![Stmt::Verdict(Verdict::Accept), COUNTER], "statement after terminal statement has no effect");
    refuses(
        Family::Ip,
        vec![is(field("vlan", "id"), int(DataType::INTEGER, 5000))],
        "value too large: 5000 exceeds valid range 0-4095",
    );
}
