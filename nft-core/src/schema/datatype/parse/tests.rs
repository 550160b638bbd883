use super::*;

fn int(ty: DataType, text: &str) -> Option<u128> {
    match ty.parse(text) {
        Ok(Repr::Int(number)) => Some(number),
        _ => None,
    }
}

#[test]
fn numbers_as_nft_reads_them() {
    assert_eq!(int(DataType::MARK, "0x10"), Some(16));
    assert_eq!(int(DataType::INET_SERVICE, "010"), Some(8));
    assert_eq!(int(DataType::INET_SERVICE, "08"), Some(8));
    assert_eq!(int(DataType::INET_PROTO, "08"), None);
    assert_eq!(int(DataType::MARK, "09"), None);
    assert_eq!(int(DataType::MARK, "0xfffffffff"), None);
    assert_eq!(int(DataType::UID, "08"), Some(8));
    assert_eq!(
        int(DataType::INTEGER, "1512366075204170929049582354406559215"),
        Some(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef)
    );
    let wide = DataType::INTEGER.parse("0x1000000000000000000000000000000ff");
    assert_eq!(wide, Ok(Repr::Bytes([vec![1], vec![0; 15], vec![255]].concat().into())));
    assert_eq!(large("1512366075204170929049582354406559215", 10).len(), 16);
}

#[test]
fn addresses() {
    assert_eq!(int(DataType::IPV4_ADDR, "1.2.3.4"), Some(0x0102_0304));
    assert_eq!(int(DataType::IPV4_ADDR, "1"), Some(1));
    assert_eq!(DataType::IPV4_ADDR.parse("localhost"), Ok(Repr::Name("localhost".into())));
    assert!(DataType::IPV4_ADDR.parse("1.2.3").is_err());
    assert!(DataType::IPV6_ADDR.parse("5").is_err());
    assert_eq!(int(DataType::IPV6_ADDR, "::ffff:1.2.3.4"), Some(0xffff_0102_0304));
    assert_eq!(int(DataType::ETHER_ADDR, "1:2:3:a:b:c"), Some(0x0102_030a_0b0c));
    assert!(DataType::ETHER_ADDR.parse("1:2:3").is_err());
}

#[test]
fn names() {
    assert_eq!(int(DataType::INET_SERVICE, "ssh"), Some(22));
    assert_eq!(int(DataType::INET_PROTO, "TCP"), Some(6));
    assert_eq!(int(DataType::ICMP_CODE, "host-unreachable"), Some(1));
    assert_eq!(int(DataType::CLASSID, "abcd:1"), Some(0xabcd_0001));
    assert_eq!(int(DataType::CLASSID, "root"), Some(0xffff_ffff));
    assert_eq!(int(DataType::CT_LABEL, "127"), Some(1 << 127));
    assert_eq!(int(DataType::BOOLEAN, "exists"), Some(1));
    assert_eq!(int(DataType::DAY, "Sunday"), Some(0));
    assert_eq!(DataType::DAY.parse("sunday").map_err(|error| error.suggestion), Err(Some("Sunday")));
    let error = DataType::CT_STATE.parse("establish").unwrap_err();
    assert_eq!(error.to_string(), "`establish` is no conntrack state; did you mean `established`?");
}

#[test]
fn interface_names() {
    assert_eq!(DataType::IFNAME.parse("eth*"), Ok(Repr::Wildcard("eth".into())));
    assert_eq!(DataType::IFNAME.parse("eth\\*"), Ok(Repr::Str("eth*".into())));
    assert_eq!(DataType::IFNAME.parse("eth*0"), Ok(Repr::Str("eth*0".into())));
    assert_eq!(DataType::IFNAME.parse("*").unwrap_err().reason, LiteralReason::AllWildcard);
    assert_eq!(DataType::IFNAME.parse("abcdefghijklmnop").unwrap_err().reason, LiteralReason::TooLong);
}

#[test]
fn time_spans() {
    assert_eq!(duration("1d2h3m4s5ms"), Some(93_784_005));
    assert_eq!(duration("2h1d"), None);
    assert_eq!(duration("1w"), None);
    assert_eq!(duration(""), None);
    assert_eq!(int(DataType::TIME, "30"), Some(30_000));
}
