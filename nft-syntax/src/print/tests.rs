use super::*;
use nft_core::model::{
    BinaryOp, Element, Expr, KeyType, Last, Limit, LimitKind, Log, MapData, Match, Nat, NatKind, Relation, Repr, Rule,
    SetFlags, Value, Verdict,
};
use nft_core::name::SetName;
use nft_core::schema::{DataType, MetaKey, lookup};

fn text(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    write(&mut text).expect("strings take everything");
    text
}

#[track_caller]
fn check_expr(item: &Expr, expected: &str) {
    assert_eq!(text(|out| expr(out, item, Family::Inet, &Options::default())), expected);
}

#[track_caller]
fn check_stmt(item: &Stmt, expected: &str) {
    assert_eq!(text(|out| stmt(out, item, Family::Inet, &Options::default())), expected);
}

#[track_caller]
fn check_set(item: &Set, expected: &str) {
    assert_eq!(text(|out| set(out, item, Family::Inet, &Options::default())), expected);
}

fn int(ty: DataType, number: u128) -> Expr {
    Expr::Value(Value::int(ty, number))
}

fn field(header: &str, field: &str) -> Expr {
    let (header, field) = lookup(header, field).expect("a row of the schema");
    Expr::Payload(nft_core::model::Payload::new(header, field))
}

fn name(text: &str) -> SetName {
    SetName::new(text).expect("a name")
}

/// `nft list` gave: `meta mark & 0x0000000f ^ 0x00000001 | 0x0000000a`, `(meta mark ^ ct mark) & 0x00000005`.
#[test]
fn precedence_of_operators() {
    let (mark, five) = (|| Expr::Meta(MetaKey::Mark), || int(DataType::MARK, 5));
    let and = |a, b| Expr::binary(BinaryOp::And, a, b);
    let xor = |a, b| Expr::binary(BinaryOp::Xor, a, b);
    let or = |a, b| Expr::binary(BinaryOp::Or, a, b);
    let left = |a, b| Expr::binary(BinaryOp::ShiftLeft, a, b);
    check_expr(&or(xor(and(mark(), five()), five()), five()), "meta mark & 0x00000005 ^ 0x00000005 | 0x00000005");
    check_expr(&and(xor(mark(), mark()), five()), "(meta mark ^ meta mark) & 0x00000005");
    check_expr(&xor(mark(), and(mark(), five())), "meta mark ^ meta mark & 0x00000005");
    check_expr(&or(mark(), or(mark(), mark())), "meta mark | meta mark | meta mark");
    let two = || int(DataType::INTEGER, 2);
    check_expr(&left(and(mark(), five()), two()), "(meta mark & 0x00000005) << 2");
    check_expr(&left(left(mark(), two()), two()), "meta mark << 2 << 2");
    check_expr(&left(mark(), left(mark(), two())), "meta mark << (meta mark << 2)");
}

#[test]
fn matches_and_verdicts() {
    let port = || int(DataType::INET_SERVICE, 22);
    check_stmt(&Stmt::matches(field("tcp", "dport"), port()), "tcp dport 22");
    check_stmt(&Stmt::Match(Match::new(field("tcp", "dport"), Relation::Ne, port())), "tcp dport != 22");
    let flags = Expr::List([2, 8].map(|bit| int(DataType::CT_STATE, bit)).into());
    let state = Expr::Ct(nft_core::model::Ct::new(nft_core::schema::CtKey::State));
    check_stmt(&Stmt::matches(state, flags), "ct state established,new");
    let block = Rule::new(vec![Stmt::Verdict(Verdict::Accept)]);
    let jump = Stmt::Verdict(Verdict::Jump(nft_core::model::JumpTarget::Block([block].into())));
    check_stmt(&jump, "jump {\n\taccept\n}");
}

#[test]
fn statements() {
    check_stmt(&Stmt::Limit(Limit::new(LimitKind::Packets, 10, 1, 5, false)), "limit rate 10/second burst 5 packets");
    check_stmt(&Stmt::Limit(Limit::new(LimitKind::Bytes, 2048, 60, 0, true)), "limit rate over 2 kbytes/minute");
    check_stmt(&Stmt::Last(Last::new(None)), "last used never");
    let mut log = Log::default();
    (log.level, log.flags) = (Some(3), 0x23);
    check_stmt(&Stmt::Log(log.into()), "log level err flags tcp sequence,options flags ether");
    let mut nat = Nat::new(NatKind::Dnat);
    nat.address = Some(int(DataType::IPV6_ADDR, 1));
    nat.flags = 0xc;
    check_stmt(&Stmt::Nat(nat.clone().into()), "dnat to ::1 random,persistent");
    nat.port = Some(int(DataType::INET_SERVICE, 80));
    check_stmt(&Stmt::Nat(nat.into()), "dnat to [::1]:80 random,persistent");
}

