//! Programs as nft 1.1.7 makes them, and what it lists for them.

use super::{Context, NoNames, delinearize};
use crate::bytecode::{
    Bitwise, BitwiseOp, Cmp, CmpOp, Counter, CtKey as CtNumber, CtLoad, Immediate, Inner, Instruction, MetaKey as MetaNumber,
    MetaLoad, Operand, PayloadBase, PayloadLoad, Program, Register, Reject, RejectType, Unknown, Verdict as VerdictCode,
};
use crate::model::{BinaryOp, Ct, Expr, Match, Payload, RawPayload, Relation, Rule, Stmt, Value, Verdict};
use crate::schema::{Base, CtKey, DataType, Family, MetaKey, lookup};
use crate::wire::Data;

fn meta(key: MetaNumber) -> Instruction {
    MetaLoad { key, dreg: Register::R1 }.into()
}

fn payload(base: PayloadBase, offset: u32, len: u32) -> Instruction {
    PayloadLoad { dreg: Register::R1, base, offset, len }.into()
}

fn cmp(op: CmpOp, bytes: &[u8]) -> Instruction {
    Cmp { sreg: Register::R1, op, data: Data::new(bytes) }.into()
}

fn mask(mask: &[u8], xor: &[u8]) -> Instruction {
    Bitwise {
        sreg: Register::R1,
        sreg2: None,
        dreg: Register::R1,
        op: Some(BitwiseOp::MASK_XOR),
        len: u32::try_from(mask.len()).unwrap(),
        mask: Some(Data::new(mask)),
        xor: Some(Data::new(xor)),
        data: None,
    }
    .into()
}

fn accept() -> Instruction {
    Immediate { dreg: Register::VERDICT, data: Operand::Verdict(VerdictCode::Accept) }.into()
}

fn rule(family: Family, instructions: impl IntoIterator<Item = Instruction>) -> Rule {
    let program: Program = instructions.into_iter().collect();
    delinearize(&program, &Context { family, names: &NoNames })
}

fn field(header: &str, name: &str) -> Expr {
    let (header, field) = lookup(header, name).unwrap();
    Expr::Payload(Payload::new(header, field))
}

fn int(ty: DataType, number: u128) -> Expr {
    Expr::Value(Value::int(ty, number))
}

#[test]
fn dependency_goes_with_the_field() {
    let found = rule(
        Family::Inet,
        [
            meta(MetaNumber::L4PROTO),
            cmp(CmpOp::EQ, &[6]),
            payload(PayloadBase::TRANSPORT, 2, 2),
            cmp(CmpOp::EQ, &[0, 22]),
            accept(),
        ],
    );
    let port = Stmt::matches(field("tcp", "dport"), int(DataType::INET_SERVICE, 22));
    assert_eq!(found.stmts, [port, Stmt::Verdict(Verdict::Accept)]);
    assert_eq!(found.opaque, None);
}

#[test]
fn dependency_stays_behind_a_statement() {
    let found = rule(
        Family::Ip,
        [
            payload(PayloadBase::NETWORK, 9, 1),
            cmp(CmpOp::EQ, &[6]),
            Counter { bytes: None, packets: None }.into(),
            payload(PayloadBase::TRANSPORT, 2, 2),
            cmp(CmpOp::EQ, &[0, 80]),
        ],
    );
    assert_eq!(
        found.stmts,
        [
            Stmt::matches(field("ip", "protocol"), int(DataType::INET_PROTO, 6)),
            Stmt::Counter { packets: 0, bytes: 0 },
            Stmt::matches(field("tcp", "dport"), int(DataType::INET_SERVICE, 80)),
        ]
    );
}

