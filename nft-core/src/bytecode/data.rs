//! What instructions and elements put into registers: bytes or a verdict.

use std::borrow::Cow;

use crate::uapi::netfilter::{NF_ACCEPT, NF_DROP};
use crate::uapi::nf_tables::{
    NFT_BREAK, NFT_CONTINUE, NFT_GOTO, NFT_JUMP, NFT_RETURN, NFTA_DATA_VALUE, NFTA_DATA_VERDICT, NFTA_VERDICT_CHAIN,
    NFTA_VERDICT_CHAIN_ID, NFTA_VERDICT_CODE,
};
use crate::wire::{Attribute, Attributes, Data, Error, Field, Text, Writer, attributes};

/// Bytes or a verdict.
#[doc(alias = "nft_data")]
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the kernel has these two")]
pub enum Operand {
    /// `NFTA_DATA_VALUE`: bytes.
    Value(Data),
    /// `NFTA_DATA_VERDICT`: a verdict.
    Verdict(Verdict),
}

/// What becomes of the packet.
#[doc(alias = "nft_verdicts")]
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "other codes are a variant")]
pub enum Verdict {
    /// `NF_DROP`.
    Drop,
    /// `NF_ACCEPT`.
    Accept,
    /// `NFT_CONTINUE`.
    Continue,
    /// `NFT_BREAK`.
    Break,
    /// `NFT_JUMP`.
    Jump(ChainRef),
    /// `NFT_GOTO`.
    Goto(ChainRef),
    /// `NFT_RETURN`.
    Return,
    /// Another code, without a chain.
    Other(i32),
}

/// Where a jump goes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the kernel has these two")]
pub enum ChainRef {
    /// `NFTA_VERDICT_CHAIN`: by name.
    Name(Text),
    /// `NFTA_VERDICT_CHAIN_ID`: by the number that the chain's message carries in the same batch.
    Id(u32),
}

impl Verdict {
    /// The verdict's number.
    #[must_use]
    pub const fn code(&self) -> i32 {
        match self {
            Self::Drop => NF_DROP,
            Self::Accept => NF_ACCEPT,
            Self::Continue => NFT_CONTINUE,
            Self::Break => NFT_BREAK,
            Self::Jump(_) => NFT_JUMP,
            Self::Goto(_) => NFT_GOTO,
            Self::Return => NFT_RETURN,
            Self::Other(code) => *code,
        }
    }

    /// The chain that a jump goes to.
    #[must_use]
    pub const fn chain(&self) -> Option<&ChainRef> {
        match self {
            Self::Jump(chain) | Self::Goto(chain) => Some(chain),
            Self::Drop | Self::Accept | Self::Continue | Self::Break | Self::Return | Self::Other(_) => None,
        }
    }
}

attributes! {
    /// Attributes of a verdict.
    struct VerdictAttributes<'a> {
        /// The code.
        NFTA_VERDICT_CODE => code: i32,
        /// The chain's name.
        NFTA_VERDICT_CHAIN => chain: Option<Cow<'a, str>>,
        /// The chain's number in the batch.
        NFTA_VERDICT_CHAIN_ID => chain_id: Option<u32>,
    }
}

attributes! {
    /// Attributes of data.
    struct DataAttributes<'a> {
        /// Bytes.
        NFTA_DATA_VALUE => value: Option<&'a [u8]>,
        /// A verdict.
        NFTA_DATA_VERDICT => verdict: Option<Verdict>,
    }
}

impl Field<'_> for Verdict {
    fn write(&self, kind: u16, writer: &mut Writer) {
        let (chain, chain_id) = match self.chain() {
            Some(ChainRef::Name(name)) => (Some(Cow::Borrowed(name.as_str())), None),
            Some(ChainRef::Id(id)) => (None, Some(*id)),
            None => (None, None),
        };
        VerdictAttributes { code: self.code(), chain, chain_id }.write(kind, writer);
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        let VerdictAttributes { code, chain, chain_id } = VerdictAttributes::decode(attribute.reader())?;
        let chain = match (chain, chain_id) {
            (Some(name), None) => Some(ChainRef::Name(Text::new(&name))),
            (None, Some(id)) => Some(ChainRef::Id(id)),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(Error::Unknown { attribute: NFTA_VERDICT_CHAIN_ID }),
        };
        Ok(match (code, chain) {
            (NFT_JUMP, Some(chain)) => Self::Jump(chain),
            (NFT_GOTO, Some(chain)) => Self::Goto(chain),
            (NFT_JUMP | NFT_GOTO, None) => return Err(Error::Missing { attribute: NFTA_VERDICT_CHAIN }),
            (_, Some(_)) => return Err(Error::Unknown { attribute: NFTA_VERDICT_CHAIN }),
            (NF_DROP, None) => Self::Drop,
            (NF_ACCEPT, None) => Self::Accept,
            (NFT_CONTINUE, None) => Self::Continue,
            (NFT_BREAK, None) => Self::Break,
            (NFT_RETURN, None) => Self::Return,
            (code, None) => Self::Other(code),
        })
    }
}

impl Field<'_> for Operand {
    fn write(&self, kind: u16, writer: &mut Writer) {
        match self {
            Self::Value(data) => data.write(kind, writer),
            Self::Verdict(verdict) => writer.nest(kind, |writer| verdict.write(NFTA_DATA_VERDICT, writer)),
        }
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        match DataAttributes::decode(attribute.reader())? {
            DataAttributes { value: Some(bytes), verdict: None } => Ok(Self::Value(Data::new(bytes))),
            DataAttributes { value: None, verdict: Some(verdict) } => Ok(Self::Verdict(verdict)),
            DataAttributes { value: None, verdict: None } => Err(Error::Missing { attribute: NFTA_DATA_VALUE }),
            DataAttributes { value: Some(_), verdict: Some(_) } => Err(Error::Unknown { attribute: NFTA_DATA_VERDICT }),
        }
    }
}

impl Field<'_> for Data {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.nest(kind, |writer| writer.bytes(NFTA_DATA_VALUE, self));
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        match DataAttributes::decode(attribute.reader())? {
            DataAttributes { value: Some(bytes), verdict: None } => Ok(Self::new(bytes)),
            DataAttributes { verdict: Some(_), .. } => Err(Error::Unknown { attribute: NFTA_DATA_VERDICT }),
            DataAttributes { value: None, verdict: None } => Err(Error::Missing { attribute: NFTA_DATA_VALUE }),
        }
    }
}
