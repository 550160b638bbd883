//! The engine over a transport that answers as it should, or does not.

use std::io;
use std::time::Duration;

use super::*;
use crate::error::ErrorKind;
use crate::model::{Chain, Item, Rule, Scope, Stmt, Target, Verdict};
use crate::name::ChainName;
use crate::uapi::netlink::{NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR};
use crate::uapi::nf_tables::{NFT_MSG_DELTABLE, NFT_MSG_GETGEN, NFT_MSG_GETTABLE, NFT_MSG_NEWRULE, NFT_MSG_NEWTABLE};
use crate::uapi::nfnetlink::{NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END};
use crate::wire::{Header, Messages, Writer};

fn table(rules: usize) -> Table {
    let mut table = Table::new(Family::Inet, TableName::new("t").unwrap());
    let mut chain = Chain::new(ChainName::new("c").unwrap());
    chain.rules = vec![Rule::new(vec![Stmt::Verdict(Verdict::Accept)]); rules];
    table.chains.push(chain);
    table
}

fn add(rules: usize) -> [Command; 1] {
    [Command::Add(Item::Table(Box::new(table(rules))))]
}

fn nfnl(answer: impl FnMut(&[u8]) -> Replies + Send + 'static) -> Nfnl<Recorder> {
    Nfnl::with_transport(Recorder::new(answer))
}

/// Sequence numbers of the messages of a batch, its frame included.
fn sequences(batch: &[u8]) -> Vec<u32> {
    Messages::new(batch).map(|message| message.unwrap().header.sequence).collect()
}