#[test]
fn merged_loads_come_apart() {
    // `ether saddr 00:0f:54:0c:11:04 ip daddr 1.2.3.4`
    let found = rule(
        Family::Inet,
        [
            meta(MetaNumber::IFTYPE),
            cmp(CmpOp::EQ, &1_u16.to_ne_bytes()),
            payload(PayloadBase::LINK, 6, 8),
            cmp(CmpOp::EQ, &[0, 0x0f, 0x54, 0x0c, 0x11, 4, 8, 0]),
            payload(PayloadBase::NETWORK, 16, 4),
            cmp(CmpOp::EQ, &[1, 2, 3, 4]),
        ],
    );
    assert_eq!(
        found.stmts,
        [
            Stmt::matches(field("ether", "saddr"), int(DataType::ETHER_ADDR, 0x000f_540c_1104)),
            Stmt::matches(field("ip", "daddr"), int(DataType::IPV4_ADDR, 0x0102_0304)),
        ]
    );
}

#[test]
fn prefixes_and_bit_fields() {
    let found = rule(
        Family::Ip,
        [
            payload(PayloadBase::NETWORK, 12, 1),
            cmp(CmpOp::NEQ, &[10]),
            payload(PayloadBase::NETWORK, 1, 1),
            mask(&[0xfc], &[0]),
            cmp(CmpOp::EQ, &[0x20]),
            payload(PayloadBase::NETWORK, 6, 2),
            mask(&[0x1f, 0xff], &[0, 0]),
            cmp(CmpOp::NEQ, &[0, 0]),
        ],
    );
    let fragment = field("ip", "frag-off");
    let ty = lookup("ip", "frag-off").unwrap().1.ty;
    let relation = Relation::Ne;
    assert_eq!(
        found.stmts,
        [
            Stmt::Match(Match::new(field("ip", "saddr"), relation, Expr::prefix(int(DataType::IPV4_ADDR, 10 << 24), 8))),
            Stmt::matches(field("ip", "dscp"), int(DataType::DSCP, 8)),
            Stmt::Match(Match::new(Expr::binary(BinaryOp::And, fragment, int(ty, 0x1fff)), relation, int(ty, 0))),
        ]
    );
}

#[test]
fn flags_any_of_and_masked() {
    let flags = || payload(PayloadBase::TRANSPORT, 13, 1);
    let found = rule(
        Family::Ip6,
        [
            meta(MetaNumber::L4PROTO),
            cmp(CmpOp::EQ, &[6]),
            flags(),
            mask(&[0x12], &[0]),
            cmp(CmpOp::NEQ, &[0]),
            flags(),
            mask(&[0x12], &[0]),
            cmp(CmpOp::EQ, &[0x02]),
        ],
    );
    let flag = |number| int(DataType::TCP_FLAG, number);
    let both = Expr::binary(BinaryOp::Or, flag(2), flag(16));
    assert_eq!(
        found.stmts,
        [
            Stmt::matches(field("tcp", "flags"), Expr::List(Box::new([flag(2), flag(16)]))),
            Stmt::Match(Match::new(Expr::binary(BinaryOp::And, field("tcp", "flags"), both), Relation::Eq, flag(2))),
        ]
    );
}

#[test]
fn bits_without_a_name() {
    // `@ih,35,3 2`, and `@ll,0,1 1`, which nft lists as a mask.
    let found = rule(
        Family::Inet,
        [
            payload(PayloadBase::INNER, 4, 1),
            mask(&[0x1c], &[0]),
            cmp(CmpOp::EQ, &[8]),
            payload(PayloadBase::LINK, 0, 1),
            mask(&[0x80], &[0]),
            cmp(CmpOp::EQ, &[0x80]),
        ],
    );
    let raw = |base, offset, bits| Expr::Raw(RawPayload::new(base, offset, bits));
    let int = |number| int(DataType::XINTEGER, number);
    let masked = Expr::binary(BinaryOp::And, raw(Base::LinkLayer, 0, 8), int(0x80));
    assert_eq!(
        found.stmts,
        [Stmt::matches(raw(Base::Inner, 35, 3), int(2)), Stmt::Match(Match::new(masked, Relation::Eq, int(0x80))),]
    );
}