#[test]
fn elements_of_all_kinds_in_one_order() {
    let mut ports = Set::new(name("p"), KeyType::single(DataType::INET_SERVICE));
    ports.flags = SetFlags::INTERVAL | SetFlags::CONSTANT;
    ports.auto_merge = true;
    for port in [34_u16, 1, 20, 22, 3, 5, 50] {
        ports.elements.push_point(&port.to_be_bytes(), &[]);
    }
    ports.elements.push_range(&7_u16.to_be_bytes(), &10_u16.to_be_bytes(), &[]);
    let expected = "\tset p {\n\t\ttype inet_service\n\t\tflags constant,interval\n\t\tauto-merge\n\
                    \t\telements = { 1, 3, 5, 7-10, 20,\n\t\t\t     22, 34, 50 }\n\t}\n";
    check_set(&ports, expected);
}

#[test]
fn prefixes_and_wildcards() {
    let mut nets = Set::new(name("n"), KeyType::single(DataType::IPV4_ADDR));
    nets.flags = SetFlags::INTERVAL;
    nets.elements.push_range(&[10, 0, 0, 0], &[10, 255, 255, 255], &[]);
    nets.elements.push_range(&[1, 1, 1, 1], &[1, 1, 1, 8], &[]);
    nets.elements.push_range(&[0; 4], &[0; 4], &[]);
    let expected = "\tset n {\n\t\ttype ipv4_addr\n\t\tflags interval\n\
                    \t\telements = { 0.0.0.0, 1.1.1.1-1.1.1.8,\n\t\t\t     10.0.0.0/8 }\n\t}\n";
    check_set(&nets, expected);

    let mut names = Set::new(name("n"), KeyType::single(DataType::IFNAME));
    names.flags = SetFlags::INTERVAL;
    let (mut low, mut high) = ([0; 16], [0xff; 16]);
    low[..3].copy_from_slice(b"eth");
    high[..3].copy_from_slice(b"eth");
    names.elements.push_range(&low, &high, &[]);
    names.elements.push_point(b"lo\0\0\0\0\0\0\0\0\0\0\0\0\0\0", &[]);
    let expected = "\tset n {\n\t\ttype ifname\n\t\tflags interval\n\t\telements = { \"eth*\",\n\t\t\t     \"lo\" }\n\t}\n";
    check_set(&names, expected);
}

#[test]
fn maps_and_extras() {
    let mut map = Set::map(name("m"), KeyType::single(DataType::IPV4_ADDR), MapData::Verdict);
    map.elements.push(Element::catch_all().with_data(Expr::Verdict(Verdict::Drop.into())));
    let mut commented = Element::new(int(DataType::IPV4_ADDR, 0x0202_0202)).with_data(Expr::Verdict(Verdict::Accept.into()));
    commented.comment = Some("x".into());
    map.elements.push(commented);
    let expected = "\tmap m {\n\t\ttype ipv4_addr : verdict\n\
                    \t\telements = { 2.2.2.2 comment \"x\" : accept,\n\t\t\t     * : drop }\n\t}\n";
    check_set(&map, expected);

    let mut timed = Set::new(name("t"), KeyType::single(DataType::IPV4_ADDR));
    (timed.timeout, timed.size, timed.count) = (Some(3_600_000), Some(100), Some(1));
    let mut element = Element::new(int(DataType::IPV4_ADDR, 1));
    (element.timeout, element.expires) = (Some(0), Some(5000));
    element.stmts.push(Stmt::Counter { packets: 1, bytes: 2 });
    timed.elements.push(element);
    let expected = "\tset t {\n\t\ttype ipv4_addr\n\t\tsize 100\t# count 1\n\t\ttimeout 1h\n\
                    \t\telements = { 0.0.0.1 counter packets 1 bytes 2 timeout never expires 5s }\n\t}\n";
    check_set(&timed, expected);
}

#[test]
fn flags_in_elements() {
    let mut states = Set::new(name("s"), KeyType::single(DataType::CT_STATE));
    states.elements.push_point(&[0, 0, 0, 6], &[]);
    check_set(&states, "\tset s {\n\t\ttype ct_state\n\t\telements = { established | related }\n\t}\n");
    check_expr(&Expr::Value(Value { ty: DataType::TCP_FLAG, repr: Repr::Int(3) }), "0x3");
}
