//! Rules: statements and expressions.

use super::given::words;
use super::{Quoter, option, unknown, variant};
use nft_core::model::{
    Expr, ExthdrPart, JumpTarget, Limit, Nat, ObjectBy, Queue, QueueTarget, Quota, Rule, Stmt, Synproxy, Verdict,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

impl Quoter<'_> {
    pub(super) fn rule(&mut self, rule: &Rule) -> TokenStream {
        let p = self.private;
        let stmts = self.stmts(&rule.stmts);
        let comment = self.comment(rule.comment.as_deref());
        let tag = self.comment(rule.tag.as_deref());
        let origin = self.origin();
        quote! {{
            let mut rule = #p::Rule::new(#stmts);
            rule.comment = #comment;
            rule.tag = #tag;
            rule.origin = #origin;
            rule
        }}
    }

    pub(super) fn stmts(&mut self, stmts: &[Stmt]) -> TokenStream {
        let stmts: Vec<_> = stmts.iter().map(|stmt| self.stmt(stmt)).collect();
        quote!(::core::convert::From::from([#(#stmts),*]))
    }

    fn stmt(&mut self, stmt: &Stmt) -> TokenStream {
        let p = self.private;
        let content = match stmt {
            Stmt::Match(matched) => {
                let left = self.expr(&matched.left);
                let right = self.within(words(&matched.left), |quoter| quoter.expr(&matched.right));
                let relation = variant(&matched.relation);
                quote!(Match(#p::Match::new(#left, #p::Relation::#relation, #right)))
            }
            Stmt::Verdict(verdict) => {
                let verdict = self.verdict(verdict);
                quote!(Verdict(#verdict))
            }
            Stmt::Vmap(vmap) => {
                let key = self.expr(&vmap.key);
                let map = self.within("vmap".into(), |quoter| quoter.map(words(&vmap.key), &vmap.map));
                quote!(Vmap(::core::convert::From::from(#p::Vmap::new(#key, #map))))
            }
            Stmt::Counter { packets, bytes } => {
                let (packets, bytes) = (self.number64(*packets, "packets"), self.number64(*bytes, "bytes"));
                quote!(Counter { packets: #packets, bytes: #bytes })
            }
            Stmt::Quota(quota) => {
                let quota = self.quota(quota);
                quote!(Quota(#quota))
            }
            Stmt::Limit(limit) => {
                let limit = self.limit(limit);
                quote!(Limit(#limit))
            }
            Stmt::Last(last) => {
                let used = option(last.used);
                quote!(Last(#p::Last::new(#used)))
            }
            Stmt::CtCount(count) => {
                let (count, over) = (self.number32(count.count, "ct count"), count.over);
                quote!(CtCount(#p::CtCount::new(#count, #over)))
            }
            Stmt::Log(log) => {
                let prefix = self.text(log.prefix.as_deref(), "log prefix");
                let group = option(log.group.map(|group| self.number16(group, "log group")));
                let snaplen = option(log.snaplen.map(|length| self.number32(length, "snaplen")));
                let threshold = option(log.queue_threshold.map(|packets| self.number16(packets, "queue-threshold")));
                let (level, flags) = (option(log.level), log.flags);
                quote!(Log({
                    let mut log = <#p::Log as ::core::default::Default>::default();
                    log.prefix = #prefix;
                    log.group = #group;
                    log.snaplen = #snaplen;
                    log.queue_threshold = #threshold;
                    log.level = #level;
                    log.flags = #flags;
                    ::core::convert::From::from(log)
                }))
            }
            Stmt::Reject(reject) => {
                let with = option(reject.with.map(|with| {
                    let with = variant(&with);
                    quote!(#p::RejectType::#with)
                }));
                let code = option(reject.code.as_ref().map(|code| self.expr(code)));
                quote!(Reject(#p::Reject::new(#with, #code)))
            }
            Stmt::Nat(nat) => {
                let nat = self.nat(nat);
                quote!(Nat(::core::convert::From::from(#nat)))
            }
            Stmt::Tproxy(tproxy) => {
                let family = self.family(tproxy.family);
                self.place = "tproxy to".into();
                let address = option(tproxy.address.as_ref().map(|expr| self.expr(expr)));
                let port = option(tproxy.port.as_ref().map(|expr| self.expr(expr)));
                quote!(Tproxy(::core::convert::From::from(#p::Tproxy::new(#family, #address, #port))))
            }
            Stmt::Synproxy(synproxy) => {
                let synproxy = self.synproxy(synproxy);
                quote!(Synproxy(#synproxy))
            }
            Stmt::Queue(queue) => {
                let queue = self.queue(queue);
                quote!(Queue(::core::convert::From::from(#queue)))
            }
            Stmt::Dup(dup) => {
                self.place = "dup to".into();
                let to = self.expr(&dup.to);
                let device = option(dup.device.as_ref().map(|expr| self.expr(expr)));
                quote!(Dup(::core::convert::From::from(#p::Dup::new(#to, #device))))
            }
            Stmt::Fwd(fwd) => {
                let family = self.family(fwd.family);
                self.place = "fwd to".into();
                let address = option(fwd.address.as_ref().map(|expr| self.expr(expr)));
                let device = self.expr(&fwd.device);
                quote!(Fwd(::core::convert::From::from(#p::Fwd::new(#family, #address, #device))))
            }
            Stmt::Notrack => quote!(Notrack),
            Stmt::FlowAdd(name) => {
                let name = self.name("FlowtableName", name);
                quote!(FlowAdd(#name))
            }
            Stmt::Set(set) => {
                let op = variant(&set.op);
                let name = self.name("SetName", &set.set);
                let element = self.within("an element".into(), |quoter| quoter.element(&set.element));
                let meter = option(set.meter.map(|size| self.number32(size, "size")));
                quote!(Set({
                    let mut set = #p::SetStmt::new(#p::DynsetOp::#op, #name, #element);
                    set.meter = #meter;
                    ::core::convert::From::from(set)
                }))
            }
            Stmt::MetaSet(key, expr) => {
                let expr = self.within(format!("{} set", words(&Expr::Meta(*key))), |quoter| quoter.expr(expr));
                let key = variant(key);
                quote!(MetaSet(#p::MetaKey::#key, #expr))
            }
            Stmt::CtSet(key, direction, expr) => {
                let expr = self.within(format!("ct {} set", key.name()), |quoter| quoter.expr(expr));
                let key = variant(key);
                let direction = self.direction(*direction);
                quote!(CtSet(#p::CtKey::#key, #direction, #expr))
            }
            Stmt::PayloadSet(sides) => {
                let left = self.expr(&sides.0);
                let right = self.within(format!("{} set", words(&sides.0)), |quoter| quoter.expr(&sides.1));
                quote!(PayloadSet(::core::convert::From::from((#left, #right))))
            }
            Stmt::ResetTcpOption(number) => quote!(ResetTcpOption(#number)),
            Stmt::ObjectRef(object) => {
                let ty = object.ty.0;
                let ty = quote!(#p::ObjectType(#ty));
                let object = match &object.object {
                    ObjectBy::Name(name) => {
                        let name = self.name("ObjectName", name);
                        quote!(#p::ObjectRef::named(#ty, #name))
                    }
                    ObjectBy::Map(map) => {
                        let map = self.expr(map);
                        quote!(#p::ObjectRef::mapped(#ty, #map))
                    }
                    _ => unknown("a reference"),
                };
                quote!(ObjectRef(::core::convert::From::from(#object)))
            }
            _ => return unknown("a statement"),
        };
        quote!(#p::Stmt::#content)
    }

    /// A map behind a key: its elements' keys stand behind that, their data where the map stands.
    fn map(&mut self, key: String, map: &Expr) -> TokenStream {
        let data_place = std::mem::replace(&mut self.data_place, self.place.clone());
        let code = self.within(key, |quoter| quoter.expr(map));
        self.data_place = data_place;
        code
    }

    fn verdict(&mut self, verdict: &Verdict) -> TokenStream {
        let p = self.private;
        let (name, target) = match verdict {
            Verdict::Jump(target) => ("Jump", target),
            Verdict::Goto(target) => ("Goto", target),
            Verdict::Other(code) => return quote!(#p::Verdict::Other(#code)),
            plain => {
                let plain = variant(plain);
                return quote!(#p::Verdict::#plain);
            }
        };
        let name = format_ident!("{name}");
        let target = match target {
            JumpTarget::Chain(chain) => {
                let chain = self.name("ChainName", chain);
                quote!(Chain(#chain))
            }
            JumpTarget::Block(rules) => {
                let rules: Vec<_> = rules.iter().map(|rule| self.rule(rule)).collect();
                quote!(Block(#p::boxed([#(#rules),*])))
            }
            _ => return unknown("a jump"),
        };
        quote!(#p::Verdict::#name(#p::JumpTarget::#target))
    }

    fn nat(&mut self, nat: &Nat) -> TokenStream {
        let p = self.private;
        let kind = variant(&nat.kind);
        let family = self.family(nat.family);
        self.place = format!("{} to", kind.to_string().to_lowercase());
        let address = option(nat.address.as_ref().map(|expr| self.expr(expr)));
        let port = option(nat.port.as_ref().map(|expr| self.expr(expr)));
        let (prefix, flags) = (nat.prefix, nat.flags);
        quote!({
            let mut nat = #p::Nat::new(#p::NatKind::#kind);
            nat.family = #family;
            nat.prefix = #prefix;
            nat.address = #address;
            nat.port = #port;
            nat.flags = #flags;
            nat
        })
    }

    fn queue(&mut self, queue: &Queue) -> TokenStream {
        let p = self.private;
        let flags = queue.flags;
        let target = match &queue.target {
            QueueTarget::Default => quote!(Default),
            QueueTarget::Range(low, high) if low == high => {
                let number = self.number16(*low, "queue");
                return quote!({
                    let number = #number;
                    #p::Queue::new(#p::QueueTarget::Range(number, number), #flags)
                });
            }
            QueueTarget::Range(low, high) => {
                let (low, high) = (self.number16(*low, "queue"), self.number16(*high, "queue"));
                quote!(Range(#low, #high))
            }
            QueueTarget::Expr(expr) => {
                let expr = self.expr(expr);
                quote!(Expr(#expr))
            }
            _ => return unknown("a queue"),
        };
        quote!(#p::Queue::new(#p::QueueTarget::#target, #flags))
    }

    pub(super) fn quota(&mut self, quota: &Quota) -> TokenStream {
        let p = self.private;
        let (bytes, used, over) = (self.number64(quota.bytes, "quota"), self.number64(quota.used, "used"), quota.over);
        quote!(#p::Quota::new(#bytes, #used, #over))
    }

    pub(super) fn limit(&mut self, limit: &Limit) -> TokenStream {
        let p = self.private;
        let kind = variant(&limit.kind);
        let (rate, burst) = (self.number64(limit.rate, "limit rate"), self.number32(limit.burst, "burst"));
        let (unit, over) = (limit.unit, limit.over);
        quote!(#p::Limit::new(#p::LimitKind::#kind, #rate, #unit, #burst, #over))
    }

    pub(super) fn synproxy(&mut self, synproxy: &Synproxy) -> TokenStream {
        let p = self.private;
        let mss = option(synproxy.mss.map(|mss| self.number16(mss, "mss")));
        let wscale = option(synproxy.wscale);
        let (timestamp, sack_perm) = (synproxy.timestamp, synproxy.sack_perm);
        quote!({
            let mut synproxy = <#p::Synproxy as ::core::default::Default>::default();
            synproxy.mss = #mss;
            synproxy.wscale = #wscale;
            synproxy.timestamp = #timestamp;
            synproxy.sack_perm = #sack_perm;
            synproxy
        })
    }

    fn family(&self, family: Option<nft_core::schema::Family>) -> TokenStream {
        let p = self.private;
        option(family.map(|family| {
            let family = variant(&family);
            quote!(#p::Family::#family)
        }))
    }

    fn direction(&self, direction: Option<nft_core::schema::ct::Direction>) -> TokenStream {
        let p = self.private;
        option(direction.map(|direction| {
            let direction = variant(&direction);
            quote!(#p::Direction::#direction)
        }))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> TokenStream {
        let p = self.private;
        let content = match expr {
            Expr::Value(value) => return self.value(value),
            Expr::Payload(payload) => {
                let tunnel = option(payload.tunnel.map(|tunnel| tunnel.name));
                let (header, field) = (payload.header.name, payload.field.name);
                return quote!(#p::payload(#tunnel, #header, #field));
            }
            Expr::Raw(raw) => {
                let tunnel = option(raw.tunnel.map(|tunnel| tunnel.name));
                let (base, offset, bits) = (variant(&raw.base), raw.offset, raw.bits);
                return quote!(#p::raw(#tunnel, #p::Base::#base, #offset, #bits));
            }
            Expr::Exthdr(exthdr) => {
                let (op, number) = (exthdr.op.number(), exthdr.number);
                let name = option(exthdr.extension.map(|extension| extension.name));
                let part = match exthdr.part {
                    ExthdrPart::Present => quote!(#p::ExthdrPart::Present),
                    ExthdrPart::Field(field) => {
                        let field = field.name;
                        quote!(#p::exthdr_field(#op, #name, #field))
                    }
                    ExthdrPart::Raw { offset, bits } => quote!(#p::ExthdrPart::Raw { offset: #offset, bits: #bits }),
                    _ => return unknown("an option"),
                };
                return quote!(#p::exthdr(#op, #number, #name, #part));
            }
            Expr::Meta(key) => {
                let key = variant(key);
                quote!(Meta(#p::MetaKey::#key))
            }
            Expr::Ct(ct) => {
                let key = variant(&ct.key);
                let direction = self.direction(ct.direction);
                quote!(Ct({
                    let mut ct = #p::Ct::new(#p::CtKey::#key);
                    ct.direction = #direction;
                    ct
                }))
            }
            Expr::Rt(key) => {
                let key = variant(key);
                quote!(Rt(#p::RtKey::#key))
            }
            Expr::Socket(socket) => {
                let (key, level) = (variant(&socket.key), socket.level);
                quote!(Socket(#p::Socket::new(#p::SocketKey::#key, #level)))
            }
            Expr::Fib(fib) => {
                let (flags, result) = (fib.flags, variant(&fib.result));
                quote!(Fib(#p::Fib::new(#flags, #p::FibResult::#result)))
            }
            Expr::Osf(osf) => {
                let (ttl, key) = (osf.ttl, variant(&osf.key));
                quote!(Osf(#p::Osf::new(#ttl, #p::OsfKey::#key)))
            }
            Expr::Ipsec(ipsec) => {
                let (direction, spnum, key) = (variant(&ipsec.direction), ipsec.spnum, variant(&ipsec.key));
                quote!(Ipsec(#p::Ipsec::new(#p::IpsecDirection::#direction, #spnum, #p::IpsecKey::#key)))
            }
            Expr::Tunnel(key) => {
                let key = variant(key);
                quote!(Tunnel(#p::TunnelKey::#key))
            }
            Expr::Numgen(numgen) => {
                let (kind, modulus, offset) = (numgen.kind, numgen.modulus, numgen.offset);
                quote!(Numgen(#p::Numgen::new(#kind, #modulus, #offset)))
            }
            Expr::Hash(hash) => {
                let expr = option(hash.expr.as_ref().map(|expr| self.expr(expr)));
                let (modulus, seed, offset) = (hash.modulus, option(hash.seed), hash.offset);
                quote!(Hash(::core::convert::From::from(#p::Hash::new(#expr, #modulus, #seed, #offset))))
            }
            Expr::Prefix(inner, length) => {
                let inner = self.expr(inner);
                let length = self.prefix_length(*length);
                return quote!(#p::Expr::prefix(#inner, #length));
            }
            Expr::Range(ends) => {
                let (low, high) = (self.expr(&ends.0), self.expr(&ends.1));
                return quote!(#p::Expr::range(#low, #high));
            }
            Expr::Concat(parts) => {
                if let Some(whole) = self.concatenation(parts) {
                    return whole;
                }
                let parts: Vec<_> = parts.iter().map(|part| self.expr(part)).collect();
                quote!(Concat(#p::boxed([#(#parts),*])))
            }
            Expr::List(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.expr(part)).collect();
                quote!(List(#p::boxed([#(#parts),*])))
            }
            Expr::Set(elements) => {
                let elements = self.elements(elements);
                quote!(Set(#elements))
            }
            Expr::SetRef(name) => {
                let name = self.name("SetName", name);
                quote!(SetRef(#name))
            }
            Expr::Masked(sides) => {
                let (value, mask) = (self.expr(&sides.0), self.expr(&sides.1));
                return quote!(#p::Expr::masked(#value, #mask));
            }
            Expr::Binary(op, sides) => {
                let (left, right) = (self.expr(&sides.0), self.expr(&sides.1));
                let op = variant(op);
                return quote!(#p::Expr::binary(#p::BinaryOp::#op, #left, #right));
            }
            Expr::Map(map) => {
                let key = self.expr(&map.key);
                let operand = self.map(words(&map.key), &map.map);
                return quote!(#p::Expr::map(#key, #operand));
            }
            Expr::Verdict(verdict) => {
                let verdict = self.verdict(verdict);
                quote!(Verdict(::core::convert::From::from(#verdict)))
            }
            _ => return unknown("an expression"),
        };
        quote!(#p::Expr::#content)
    }
}