#[test]
fn nothing_is_dropped() {
    let unknown = Instruction::Unknown(Unknown::new("frob", &[]));
    let found = rule(Family::Ip, [meta(MetaNumber::MARK), unknown.clone(), accept()]);
    // The load of which nothing came is told too.
    assert_eq!(found.stmts, [Stmt::Opaque(1, "".into()), Stmt::Verdict(Verdict::Accept), Stmt::Opaque(0, "".into()),]);
    let opaque = found.opaque.unwrap();
    assert_eq!(opaque.program, [meta(MetaNumber::MARK), unknown, accept()]);
    assert_eq!(opaque.stmts, found.stmts);
}

#[test]
fn inner_dependency_without_a_field_is_kept() {
    let inner =
        |instruction| -> Instruction { Inner { num: 0, ty: 3, flags: 0xc, hdrsize: 4, expr: Box::new(instruction) }.into() };
    let dependency = [inner(meta(MetaNumber::PROTOCOL)), cmp(CmpOp::EQ, &[8, 0])];
    let found = rule(Family::Ip, dependency.clone());
    assert_eq!(found.stmts, [Stmt::Opaque(1, "".into())]);
    assert!(found.opaque.is_some());
    let field = [inner(payload(PayloadBase::NETWORK, 12, 4)), cmp(CmpOp::EQ, &[1, 2, 3, 4])];
    let found = rule(Family::Ip, dependency.into_iter().chain(field));
    let (header, field) = lookup("ip", "saddr").unwrap();
    let payload = Payload::new(header, field).inside(crate::schema::header("gre").unwrap());
    assert_eq!(found.stmts, [Stmt::matches(Expr::Payload(payload), int(DataType::IPV4_ADDR, 0x0102_0304))]);
    assert_eq!(found.opaque, None);
}

#[test]
fn programs_that_compute_too_much() {
    let double = Bitwise {
        sreg: Register::R1,
        sreg2: Some(Register::R1),
        dreg: Register::R1,
        op: Some(BitwiseOp::AND),
        len: 4,
        mask: None,
        xor: None,
        data: None,
    };
    let doubles = std::iter::repeat_n(Instruction::from(double), 1000);
    let found = rule(Family::Ip, std::iter::once(meta(MetaNumber::MARK)).chain(doubles));
    assert!(found.opaque.is_some());
    let far = payload(PayloadBase::NETWORK, u32::MAX, u32::MAX);
    assert!(rule(Family::Ip, [far, cmp(CmpOp::EQ, &[]), cmp(CmpOp::GT, &[0; 70])]).opaque.is_some());
    assert_eq!(
        rule(Family::Ip, [meta(MetaNumber::MARK), cmp(CmpOp::EQ, &5_u32.to_ne_bytes())]).stmts,
        [Stmt::matches(Expr::Meta(MetaKey::Mark), int(DataType::MARK, 5))]
    );
}

/// `vlan type ip ip saddr 1.2.3.4` in the bridge family: that there is a tag stays.
#[test]
fn the_tag_stays_where_nothing_of_it_is_matched() {
    let found = rule(
        Family::Bridge,
        [
            payload(PayloadBase::LINK, 12, 2),
            cmp(CmpOp::EQ, &[0x81, 0]),
            payload(PayloadBase::LINK, 16, 2),
            cmp(CmpOp::EQ, &[8, 0]),
            payload(PayloadBase::NETWORK, 12, 4),
            cmp(CmpOp::EQ, &[1, 2, 3, 4]),
        ],
    );
    assert_eq!(
        found.stmts,
        [
            Stmt::matches(field("ether", "type"), int(DataType::ETHER_TYPE, 0x8100)),
            Stmt::matches(field("ip", "saddr"), int(DataType::IPV4_ADDR, 0x0102_0304)),
        ]
    );
}

