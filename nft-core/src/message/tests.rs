//! Messages as `nft` sends them (captured from `nft --debug=mnl`), and back.

use super::{chain, error, flowtable, object, table};
use crate::bytecode::Log;
use crate::model::{BaseChain, Chain, Flowtable, Object, ObjectKind, Policy, Table};
use crate::name::{ChainName, DeviceName, FlowtableName, ObjectName, TableName};
use crate::schema::{ChainType, Family, Hook};
use crate::uapi::nf_tables::{
    NFTA_CHAIN_HOOK, NFTA_CHAIN_NAME, NFTA_CHAIN_POLICY, NFTA_CHAIN_TABLE, NFTA_CHAIN_TYPE, NFTA_CHAIN_USERDATA,
    NFTA_HOOK_HOOKNUM, NFTA_HOOK_PRIORITY, NFTA_OBJ_NAME, NFTA_OBJ_TABLE, NFTA_OBJ_TYPE, NFTA_OBJ_USERDATA, NFTA_SET_KEY_LEN,
    NFTA_SET_KEY_TYPE, NFTA_SET_NAME, NFTA_SET_TABLE, NFTA_SET_USERDATA, NFTA_TABLE_NAME, NFTA_TABLE_USERDATA,
};
use crate::wire::{Attributes, Header, Message, Reader, Writer};

#[track_caller]
fn check(writer: Writer, expected: &str) -> Vec<u8> {
    let bytes = writer.finish().unwrap();
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(text, expected.replace(char::is_whitespace, ""));
    bytes
}

#[test]
fn tables() {
    // add table ip t { comment "hi"; flags dormant; }
    let mut value = Table::new(Family::Ip, TableName::new("t").unwrap());
    value.flags = crate::model::TableFlags::DORMANT;
    value.comment = Some("hi".into());
    let mut writer = Writer::new();
    table::encode(&value, &mut writer).unwrap();
    let bytes = check(writer, "06000100 74000000 08000200 00000001 09000600 0003686900000000");
    assert_eq!(table::decode(Family::Ip, Reader::new(&bytes)).unwrap(), value);
}

#[test]
fn unknown_attributes_survive() {
    let bytes = [6, 0, 1, 0, b't', 0, 0, 0, 8, 0, 99, 0, 1, 2, 3, 4];
    let value = table::decode(Family::Ip, Reader::new(&bytes)).unwrap();
    let mut writer = Writer::new();
    table::encode(&value, &mut writer).unwrap();
    assert!(writer.as_bytes().ends_with(&bytes[8..]));
}

#[test]
fn chains() {
    // add chain netdev t c { type filter hook ingress devices = { "eth*", lo } priority -1; policy drop; comment "c"; }
    let name = |text| DeviceName::new(text).unwrap();
    let base = BaseChain::new(ChainType::Filter, Hook::Ingress, -1).with_policy(Policy::Drop);
    let mut value = Chain::attached(ChainName::new("c").unwrap(), base.with_devices(vec![name("eth*"), name("lo")]));
    value.comment = Some("c".into());
    let mut writer = Writer::new();
    chain::encode("t", Family::Netdev, &value, &mut writer).unwrap();
    let bytes = check(
        writer,
        "06000100 74000000 06000300 63000000 08000500 00000000 08000c00 00026300 0b000700 66696c7465720000
         28000480 08000100 00000000 08000200 ffffffff 14000480 08000200 65746800 07000100 6c6f0000",
    );
    let received = chain::decode(Family::Netdev, Reader::new(&bytes)).unwrap();
    assert_eq!((received.table, &received.chain, received.anonymous), ("t".into(), &value, false));
}

#[test]
fn a_chain_of_an_unknown_type_is_kept() {
    // As above, but of type `filtes` on hook 99, as a newer kernel may have it.
    let mut writer = Writer::new();
    writer.text(NFTA_CHAIN_TABLE, "t");
    writer.text(NFTA_CHAIN_NAME, "c");
    writer.u32(NFTA_CHAIN_POLICY, 0);
    writer.text(NFTA_CHAIN_TYPE, "filtes");
    writer.nest(NFTA_CHAIN_HOOK, |writer| {
        writer.u32(NFTA_HOOK_HOOKNUM, 99);
        writer.u32(NFTA_HOOK_PRIORITY, 5);
    });
    let bytes = writer.finish().unwrap();
    let received = chain::decode(Family::Netdev, Reader::new(&bytes)).unwrap();
    assert_eq!(received.chain.base, None);
    let mut again = Writer::new();
    chain::encode("t", Family::Netdev, &received.chain, &mut again).unwrap();
    assert_eq!(again.finish().unwrap(), bytes);
}

/// `log prefix "caf\xe9"`, as nft sends it: the byte comes back.
#[test]
fn strings_of_any_bytes() {
    let mut writer = Writer::new();
    writer.bytes(2, b"caf\xe9\0");
    let bytes = writer.finish().unwrap();
    let log = Log::decode(Reader::new(&bytes)).unwrap();
    assert_eq!(log.prefix.as_deref(), Some("caf\u{10f7e9}"));
    let mut again = Writer::new();
    log.encode(&mut again);
    assert_eq!(again.finish().unwrap(), bytes);
}

