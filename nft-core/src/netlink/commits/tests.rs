use super::*;
use crate::netlink::Recorder;
use crate::uapi::nf_tables::{NFT_MSG_NEWTABLE, NFTA_GEN_ID, NFTA_GEN_PROC_NAME, NFTA_GEN_PROC_PID, NFTA_TABLE_NAME};
use crate::wire::{Header, Writer};

const ENOBUFS: i32 = 105;

/// A change by a batch of that generation: a table with that name.
fn change(generation: u32, name: &str) -> Vec<u8> {
    let mut writer = Writer::new();
    let mark = writer.begin_message(&head(NFT_MSG_NEWTABLE, generation, 77));
    writer.text(NFTA_TABLE_NAME, name);
    writer.end_message(mark);
    writer.finish().unwrap()
}

fn head(message: u8, generation: u32, port: u32) -> Header {
    let [.., high, low] = generation.to_be_bytes();
    Header { port, resource: u16::from_be_bytes([high, low]), ..Header::nftables(message, 0, 2) }
}

fn end(generation: u32) -> Vec<u8> {
    let mut writer = Writer::new();
    let mark = writer.begin_message(&head(NFT_MSG_NEWGEN, generation, 77));
    writer.u32(NFTA_GEN_ID, generation);
    writer.u32(NFTA_GEN_PROC_PID, 4711);
    writer.text(NFTA_GEN_PROC_NAME, "writer");
    writer.end_message(mark);
    writer.finish().unwrap()
}

fn overflow() -> io::Result<Vec<u8>> {
    Err(io::Error::from_raw_os_error(ENOBUFS))
}

/// Where reading comes to the end of what is there.
fn nothing() -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::TimedOut.into())
}

fn commits(datagrams: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> Commits<Recorder> {
    Commits::with_transport(Recorder::accepting().with_unasked(datagrams))
}

/// What is heard until nothing comes any more, in short.
fn heard(commits: &mut Commits<Recorder>) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let line = match commits.try_next() {
            Ok(None) => return lines,
            Ok(Some(Heard::Commit(commit))) => format!("{}: {}", commit.generation, names(&commit.messages)),
            Ok(Some(Heard::Loose(messages))) => format!("loose: {}", names(&messages)),
            Ok(Some(Heard::Resync)) => "resync".to_owned(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Reply, "{error}");
                "error".to_owned()
            }
        };
        lines.push(line);
    }
}

