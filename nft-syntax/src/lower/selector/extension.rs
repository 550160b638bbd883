//! Extension headers, options and chunks.

use nft_core::Span;
use nft_core::model::{Expr, Exthdr, ExthdrPart};
use nft_core::schema::extension::{Extension, Op};
use nft_core::schema::{exthdr, ipopt, sctp_chunk, tcpopt};

use super::Word;
use crate::lower::fault::{Fault, Lowered};

/// `frag id`, `srh sid[1]`; without a field whether it is there (`exthdr frag`).
pub(in crate::lower) fn extension_header(name: Word<'_>, field: Option<Word<'_>>, index: Option<(u64, Span)>) -> Lowered<Expr> {
    let Some(found) = exthdr::by_name(name.text) else {
        return Err(Fault::unknown(name.span, "extension header", name.text, names(exthdr::all())));
    };
    // Whether it is there is asked of the header's number, by its first name: `exthdr rt`, not `exthdr srh`.
    if field.is_none() && exthdr::all().iter().any(|other| other.number == found.number && other.desc < found.desc) {
        let known = exthdr::all().iter().filter(|header| header.number != found.number).map(|header| header.name);
        return Err(Fault::unknown(name.span, "extension header", name.text, known.chain(["rt"])));
    }
    let part = match (field, index) {
        (Some(field), Some((number, span))) => {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            match found.indexed(field.text, number) {
                Some(row) => ExthdrPart::Field(row),
                None if found.needs_index(field.text) => {
                    return Err(Fault::new(span, format!("`{} {}` has no such index", name.text, field.text)));
                }
                None => return Err(no_field(found, field)),
            }
        }
        (field, _) => part(found, field)?,
    };
    Ok(Expr::Exthdr(Exthdr::new(found, part)))
}

/// `tcp option maxseg size`, `tcp option 34`.
pub(in crate::lower) fn tcp_option(option: Word<'_>, field: Option<Word<'_>>) -> Lowered<Expr> {
    if let Some(number) = option_number(option)? {
        // Options that the schema knows keep their row, so that they are written by name.
        let known = Op::Tcp.extension(number);
        let part = match field {
            None => ExthdrPart::Present,
            Some(word) if word.text == "length" => ExthdrPart::Field(&tcpopt::LENGTH),
            Some(word) => {
                return Err(Fault::unknown(word.span, "field of an option that goes by number", word.text, ["length"]));
            }
        };
        return Ok(Expr::Exthdr(match known {
            Some(known) => Exthdr::new(known, part),
            None => Exthdr::numbered(Op::Tcp, number, part),
        }));
    }
    let Some(found) = tcpopt::by_name(option.text) else {
        return Err(Fault::unknown(option.span, "tcp option", option.text, names(tcpopt::all())));
    };
    Ok(Expr::Exthdr(Exthdr::new(found, part(found, field)?)))
}

/// `ip option rr ptr`.
pub(in crate::lower) fn ip_option(option: Word<'_>, field: Option<Word<'_>>) -> Lowered<Expr> {
    let Some(found) = ipopt::by_name(option.text) else {
        return Err(Fault::unknown(option.span, "ip option", option.text, names(ipopt::all())));
    };
    let part = match part(found, field)? {
        // The byte that says which option it is: asking for it asks whether the option is there, as with nft.
        ExthdrPart::Field(field) if field.offset == 0 => ExthdrPart::Present,
        part => part,
    };
    Ok(Expr::Exthdr(Exthdr::new(found, part)))
}

/// `sctp chunk data tsn`.
pub(in crate::lower) fn chunk(chunk: Word<'_>, field: Option<Word<'_>>) -> Lowered<Expr> {
    let Some(found) = sctp_chunk::by_name(chunk.text) else {
        return Err(Fault::unknown(chunk.span, "sctp chunk", chunk.text, names(sctp_chunk::all())));
    };
    Ok(Expr::Exthdr(Exthdr::new(found, part(found, field)?)))
}

/// `dccp option 1`.
pub(in crate::lower) fn dccp_option(option: Word<'_>) -> Lowered<Expr> {
    let Some(number) = option_number(option)? else {
        return Err(Fault::new(option.span, "dccp options go by number"));
    };
    Ok(Expr::Exthdr(match Op::Dccp.extension(number) {
        Some(known) => Exthdr::new(known, ExthdrPart::Present),
        None => Exthdr::numbered(Op::Dccp, number, ExthdrPart::Present),
    }))
}

/// The number that the word is; nothing if it is a name.
fn option_number(option: Word<'_>) -> Lowered<Option<u8>> {
    if !option.text.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(None);
    }
    let number = crate::lower::number::parse(option.text).and_then(|number| u8::try_from(number).ok());
    number.map(Some).ok_or_else(|| Fault::new(option.span, "value too large").help("an option is a number up to 255"))
}

fn part(extension: &'static Extension, field: Option<Word<'_>>) -> Lowered<ExthdrPart> {
    match field {
        None => Ok(ExthdrPart::Present),
        Some(word) => extension.field(word.text).map(ExthdrPart::Field).ok_or_else(|| no_field(extension, word)),
    }
}

fn no_field(extension: &'static Extension, word: Word<'_>) -> Fault {
    let names = extension.fields.iter().map(|field| field.name);
    Fault::new(word.span, format!("`{}` has no field `{}`", extension.name, word.text))
        .did_you_mean(word.text, names)
        .unreadable()
}

fn names(extensions: &'static [Extension]) -> impl Iterator<Item = &'static str> {
    extensions.iter().map(|extension| extension.name)
}

/// `tcp option @34,16,8`: kind, offset and width in bits.
pub(in crate::lower) fn raw_option(
    header: Word<'_>,
    kind: (u64, Span),
    offset: (u64, Span),
    bits: (u64, Span),
) -> Lowered<Expr> {
    if header.text != "tcp" {
        return Err(Fault::new(header.span, "only tcp options go by their place"));
    }
    let number =
        u8::try_from(kind.0).map_err(|_| Fault::new(kind.1, "value too large").help("an option is a number up to 255"))?;
    let narrow = |(value, span): (u64, Span)| {
        u32::try_from(value).ok().filter(|value| *value <= 2040).ok_or_else(|| Fault::new(span, "value too large"))
    };
    if bits.0 == 0 {
        return Err(Fault::new(bits.1, "an option has at least one bit"));
    }
    let part = ExthdrPart::Raw { offset: narrow(offset)?, bits: narrow(bits)? };
    Ok(Expr::Exthdr(Exthdr::numbered(Op::Tcp, number, part)))
}