#[test]
fn objects() {
    // add ct timeout inet t to { protocol udp; policy = { replied : 20s }; }
    let timeout = crate::model::CtTimeout::new(17, vec![(2, 20)]);
    let value = Object::new(ObjectName::new("to").unwrap(), ObjectKind::CtTimeout(timeout));
    let mut writer = Writer::new();
    object::encode("t", &value, &mut writer).unwrap();
    let bytes = check(
        writer,
        "06000100 74000000 07000200 746f0000 08000300 00000007 20000480 05000200 11000000
         14000380 08000100 0000001e 08000200 00000014",
    );
    assert_eq!(object::decode(Reader::new(&bytes)).unwrap(), ("t".into(), value));
}

#[test]
fn flowtables() {
    // add flowtable inet t f { hook ingress priority 5; devices = { lo, eth0 }; counter; flags offload; }
    let name = |text| DeviceName::new(text).unwrap();
    let mut value = Flowtable::new(FlowtableName::new("f").unwrap(), 5);
    value.devices = vec![name("eth0"), name("lo")];
    (value.counter, value.offload) = (true, true);
    let mut writer = Writer::new();
    flowtable::encode("t", &value, &mut writer);
    let bytes = check(
        writer,
        "06000100 74000000 06000200 66000000 08000700 00000003
         2c000380 08000100 00000000 08000200 00000005 18000380 09000100 6574683000000000 07000100 6c6f0000",
    );
    assert_eq!(flowtable::decode(Reader::new(&bytes)).unwrap(), ("t".into(), value));
}

#[test]
fn acknowledgements() {
    let mut header = Header::nftables(0, 0x300, 0);
    header.kind = 2;
    // ENOENT, original head, offset 20.
    let mut body = (-2_i32).to_ne_bytes().to_vec();
    body.extend_from_slice(&[0; 16]);
    body.extend_from_slice(&[8, 0, 2, 0]);
    body.extend_from_slice(&20_u32.to_ne_bytes());
    let found = error::decode(&Message { header, body: &body }).unwrap();
    assert_eq!((found.errno, found.offset, found.text), (2, Some(20), None));
    assert!(error::decode(&Message { header, body: &body[..3] }).is_err());
}

/// Userdata records that a newer nft may write stand beside the comment in the one attribute of userdata.
#[test]
fn unknown_records_survive() {
    let records = [0, 3, b'h', b'i', 0, 77, 2, 1, 2];
    let head = |table: u16, name: u16, userdata: u16| {
        let mut writer = Writer::new();
        writer.text(table, "t");
        if name != table {
            writer.text(name, "c");
        }
        writer.bytes(userdata, &records);
        writer
    };
    let userdata = |bytes: &[u8], kind: u16| -> Vec<Vec<u8>> {
        let attributes = Reader::new(bytes).map(|attribute| attribute.unwrap());
        attributes.filter(|attribute| attribute.kind == kind).map(|attribute| attribute.payload.to_vec()).collect()
    };
    let mut again = Writer::new();
    let bytes = head(NFTA_TABLE_NAME, NFTA_TABLE_NAME, NFTA_TABLE_USERDATA).finish().unwrap();
    table::encode(&table::decode(Family::Ip, Reader::new(&bytes)).unwrap(), &mut again).unwrap();
    assert_eq!(userdata(again.as_bytes(), NFTA_TABLE_USERDATA), [records]);

    let mut again = Writer::new();
    let bytes = head(NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, NFTA_CHAIN_USERDATA).finish().unwrap();
    let received = chain::decode(Family::Ip, Reader::new(&bytes)).unwrap();
    assert_eq!(received.chain.comment.as_deref(), Some("hi"));
    chain::encode("t", Family::Ip, &received.chain, &mut again).unwrap();
    assert_eq!(userdata(again.as_bytes(), NFTA_CHAIN_USERDATA), [records]);

    let mut again = Writer::new();
    let mut writer = head(NFTA_OBJ_TABLE, NFTA_OBJ_NAME, NFTA_OBJ_USERDATA);
    writer.u32(NFTA_OBJ_TYPE, 1);
    let bytes = writer.finish().unwrap();
    object::encode("t", &object::decode(Reader::new(&bytes)).unwrap().1, &mut again).unwrap();
    assert_eq!(userdata(again.as_bytes(), NFTA_OBJ_USERDATA), [records]);

    let mut again = Writer::new();
    let mut writer = Writer::new();
    writer.text(NFTA_SET_TABLE, "t");
    writer.text(NFTA_SET_NAME, "s");
    writer.u32(NFTA_SET_KEY_TYPE, 7);
    writer.u32(NFTA_SET_KEY_LEN, 4);
    let records = [7, 3, b'h', b'i', 0, 77, 2, 1, 2];
    writer.bytes(NFTA_SET_USERDATA, &records);
    let bytes = writer.finish().unwrap();
    let (_, received, _) = crate::set::decode(Family::Ip, Reader::new(&bytes)).unwrap();
    assert_eq!(received.comment.as_deref(), Some("hi"));
    crate::set::head(&received, Family::Ip, 1).unwrap().encode("t", &mut again);
    let found = userdata(again.as_bytes(), NFTA_SET_USERDATA);
    assert!(found.len() == 1 && found[0].ends_with(&records), "{found:x?}");
}