fn names(messages: &RawMessages) -> String {
    let name = |message: Message<'_>| message.reader().find(NFTA_TABLE_NAME).unwrap().unwrap().text().into_owned();
    messages.iter().map(|message| name(message.unwrap())).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(datagrams: impl IntoIterator<Item = io::Result<Vec<u8>>>, expected: &[&str]) {
    assert_eq!(heard(&mut commits(datagrams)), expected);
}

#[test]
fn commits_are_whole() {
    let large = [change(5, "a"), change(5, "b")].concat();
    let mut commits = commits([Ok(large), Ok(change(5, "c")), Ok(end(5)), Ok(change(6, "d")), Ok(end(6)), Ok(change(7, "e"))]);
    let Ok(Some(Heard::Commit(first))) = commits.try_next() else { panic!("a commit") };
    assert_eq!((first.generation, first.process_id, first.process_name.as_deref()), (5, Some(4711), Some("writer")));
    assert_eq!(names(&first.messages), "a b c");
    assert_eq!(heard(&mut commits), ["6: d"]);
}

#[test]
fn several_in_one_datagram() {
    let all = [change(5, "a"), end(5), change(6, "b"), end(6)].concat();
    check([Ok(all)], &["5: a", "6: b"]);
}

#[test]
fn what_the_kernel_does_by_itself_is_of_no_commit() {
    let mut quota = change(5, "q");
    quota[12..16].fill(0);
    check([Ok(change(6, "a")), Ok(quota), Ok(end(6))], &["loose: q", "6: a"]);
}

#[test]
fn after_a_loss() {
    // What was buffered before goes, and the first commit behind, of which the beginning may be missing.
    let before = [Ok(change(5, "a")), Ok(end(5)), Ok(change(6, "b")), overflow(), Ok(change(6, "c")), overflow(), nothing()];
    let behind = [Ok(change(8, "d")), Ok(end(8)), Ok(change(9, "e")), Ok(end(9))];
    check(before.into_iter().chain(behind), &["5: a", "resync", "9: e"]);
}

#[test]
fn after_a_loss_and_a_snapshot() {
    let mut commits = commits([
        Ok(change(5, "a")),
        overflow(),
        nothing(),
        Ok(change(8, "b")),
        Ok(end(8)),
        Ok(change(9, "c")),
        Ok(end(9)),
        Ok(change(10, "d")),
        Ok(end(10)),
    ]);
    assert_eq!(commits.try_next().unwrap(), Some(Heard::Resync));
    commits.after(8);
    assert_eq!(heard(&mut commits), ["9: c", "10: d"]);
}

#[test]
fn a_snapshot_that_is_too_old() {
    let mut commits = commits([overflow(), nothing(), Ok(end(8)), nothing(), Ok(change(9, "a")), Ok(end(9))]);
    assert_eq!(heard(&mut commits), ["resync"]);
    // The commit of 8 was passed over, so a snapshot of 7 lacks it.
    commits.after(7);
    assert_eq!(commits.try_next().unwrap(), Some(Heard::Resync));
}

#[test]
fn the_floor() {
    let stream = || (3..8).flat_map(|number| [Ok(change(number, "x")), Ok(end(number))]);
    let mut all = commits(stream());
    all.after(5);
    assert_eq!(heard(&mut all), ["6: x", "7: x"]);
    // A subscription that began after the snapshot has missed something.
    let mut late = commits(stream());
    late.after(1);
    assert_eq!(heard(&mut late), ["resync", "4: x", "5: x", "6: x", "7: x"]);
    // The numbers begin anew.
    let mut turned =
        commits([u32::MAX - 1, u32::MAX, 1, 2].into_iter().flat_map(|number| [Ok(change(number, "x")), Ok(end(number))]));
    turned.after(u32::MAX - 1);
    assert_eq!(heard(&mut turned), ["4294967295: x", "1: x", "2: x"]);
}

#[test]
fn a_hole_without_an_error() {
    let (a, b, c) = (change(5, "a"), change(6, "b"), change(7, "c"));
    // A generation is missing; an end is missing; the order is another.
    check([Ok(a.clone()), Ok(end(5)), Ok(c.clone()), Ok(end(7))], &["5: a", "resync"]);
    check([Ok(a.clone()), Ok(end(5)), Ok(b.clone()), Ok(c), Ok(end(7))], &["5: a", "resync"]);
    check([Ok(a.clone()), Ok(b.clone()), Ok(end(6))], &["resync"]);
    check([Ok(a.clone()), Ok(end(5)), Ok(end(6)), Ok(b), Ok(end(7)), Ok(end(8))], &["5: a", "6: ", "resync", "8: "]);
    // A double is none.
    check([Ok(a.clone()), Ok(end(5)), Ok(a), Ok(end(5)), Ok(change(6, "b")), Ok(end(6))], &["5: a", "6: b"]);
}

#[test]
fn broken_datagrams() {
    let whole = [change(5, "a"), end(5)].concat();
    for length in 1..whole.len() {
        let mut commits =
            commits([Ok(whole[..length].to_vec()), Ok(change(6, "b")), Ok(end(6)), Ok(change(7, "c")), Ok(end(7))]);
        let lines = heard(&mut commits);
        let expected: &[&[&str]] = &[&["error", "resync", "7: c"], &["resync", "7: c"], &["5: a", "6: b", "7: c"]];
        assert!(expected.contains(&&*lines.iter().map(String::as_str).collect::<Vec<_>>()), "{length}: {lines:?}");
    }
    let mut commits = commits([Err(io::ErrorKind::InvalidData.into()), nothing(), Ok(end(5)), Ok(end(6))]);
    assert_eq!(heard(&mut commits), ["resync", "6: "]);
}