#[test]
fn one_batch_one_acknowledgement() {
    let mut nfnl = Nfnl::with_transport(Recorder::accepting());
    nfnl.apply(&add(3)).unwrap();
    let [batch] = nfnl.transport().sent() else { panic!("one sending") };
    let headers: Vec<Header> = Messages::new(batch).map(|message| message.unwrap().header).collect();
    assert_eq!(headers.first().unwrap().kind, NFNL_MSG_BATCH_BEGIN);
    assert_eq!(headers.last().unwrap().kind, NFNL_MSG_BATCH_END);
    let acknowledged = headers.iter().filter(|header| header.flags & NLM_F_ACK != 0).count();
    assert_eq!((headers.len(), acknowledged), (7, 1));
    assert!(headers[headers.len() - 2].flags & NLM_F_ACK != 0);
    assert!(headers.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    // Rules go behind those that are there (NLM_F_CREATE | NLM_F_APPEND).
    assert!(headers.iter().filter(|header| header.message() == NFT_MSG_NEWRULE).all(|header| header.flags & 0xc00 == 0xc00));
    nfnl.apply(&add(0)).unwrap();
    let [first, second] = nfnl.transport().sent() else { panic!("two sendings") };
    assert!(sequences(second)[0] > *sequences(first).last().unwrap(), "numbers are not used again");
}

#[test]
fn a_check_has_no_end() {
    let mut nfnl = Nfnl::with_transport(Recorder::accepting());
    nfnl.check_commands(&add(1)).unwrap();
    let batch = &nfnl.transport().sent()[0];
    assert!(Messages::new(batch).all(|message| message.unwrap().header.kind != NFNL_MSG_BATCH_END));
}

#[test]
fn errors_in_the_middle() {
    let mut nfnl = nfnl(|sent| {
        let numbers = sequences(sent);
        // The second and third rule are refused, then the last operation is answered; a stray reply stands between.
        vec![
            Ok(Recorder::acknowledge(numbers[4], 2)),
            Ok(Recorder::acknowledge(numbers[0].wrapping_sub(9), 1)),
            Ok(Recorder::acknowledge(numbers[5], 22)),
            Ok(Recorder::acknowledge(numbers[6], 0)),
        ]
    });
    let error = nfnl.apply(&add(4)).unwrap_err();
    assert_eq!((error.kind(), error.errno(), error.path().rule), (ErrorKind::Kernel, Some(2), Some(1)));
    assert_eq!(error.to_string(), "table inet t: chain c: rule 2: could not process rule: No such file or directory");
    assert_eq!(error.others().len(), 1);
    assert_eq!((error.others()[0].errno(), error.others()[0].path().rule), (Some(22), Some(2)));
}

#[test]
fn a_refused_batch_as_a_whole() {
    let mut nfnl = nfnl(|sent| vec![Ok(Recorder::acknowledge(sequences(sent)[0], 85))]);
    let error = nfnl.apply(&add(1)).unwrap_err();
    assert_eq!(error.errno(), Some(85));
    assert!(error.path().table.is_none());
}

#[test]
fn no_answer_is_an_error() {
    let mut silent = nfnl(|_| Vec::new());
    silent.set_timeout(Duration::from_millis(1));
    assert_eq!(silent.apply(&add(1)).unwrap_err().kind(), ErrorKind::Reply);
    assert_eq!(silent.pull().unwrap_err().kind(), ErrorKind::Reply);
}

#[test]
fn lost_replies() {
    let overrun = || Err(io::Error::from_raw_os_error(105));
    let mut nfnl = nfnl(move |sent| vec![Ok(Recorder::acknowledge(sequences(sent)[1], 17)), overrun()]);
    assert_eq!(nfnl.apply(&add(1)).unwrap_err().errno(), Some(17), "what came is reported");
    let mut nfnl = tests::nfnl(move |_| vec![overrun()]);
    assert_eq!(nfnl.apply(&add(1)).unwrap_err().kind(), ErrorKind::Reply);
}

#[test]
fn malformed_replies() {
    for reply in [vec![0; 3], vec![0xff; 40], Recorder::control(NLMSG_ERROR, 0, 0, &[]), vec![16, 0, 0, 0, 2, 0]] {
        let answer = reply.clone();
        let mut nfnl = nfnl(move |sent| {
            let mut reply = answer.clone();
            if let (Some(place), Some(sequence)) = (reply.get_mut(8..12), sequences(sent).last()) {
                place.copy_from_slice(&sequence.to_ne_bytes());
            }
            vec![Ok(reply)]
        });
        nfnl.set_timeout(Duration::from_millis(1));
        assert_eq!(nfnl.apply(&add(1)).unwrap_err().kind(), ErrorKind::Reply, "{reply:?}");
        assert_eq!(nfnl.pull().unwrap_err().kind(), ErrorKind::Reply, "{reply:?}");
    }
}

#[test]
fn torn_dumps_are_taken_again() {
    let mut accepting = Recorder::accepting();
    let mut tables = 0;
    let mut nfnl = nfnl(move |sent| {
        let header = Messages::new(sent).next().unwrap().unwrap().header;
        if header.message() != NFT_MSG_GETTABLE {
            return answers(&mut accepting, sent);
        }
        tables += 1;
        // The first dump is interrupted, the second is of another generation, the third ends with EINTR.
        let mut writer = Writer::new();
        let mut head = Header::nftables(NFT_MSG_NEWTABLE, NLM_F_MULTI, 1).with_sequence(header.sequence);
        head.resource = if tables == 2 { 9 } else { 1 };
        if tables == 1 {
            head.flags |= NLM_F_DUMP_INTR;
        }
        let mark = writer.begin_message(&head);
        writer.text(NFTA_TABLE_NAME, "t");
        writer.end_message(mark);
        let code = if tables == 3 { -4_i32 } else { 0 };
        let done = Recorder::control(NLMSG_DONE, NLM_F_MULTI, header.sequence, &code.to_ne_bytes());
        vec![Ok(writer.finish().unwrap()), Ok(done)]
    });
    let pulled = nfnl.pull().unwrap();
    assert_eq!((pulled.tables.len(), pulled.generation), (1, Some(1)));
    let asked = nfnl
        .transport()
        .sent()
        .iter()
        .filter(|sent| Messages::new(sent).next().unwrap().unwrap().header.message() == NFT_MSG_GETTABLE);
    assert_eq!(asked.count(), 4);
}

/// What the other recorder would answer.
fn answers(recorder: &mut Recorder, sent: &[u8]) -> Replies {
    recorder.send(sent).unwrap();
    let mut buffer = vec![0; 65_536];
    let mut replies = Replies::new();
    while let Ok(length) = recorder.receive(&mut buffer, Duration::ZERO) {
        replies.push(Ok(buffer[..length].to_vec()));
    }
    replies
}

/// A table of family 77, as a newer kernel may have it.
#[test]
fn tables_of_unknown_families_are_told_of() {
    let mut accepting = Recorder::accepting();
    let mut nfnl = nfnl(move |sent| {
        let header = Messages::new(sent).next().unwrap().unwrap().header;
        if header.message() != NFT_MSG_GETTABLE || header.flags & NLM_F_ACK != 0 {
            return answers(&mut accepting, sent);
        }
        let mut replies = Replies::new();
        for (family, name) in [(77, &b"new\0"[..]), (1, b"t\xff\0")] {
            let mut head = Header::nftables(NFT_MSG_NEWTABLE, NLM_F_MULTI, family).with_sequence(header.sequence);
            head.resource = 1;
            let mut writer = Writer::new();
            let mark = writer.begin_message(&head);
            writer.bytes(NFTA_TABLE_NAME, name);
            writer.end_message(mark);
            replies.push(Ok(writer.finish().unwrap()));
        }
        replies.push(Ok(Recorder::control(NLMSG_DONE, NLM_F_MULTI, header.sequence, &[0; 4])));
        replies
    });
    let pulled = nfnl.pull().unwrap();
    let [unreadable] = &*pulled.unreadable else { panic!("{pulled:?}") };
    assert_eq!((unreadable.family, &*unreadable.name), (77, "new"));
    // Bytes that are no UTF-8 are a name like any other.
    let [table] = &*pulled.tables else { panic!("{pulled:?}") };
    assert_eq!(table.name, *crate::wire::text_from_bytes(b"t\xff"));
    assert!(nfnl.pull_some(&Filter::all().with_family(Family::Inet)).unwrap().unreadable.is_empty());
    // Reconciling with everything else to go does not touch it.
    let before = nfnl.transport().sent().len();
    nfnl.reconcile(&Ruleset::new(), &Reconcile::new().with_prune()).unwrap();
    let batch = nfnl.transport().sent()[before..].iter().flat_map(|sent| Messages::new(sent)).map(Result::unwrap);
    assert!(batch.clone().any(|message| message.header.message() == NFT_MSG_DELTABLE));
    assert!(batch.into_iter().all(|message| message.header.family != 77));
}

/// A commit between the two would go unseen the other way round.
#[test]
fn the_generation_comes_first() {
    let mut nfnl = Nfnl::with_transport(Recorder::accepting());
    nfnl.pull().unwrap();
    let kinds: Vec<u8> = nfnl
        .transport()
        .sent()
        .iter()
        .flat_map(|sent| Messages::new(sent))
        .map(|message| message.unwrap().header.message())
        .collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&NFT_MSG_GETGEN), Some(&NFT_MSG_GETGEN)), "{kinds:?}");
    assert!(kinds.contains(&NFT_MSG_GETTABLE));
}

