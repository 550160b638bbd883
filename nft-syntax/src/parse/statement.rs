//! Rules: statements one by one, each by its first word.

use super::{Failed, Reader};
use crate::grammar::Rule;
use crate::tree::SyntaxKind;

impl Reader<'_> {
    /// A rule: statements up to the end of the line, a comment last.
    pub(super) fn rule(&mut self) -> Result<(), Failed> {
        let rule = self.open(SyntaxKind::Rule);
        let mut end = self.position;
        let mut empty = true;
        loop {
            match self.peek() {
                None | Some(b'\n' | b';' | b'}') => break,
                Some(_) => {}
            }
            let comment = self.word() == "comment";
            if comment && empty {
                self.unexpected(self.position, "a statement");
                return Err(Failed);
            }
            self.statement()?;
            empty = false;
            end = self.position;
            self.skip_blanks();
            if comment {
                break;
            }
        }
        if empty {
            self.unexpected(self.position, "a statement");
            return Err(Failed);
        }
        let blanks = self.position;
        self.position = end;
        self.close(rule);
        self.position = blanks;
        Ok(())
    }

    fn statement(&mut self) -> Result<(), Failed> {
        let word = self.word();
        if self.plain && self.plain_statement(word) {
            return Ok(());
        }
        let rule = match word {
            "accept" | "drop" | "continue" | "return" => Rule::stmt_verdict,
            "jump" | "goto" => return self.jump(),
            "counter" => Rule::stmt_counter,
            "limit" => Rule::stmt_limit,
            "quota" => Rule::stmt_quota,
            "last" => Rule::stmt_last,
            "log" => Rule::stmt_log,
            "reject" => Rule::stmt_reject,
            "snat" | "dnat" => Rule::stmt_nat,
            "masquerade" => Rule::stmt_masquerade,
            "redirect" => Rule::stmt_redirect,
            "tproxy" => Rule::stmt_tproxy,
            "synproxy" => Rule::stmt_synproxy,
            "queue" => Rule::stmt_queue,
            "dup" => Rule::stmt_dup,
            "fwd" => Rule::stmt_fwd,
            "notrack" => Rule::stmt_notrack,
            "flow" => Rule::stmt_flow,
            "add" | "update" | "delete" => Rule::stmt_dynset,
            "set" => Rule::stmt_dynset_old,
            "meter" => Rule::stmt_meter,
            "reset" => Rule::stmt_reset,
            "xt" => Rule::stmt_xt,
            "comment" => Rule::comment,
            "ct" if self.second_word() == "count" => Rule::stmt_ct_count,
            "tunnel" if self.second_word() == "name" => Rule::stmt_tunnel,
            _ => return self.expression(),
        };
        self.grammar(rule)
    }

    /// `jump c`, or a chain in braces.
    fn jump(&mut self) -> Result<(), Failed> {
        let start = self.position;
        let nodes = self.tree.len();
        let block = self.open(SyntaxKind::StmtBlock);
        self.grammar(Rule::jump_word)?;
        self.skip_blanks();
        if self.peek() != Some(b'{') {
            self.tree.truncate(nodes);
            self.position = start;
            return self.grammar(Rule::stmt_verdict);
        }
        self.position += 1;
        let mut separated = true;
        loop {
            separated |= self.skip_separators();
            match self.peek() {
                Some(b'}') if separated => break,
                Some(_) if separated => {}
                _ => {
                    self.unexpected(self.position, "newline or `;`");
                    return Err(Failed);
                }
            }
            match self.word() {
                "define" | "redefine" => self.grammar(Rule::define)?,
                "undefine" => self.grammar(Rule::undefine)?,
                "include" => self.grammar(Rule::include)?,
                _ => self.rule()?,
            }
            separated = false;
        }
        self.position += 1;
        self.close(block);
        Ok(())
    }

    fn expression(&mut self) -> Result<(), Failed> {
        let word = self.word();
        if word.is_empty() || super::dispatch::begins_expression(word) {
            return self.grammar(Rule::stmt_expr);
        }
        self.unknown(word, "a statement", super::dispatch::STATEMENTS.iter().copied().chain(super::dispatch::selectors()));
        Err(Failed)
    }
}