/// `tcp dport >= 22 tcp dport <= 50` lists as `tcp dport 22-50`; bounds in the other order stay.
#[test]
fn two_bounds_are_a_range() {
    let bound = |op, port| [payload(PayloadBase::TRANSPORT, 2, 2), cmp(op, &[0, port])];
    let dependency = [meta(MetaNumber::L4PROTO), cmp(CmpOp::EQ, &[6])];
    let low = bound(CmpOp::GTE, 22);
    let high = bound(CmpOp::LTE, 50);
    let port = |number| int(DataType::INET_SERVICE, number);
    let found = rule(Family::Ip, dependency.clone().into_iter().chain(low.clone()).chain(high.clone()));
    assert_eq!(found.stmts, [Stmt::matches(field("tcp", "dport"), Expr::range(port(22), port(50)))]);
    let found = rule(Family::Ip, dependency.into_iter().chain(high).chain(low));
    assert_eq!(
        found.stmts,
        [
            Stmt::Match(Match::new(field("tcp", "dport"), Relation::Le, port(50))),
            Stmt::Match(Match::new(field("tcp", "dport"), Relation::Ge, port(22))),
        ]
    );
}

/// `ct state != new,established`.
#[test]
fn several_flags_of_a_connection_by_name() {
    let found = rule(
        Family::Ip,
        [CtLoad { key: CtNumber::STATE, dreg: Register::R1, direction: None }.into(), cmp(CmpOp::NEQ, &10_u32.to_ne_bytes())],
    );
    let flag = |number| int(DataType::CT_STATE, number);
    let both = Expr::binary(BinaryOp::Or, flag(2), flag(8));
    let state = Expr::Ct(Ct { key: CtKey::State, direction: None });
    assert_eq!(found.stmts, [Stmt::Match(Match::new(state, Relation::Ne, both))]);
}

/// `ct protocol tcp tcp dport 22`, which nft takes for the protocol.
#[test]
fn the_protocol_of_the_connection() {
    let program = |family| {
        rule(
            family,
            [
                CtLoad { key: CtNumber::PROTOCOL, dreg: Register::R1, direction: None }.into(),
                cmp(CmpOp::EQ, &[6]),
                payload(PayloadBase::TRANSPORT, 2, 2),
                cmp(CmpOp::EQ, &[0, 22]),
            ],
        )
    };
    let port = Stmt::matches(field("tcp", "dport"), int(DataType::INET_SERVICE, 22));
    assert_eq!(program(Family::Ip).stmts, [port]);
    let raw = Expr::Raw(RawPayload::new(Base::Transport, 16, 16));
    let said = Stmt::matches(Expr::Ct(Ct { key: CtKey::Protocol, direction: None }), int(DataType::INET_PROTO, 6));
    assert_eq!(program(Family::Inet).stmts, [said, Stmt::matches(raw, int(DataType::XINTEGER, 22))]);
}

/// `meta nfproto ipv4 tcp dport 22 reject with tcp reset`, and `ether daddr … reject with icmpv6 addr-unreachable` in netdev.
#[test]
fn what_a_reject_implies() {
    let reject = |ty, icmp_code| -> Instruction { Reject { ty: RejectType(ty), icmp_code }.into() };
    let found = rule(
        Family::Inet,
        [meta(MetaNumber::NFPROTO), cmp(CmpOp::EQ, &[2]), meta(MetaNumber::L4PROTO), cmp(CmpOp::EQ, &[6]), reject(1, None)],
    );
    // nft lists it without the first, as if it were for IPv6 too.
    assert_eq!(found.stmts.get(1), Some(&Stmt::matches(Expr::Meta(MetaKey::L4proto), int(DataType::INET_PROTO, 6))));
    assert_eq!(found.stmts.len(), 3);
    let program = [payload(PayloadBase::LINK, 12, 2), cmp(CmpOp::EQ, &[0x86, 0xdd]), reject(0, Some(3))];
    let found = rule(Family::Netdev, program);
    assert!(matches!(found.stmts.last(), Some(Stmt::Reject(reject)) if reject.code.is_none()));
    // The code is not lost.
    assert!(found.opaque.is_some());
}
