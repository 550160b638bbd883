//! `log`.

use nft_core::model::Log;
use nft_core::schema::words::{LOG_FLAGS, LOG_FLAGS_ALL, LOG_LEVELS};

use crate::lower::context::Lower;
use crate::lower::expr;
use crate::lower::fault::{Fault, Lowered};
use crate::tree::{Node, SyntaxKind as K};

/// Bytes of a prefix: `NF_LOG_PREFIXLEN` without the NUL.
const LONGEST_PREFIX: usize = 127;

impl Lower<'_> {
    /// `log prefix "x" level warn`.
    pub(super) fn log(&mut self, node: Node<'_>) -> Lowered<Log> {
        let mut log = Log::default();
        let (mut level, mut flags) = (None, None);
        // Of options that are said twice, the last counts, as with nft.
        for child in node.children() {
            if let Some(flags) = flags.filter(|flags| is_detailed(*flags))
                && child.kind() != K::LogFlags
            {
                return Err(Fault::new(child.span(), format!("`{}` cannot stand behind `{}`", child.text(), flags.text()))
                    .help("write the flags last"));
            }
            match child.kind() {
                K::LogPrefix => {
                    log.prefix = Some(self.log_prefix(child)?);
                }
                K::LogLevel => {
                    level = Some(child);
                    let word = expr::required(child, child.first())?;
                    let text = self.literal_text(word)?;
                    // nft lists `warn` for the level that it also reads as `warning`.
                    let Some(number) = LOG_LEVELS.number(&text) else {
                        return Err(Fault::new(word.span(), "invalid log level")
                            .did_you_mean(&text, LOG_LEVELS.all().map(|(name, _)| name)));
                    };
                    log.level = Some(number);
                }
                K::LogGroup => {
                    log.group = u16::try_from(self.number(child, 65535)?).ok();
                }
                K::LogSnaplen => {
                    log.snaplen = u32::try_from(self.number(child, u64::from(u32::MAX))?).ok();
                }
                K::LogThreshold => {
                    log.queue_threshold = u16::try_from(self.number(child, 65535)?).ok();
                }
                K::LogFlags => {
                    flags = Some(child);
                    log.flags |= log_flags(child)?;
                }
                _ => {}
            }
        }
        let nfnetlink = log.group.is_some() || log.snaplen.is_some() || log.queue_threshold.is_some();
        if let Some(level_node) = level {
            if nfnetlink {
                return Err(Fault::new(level_node.span(), "level and group are mutually exclusive"));
            }
            let is_audit = log.level.and_then(|number| LOG_LEVELS.word(number)) == Some("audit");
            if is_audit && (log.prefix.is_some() || log.flags != 0) {
                return Err(Fault::new(level_node.span(), "log level audit doesn't support any further options"));
            }
        }
        if let Some(flags_node) = flags
            && nfnetlink
        {
            return Err(Fault::new(flags_node.span(), "flags and group are mutually exclusive"));
        }
        Ok(log)
    }

    /// The prefix; `$name` in it is replaced.
    fn log_prefix(&mut self, node: Node<'_>) -> Lowered<Box<str>> {
        let value = expr::required(node, node.first())?;
        let written = self.literal_text(value)?;
        let mut text = String::with_capacity(written.len());
        let mut rest = &*written;
        while let Some((before, behind)) = rest.split_once('$') {
            text.push_str(before);
            let length = behind.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let (name, behind) = behind.split_at_checked(length).unwrap_or((behind, ""));
            text.push_str(&self.text_of(name, value.span())?);
            rest = behind;
        }
        text.push_str(rest);
        if text.len() > LONGEST_PREFIX {
            return Err(Fault::new(value.span(), format!("log prefix is too long: {LONGEST_PREFIX} bytes is the most")));
        }
        if text.is_empty() {
            return Err(Fault::new(value.span(), "log prefix must have at least 1 character"));
        }
        Ok(text.into())
    }
}

/// Whether these are `flags tcp …`: behind them nft reads no other options.
fn is_detailed(flags: Node<'_>) -> bool {
    flags.child(K::Word).is_some_and(|word| word.text() == "tcp")
}

/// `flags all`, `flags tcp sequence,options`, `flags skuid`.
fn log_flags(node: Node<'_>) -> Lowered<u32> {
    let mut words = node.all(K::Word);
    let first = expr::required(node, words.next())?;
    let mut mask = 0;
    let mut has_detail = false;
    for word in words {
        has_detail = true;
        let name = format!("{} {}", first.text(), word.text());
        let Some(flag) = LOG_FLAGS.number(&name) else {
            return Err(Fault::unknown(word.span(), "log flag", &name, LOG_FLAGS.all().map(|(name, _)| name)));
        };
        mask |= flag;
    }
    if has_detail {
        return Ok(mask);
    }
    if first.text() == "all" {
        return Ok(LOG_FLAGS_ALL);
    }
    LOG_FLAGS
        .number(first.text())
        .ok_or_else(|| Fault::unknown(first.span(), "log flag", first.text(), LOG_FLAGS.all().map(|(name, _)| name)))
}
