//! `rules-bytecode`, `rules-netlink` and `rules-reject`: text goes through parser, lowering, evaluation and encoding, and what would
//! be sent is compared.

use nft_core::message::trace::Trace;
use nft_core::model::Origin;
use nft_core::netlink::{Nfnl, Recorder};
use nft_core::uapi::nf_tables::{
    NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFTA_DYNSET_SET_ID, NFTA_EXPR_DATA, NFTA_EXPR_NAME,
    NFTA_LOOKUP_SET_ID, NFTA_OBJREF_SET_ID, NFTA_RULE_EXPRESSIONS, NFTA_SET_ELEM_LIST_SET_ID, NFTA_SET_ID,
};
use nft_core::wire::{Messages, Reader};
use nft_core::{ErrorKind, NoDeclarations, Span};
use nft_syntax::{NoFiles, lower};

use crate::corpus::{RuleCase, Verdict};
use crate::measure::Outcome;
use crate::world::World;

/// A message of nf_tables: `NFT_MSG_*`, and its bytes from `nfgenmsg` on.
type Sent = (u8, Vec<u8>);

/// Why a rule was refused, and whether the error points into it.
struct Refusal {
    message: String,
    pointed: bool,
}

pub(super) fn bytecode(case: &RuleCase) -> Outcome {
    let sent = match sent(case) {
        Ok(sent) => sent,
        Err(refusal) => return Outcome::Fail(format!("refused: {}\n", refusal.message)),
    };
    let (mut trace, mut found) = (Trace::new(), String::new());
    for (kind, bytes) in &sent {
        let _ = trace.body(*kind, bytes[0], Reader::new(&bytes[4..]), &mut found);
    }
    Outcome::compare(&super::expected_bytecode(case), &found)
}

pub(super) fn netlink(case: &RuleCase) -> Outcome {
    let sent = match sent(case) {
        Ok(sent) => sent,
        Err(refusal) => return Outcome::Fail(format!("refused: {}\n", refusal.message)),
    };
    let expected = case.netlink.iter().map(|message| (message.message(), message.bytes.clone())).collect();
    Outcome::compare(&text(normalize(expected)), &text(normalize(sent)))
}

pub(super) fn reject(case: &RuleCase) -> Outcome {
    match sent(case) {
        Ok(_) => Outcome::Fail(format!("- {}\n+ accepted: {}\n", case.error, case.rule)),
        Err(refusal) if refusal.pointed => Outcome::Pass,
        Err(refusal) => Outcome::Fail(format!("- {}\n+ points nowhere: {}\n", case.error, refusal.message)),
    }
}

/// What takes part in the first two.
pub(super) const fn is_good(case: &RuleCase) -> bool {
    matches!(case.verdict, Verdict::Accept | Verdict::NoKernelSupport)
}

/// What would be sent for the rule alone.
fn sent(case: &RuleCase) -> Result<Vec<Sent>, Refusal> {
    let preamble = case.preamble();
    let before = batch(&preamble, usize::MAX)
        .map_err(|refusal| Refusal { message: format!("in the declarations: {}", refusal.message), pointed: false })?;
    let mut all = batch(&format!("{preamble}{}\n", case.command()), preamble.len())?;
    all.drain(..before.len().min(all.len()));
    Ok(all)
}

