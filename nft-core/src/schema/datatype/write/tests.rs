use super::*;

#[track_caller]
fn check(ty: DataType, number: u128, bits: u32, expected: &str) {
    let mut text = String::new();
    ty.write(&mut text, &Repr::Int(number), bits, &Style::default()).unwrap();
    assert_eq!(text, expected);
}

#[test]
fn as_nft_lists_them() {
    check(DataType::INET_SERVICE, 22, 16, "22");
    check(DataType::INTEGER, 4_294_967_295, 32, "4294967295");
    check(DataType::INTEGER, 0, 32, "0");
    check(DataType::XINTEGER, 0x123, 16, "0x123");
    check(DataType::INET_PROTO, 6, 8, "tcp");
    check(DataType::INET_PROTO, 200, 8, "200");
    check(DataType::DSCP, 3, 6, "0x03");
    check(DataType::DSCP, 10, 6, "af11");
    check(DataType::ETHER_TYPE, 0x1234, 16, "0x1234");
    check(DataType::ETHER_TYPE, 0x8100, 16, "8021q");
    check(DataType::CLASSID, 5, 32, "0:5");
    check(DataType::CT_STATE, 16, 32, "0x10");
    check(DataType::CT_STATE, 0, 32, "0x0");
    check(DataType::TCP_FLAG, 0x12, 8, "0x12");
    check(DataType::PKT_TYPE, 0, 8, "host");
    check(DataType::DAY, 6, 8, "\"Saturday\"");
    check(DataType::ETHER_ADDR, 0x0102_030a_0b0c, 48, "01:02:03:0a:0b:0c");
    check(DataType::TIME, 93_784_005, 32, "1d2h3m4s5ms");
    check(DataType::TIME, 0, 32, "0s");
    check(DataType::TIMESTAMP, 1_717_243_200_000_000_000, 64, "\"2024-06-01 12:00:00\"");
    check(DataType::HOUR, 43_230, 32, "\"12:00:30\"");
    check(DataType::CT_LABEL, 1 << 5, 128, "5");
    check(DataType::IFACE_INDEX, 99, 32, "99");
}

#[test]
fn ipv6_like_the_c_library() {
    check(DataType::IPV6_ADDR, 1, 128, "::1");
    check(DataType::IPV6_ADDR, 0, 128, "::");
    check(DataType::IPV6_ADDR, 0x1_0002, 128, "::0.1.0.2");
    check(DataType::IPV6_ADDR, 0xffff_0102_0304, 128, "::ffff:1.2.3.4");
    check(DataType::IPV6_ADDR, 0xffff_0000_0001, 128, "::ffff:0.0.0.1");
    check(DataType::IPV6_ADDR, 0x0001_0000_0002_0003_0004_0005_0006_0007, 128, "1:0:2:3:4:5:6:7");
    check(DataType::IPV6_ADDR, 0x0001_0000_0000_0002_0000_0000_0000_0003, 128, "1:0:0:2::3");
}

#[test]
fn options() {
    let write = |ty: DataType, number, style: &Style<'_>| {
        let mut text = String::new();
        ty.write(&mut text, &Repr::Int(number), ty.bits(), style).map(|()| text)
    };
    let numeric = Style { numeric: true, ..Style::default() };
    assert_eq!(write(DataType::CT_STATE, 8, &numeric), Ok("0x8".into()));
    assert_eq!(write(DataType::DAY, 6, &numeric), Ok("6".into()));
    assert_eq!(write(DataType::ETHER_TYPE, 0x800, &numeric), Ok("0x0800".into()));
    let services = Style { services: true, ..Style::default() };
    assert_eq!(write(DataType::INET_SERVICE, 8080, &services), Ok("\"http-alt\"".into()));
    assert_eq!(write(DataType::INET_SERVICE, 12345, &services), Ok("12345".into()));
    // Known for AppleTalk only, and still shown by nft.
    assert_eq!(write(DataType::INET_SERVICE, 2, &services), Ok("\"nbp\"".into()));
    let seconds = Style { numeric_time: true, ..Style::default() };
    assert_eq!(write(DataType::TIME, 3_600_000, &seconds), Ok("3600s".into()));
}

#[test]
fn every_built_in_name_comes_back() {
    for ty in DataType::all().filter(|ty| ty.row().form != Form::String) {
        for symbol in ty.words() {
            assert_eq!(ty.parse(symbol.name), Ok(Repr::Int(symbol.value.into())), "{}", symbol.name);
            let mut text = String::new();
            ty.write(&mut text, &Repr::Int(symbol.value.into()), ty.bits(), &Style::default()).unwrap();
            assert_eq!(ty.parse(text.trim_matches('"')), Ok(Repr::Int(symbol.value.into())), "{}", symbol.name);
        }
    }
}
