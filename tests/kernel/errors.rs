//! What the kernel refuses, and whose fault it is.

use libtest_mimic::Failed;
use nft::ErrorKind;
use nft::model::{Chain, Command, Item, Scope, Table, Target};
use nft::name::{ChainName, TableName};
use nft::schema::Family;

use super::{Test, open};

pub(crate) const TESTS: &[Test] = &[
    ("every_error_of_a_batch", every_error_of_a_batch, false),
    ("nothing_is_committed", nothing_is_committed, false),
    ("empty_batch", empty_batch, false),
];

fn scope(name: &str) -> Result<Scope, Failed> {
    Ok(Scope::new(Family::Inet, TableName::new(name)?))
}

fn every_error_of_a_batch() -> Result<(), Failed> {
    let mut commands = Vec::new();
    for name in ["a", "b"] {
        commands.push(Command::Delete(Target::Chain(scope("t")?, ChainName::new(name)?)));
    }
    commands.push(Command::Add(Item::Table(Box::new(Table::new(Family::Inet, TableName::new("u")?)))));
    let error = open()?.apply(&commands).err().ok_or("accepted")?;
    assert_eq!((error.kind(), error.errno()), (ErrorKind::Kernel, Some(2)));
    assert_eq!(error.path().table.as_deref(), Some("inet t"));
    assert_eq!(error.path().item.as_deref(), Some("chain a"));
    assert_eq!(error.others().len(), 1);
    assert_eq!(error.others()[0].path().item.as_deref(), Some("chain b"));
    Ok(())
}

fn nothing_is_committed() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let commands = [
        Command::Add(Item::Table(Box::new(Table::new(Family::Inet, TableName::new("t")?)))),
        Command::Add(Item::Chain(scope("nope")?, Box::new(Chain::new(ChainName::new("c")?)))),
    ];
    let error = nfnl.apply(&commands).err().ok_or("accepted")?;
    assert_eq!(error.errno(), Some(2), "{error}");
    assert!(nfnl.pull()?.tables.is_empty());
    Ok(())
}

fn empty_batch() -> Result<(), Failed> {
    Ok(open()?.apply(&[])?)
}