/// The messages of a text, less those that frame the batch. The rule begins at that offset.
fn batch(text: &str, rule: usize) -> Result<Vec<Sent>, Refusal> {
    let commands = lower::load(text, "rule", &mut NoFiles, &NoDeclarations).map_err(|error| {
        let first = error.diagnostics().first();
        Refusal {
            message: first.map(|diagnostic| diagnostic.message.clone()).unwrap_or_default(),
            pointed: first.is_some_and(|diagnostic| is_in(diagnostic.span, rule)),
        }
    })?;
    let mut nfnl = Nfnl::with_transport(Recorder::accepting()).with_environment(World);
    nfnl.apply(&commands).map_err(|error| {
        let place = match error.origin() {
            Origin::Text { span, .. } => is_in(span, rule),
            _ => false,
        };
        let ours = error.kind() == ErrorKind::Source;
        Refusal { pointed: ours && place, message: format!("{error} ({:?})", error.kind()) }
    })?;
    let mut found = Vec::new();
    for bytes in nfnl.transport().sent() {
        for message in Messages::new(bytes) {
            let message = message.map_err(|error| Refusal { message: error.to_string(), pointed: false })?;
            // Only changes: what was asked of the kernel before is no part of the batch.
            if message.header.subsystem() == 10 && !matches!(message.header.message(), 1 | 4 | 7 | 10 | 13 | 16 | 19) {
                let mut bytes = vec![message.header.family, 0, 0, 0];
                bytes.extend_from_slice(message.body);
                found.push((message.header.message(), bytes));
            }
        }
    }
    Ok(found)
}

const fn is_in(span: Span, rule: usize) -> bool {
    span.range().end > rule
}

fn text(messages: Vec<Sent>) -> String {
    let mut text = String::new();
    for (kind, bytes) in messages {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!("{kind} {hex}\n"));
    }
    text
}

/// Numbers of sets are chosen freely: they are replaced by the order in which they appear.
fn normalize(mut messages: Vec<Sent>) -> Vec<Sent> {
    let mut numbers: Vec<[u8; 4]> = Vec::new();
    let mut renumber = |bytes: &mut [u8]| {
        let Ok(number) = <[u8; 4]>::try_from(&*bytes) else { return };
        let index = numbers.iter().position(|known| *known == number).unwrap_or_else(|| {
            numbers.push(number);
            numbers.len() - 1
        });
        bytes.copy_from_slice(&u32::try_from(index).unwrap_or(u32::MAX).to_be_bytes());
    };
    for (kind, bytes) in &mut messages {
        let Some((head, attributes)) = bytes.split_at_mut_checked(4) else { continue };
        // `version` and `res_id`.
        head[1..].fill(0);
        match *kind {
            NFT_MSG_NEWSET => each(attributes, &mut |kind, payload| {
                if kind == NFTA_SET_ID {
                    renumber(payload)
                }
            }),
            NFT_MSG_NEWSETELEM => {
                each(attributes, &mut |kind, payload| {
                    if kind == NFTA_SET_ELEM_LIST_SET_ID {
                        renumber(payload)
                    }
                });
            }
            NFT_MSG_NEWRULE => each(attributes, &mut |kind, payload| {
                if kind == NFTA_RULE_EXPRESSIONS {
                    each(payload, &mut |_, expression| instruction(expression, &mut renumber));
                }
            }),
            _ => {}
        }
    }
    messages
}

fn instruction(bytes: &mut [u8], renumber: &mut dyn FnMut(&mut [u8])) {
    let mut wanted = None;
    each(bytes, &mut |kind, payload| match kind {
        NFTA_EXPR_NAME => {
            wanted = match &*payload {
                b"lookup\0" => Some(NFTA_LOOKUP_SET_ID),
                b"dynset\0" => Some(NFTA_DYNSET_SET_ID),
                b"objref\0" => Some(NFTA_OBJREF_SET_ID),
                _ => None,
            };
        }
        NFTA_EXPR_DATA => each(payload, &mut |kind, payload| {
            if Some(kind) == wanted {
                renumber(payload)
            }
        }),
        _ => {}
    });
}

/// Hands each attribute of these bytes, its number and its content.
fn each(mut bytes: &mut [u8], run: &mut dyn FnMut(u16, &mut [u8])) {
    while let &mut [l0, l1, k0, k1, ..] = bytes {
        let length = usize::from(u16::from_ne_bytes([l0, l1])).clamp(4, bytes.len());
        let kind = u16::from_ne_bytes([k0, k1]) & 0x3fff;
        run(kind, &mut bytes[4..length]);
        let next = length.next_multiple_of(4).min(bytes.len());
        bytes = &mut std::mem::take(&mut bytes)[next..];
    }
}