/// What is left of a dump that was given up is no part of the next.
#[test]
fn answers_of_others_are_passed_over() {
    let mut writer = Writer::new();
    let mark = writer.begin_message(&Header::nftables(NFT_MSG_NEWTABLE, NLM_F_MULTI, 1).with_sequence(0xdead));
    writer.text(NFTA_TABLE_NAME, "stale");
    writer.end_message(mark);
    let done = Recorder::control(NLMSG_DONE, NLM_F_MULTI, 0xdead, &[0; 4]);
    let stale = [Ok(writer.finish().unwrap()), Ok(done), Ok(Recorder::acknowledge(0xdead, 16))];
    let mut nfnl = Nfnl::with_transport(Recorder::accepting().with_unasked(stale));
    assert!(nfnl.pull().unwrap().tables.is_empty());
}

#[test]
fn an_edited_unknown_rule_is_refused() {
    let mut rule = Rule::new(vec![Stmt::Opaque(0, "xt match".into()), Stmt::Verdict(Verdict::Accept)]);
    let scope = || Scope::new(Family::Ip, TableName::new("t").unwrap());
    let chain = || ChainName::new("c").unwrap();
    let command = |rule: &Rule| [Command::Add(Item::Rule(scope(), chain(), None, Box::new(rule.clone())))];
    let mut nfnl = Nfnl::with_transport(Recorder::accepting());
    assert_eq!(nfnl.apply(&command(&rule)).unwrap_err().kind(), ErrorKind::Misuse);
    rule.opaque = Some(Box::new(crate::model::Opaque::new(Vec::new(), rule.stmts.clone(), Box::default(), None)));
    nfnl.apply(&command(&rule)).unwrap();
    rule.stmts.pop();
    assert_eq!(nfnl.apply(&command(&rule)).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn listing_is_no_change() {
    let mut nfnl = Nfnl::with_transport(Recorder::accepting());
    let list = [Command::List(ListTarget::Ruleset(None))];
    assert_eq!(nfnl.apply(&list).unwrap_err().kind(), ErrorKind::Misuse);
    assert!(nfnl.transport().sent().is_empty());
    let scope = Scope::new(Family::Ip, TableName::new("t").unwrap());
    nfnl.apply(&[Command::Destroy(Target::Table(scope))]).unwrap();
}

/// `insert rule ip t c index 0 accept`: the kernel has to be asked which rule that is.
fn counted() -> [Command; 1] {
    let scope = Scope::new(Family::Ip, TableName::new("t").unwrap());
    let chain = ChainName::new("c").unwrap();
    let rule = Rule::new(vec![Stmt::Verdict(Verdict::Accept)]);
    [Command::Insert(Item::Rule(scope, chain, Some(crate::model::Position::Index(0)), Box::new(rule)))]
}

/// Rules of a chain as the kernel lists them, by their handles.
fn rules(sequence: u32, handles: &[u64], flags: u16) -> Vec<u8> {
    let mut writer = Writer::new();
    for handle in handles {
        let header = Header::nftables(NFT_MSG_NEWRULE, NLM_F_MULTI | flags, 2).with_sequence(sequence);
        let mark = writer.begin_message(&header);
        writer.text(1, "t");
        writer.text(2, "c");
        writer.u64(3, *handle);
        writer.end_message(mark);
    }
    writer.finish().unwrap()
}

#[test]
fn what_was_asked_holds_for_its_generation() {
    let mut accepting = Recorder::accepting();
    let (mut lists, mut batches) = (0, 0);
    let mut nfnl = nfnl(move |sent| {
        let header = Messages::new(sent).next().unwrap().unwrap().header;
        if header.kind == NFNL_MSG_BATCH_BEGIN {
            batches += 1;
            let numbers = sequences(sent);
            // The first comes too late.
            return vec![Ok(if batches == 1 {
                Recorder::acknowledge(numbers[0], 85)
            } else {
                Recorder::acknowledge(numbers[1], 0)
            })];
        }
        if header.message() != crate::uapi::nf_tables::NFT_MSG_GETRULE {
            return answers(&mut accepting, sent);
        }
        lists += 1;
        let done = Ok(Recorder::control(NLMSG_DONE, NLM_F_MULTI, header.sequence, &[0; 4]));
        // The first list is torn, with a rule that is gone.
        if lists == 1 {
            vec![Ok(rules(header.sequence, &[7], NLM_F_DUMP_INTR)), done]
        } else {
            vec![Ok(rules(header.sequence, &[8, 9], 0)), done]
        }
    });
    nfnl.apply(&counted()).unwrap();
    let batches = nfnl.transport().sent().iter().filter_map(|sent| {
        let mut messages = Messages::new(sent).map(Result::unwrap);
        let head = messages.next().filter(|message| message.header.kind == NFNL_MSG_BATCH_BEGIN)?;
        let generation = head.reader().find(crate::uapi::nfnetlink::NFNL_BATCH_GENID).unwrap().unwrap().payload;
        let rule = messages.next().unwrap();
        Some((
            generation.to_vec(),
            rule.reader().find(crate::uapi::nf_tables::NFTA_RULE_POSITION).unwrap().unwrap().payload.to_vec(),
        ))
    });
    assert_eq!(
        batches.collect::<Vec<_>>(),
        [(vec![0, 0, 0, 1], vec![0, 0, 0, 0, 0, 0, 0, 8]), (vec![0, 0, 0, 1], vec![0, 0, 0, 0, 0, 0, 0, 8])]
    );
}

#[test]
fn what_cannot_be_asked_is_no_missing_set() {
    let mut accepting = Recorder::accepting();
    let mut nfnl = nfnl(move |sent| {
        let header = Messages::new(sent).next().unwrap().unwrap().header;
        match header.message() {
            crate::uapi::nf_tables::NFT_MSG_GETSET => vec![Ok(Recorder::acknowledge(header.sequence, 1))],
            _ => answers(&mut accepting, sent),
        }
    });
    let scope = Scope::new(Family::Ip, TableName::new("t").unwrap());
    let add = [Command::Add(Item::Elements(scope, SetName::new("s").unwrap(), Elements::default()))];
    assert_eq!(nfnl.apply(&add).unwrap_err().errno(), Some(1), "the reason is told");
}

/// A set that was listed is gone when its elements are asked for: others changed the ruleset in between.
#[test]
fn what_is_gone_meanwhile_is_no_error() {
    let mut generation = 1;
    let mut nfnl = nfnl(move |sent| {
        use crate::uapi::nf_tables::{
            NFT_MSG_GETGEN, NFT_MSG_GETSET, NFT_MSG_GETSETELEM, NFT_MSG_NEWGEN, NFT_MSG_NEWSET, NFTA_GEN_ID,
        };
        let asked = Messages::new(sent).next().unwrap().unwrap().header;
        let answer = |kind: u8, body: &dyn Fn(&mut Writer)| {
            let mut writer = Writer::new();
            let mut head = Header::nftables(kind, NLM_F_MULTI, 1).with_sequence(asked.sequence);
            head.resource = generation;
            let mark = writer.begin_message(&head);
            body(&mut writer);
            writer.end_message(mark);
            Ok(writer.finish().unwrap())
        };
        let done = Ok(Recorder::control(NLMSG_DONE, NLM_F_MULTI, asked.sequence, &[0; 4]));
        match asked.message() {
            NFT_MSG_GETGEN => vec![
                answer(NFT_MSG_NEWGEN, &|writer| writer.u32(NFTA_GEN_ID, generation.into())),
                Ok(Recorder::acknowledge(asked.sequence, 0)),
            ],
            NFT_MSG_GETTABLE => vec![answer(NFT_MSG_NEWTABLE, &|writer| writer.text(NFTA_TABLE_NAME, "t")), done],
            NFT_MSG_GETSET if generation == 1 => vec![
                answer(NFT_MSG_NEWSET, &|writer| {
                    writer.text(1, "t");
                    writer.text(2, "s");
                    writer.u32(3, 0);
                    writer.u32(4, 7);
                    writer.u32(5, 4);
                }),
                done,
            ],
            NFT_MSG_GETSETELEM => {
                generation = 2;
                vec![Ok(Recorder::acknowledge(asked.sequence, 2))]
            }
            _ => vec![done],
        }
    });
    let pulled = nfnl.pull().unwrap();
    assert_eq!((pulled.generation, pulled.tables[0].sets.len()), (Some(2), 0));
}
