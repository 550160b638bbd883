//! Kinds of nodes: the rules of the grammar, and what the reader builds around them.

use crate::grammar::Rule;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $rule:ident $text:literal,)*) => {
        /// What a node of the tree is. Each kind but the last few is a rule of the grammar files, where its children are said.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[repr(u8)]
        pub(crate) enum SyntaxKind {
            $($(#[$doc])* $kind,)*
            /// One rule: its statements, a comment at the end.
            Rule,
            /// A chain without a name: `jump_word`, then `rule`s (and names defined in it).
            StmtBlock,
            /// A command at top level: its head, then what follows it.
            Command,
        }

        impl SyntaxKind {
            /// The kind of a rule of the grammar; the keywords that only mark a place have none.
            pub(crate) const fn of(rule: Rule) -> Option<Self> {
                Some(match rule {
                    $(Rule::$rule => Self::$kind,)*
                    _ => return None,
                })
            }
        }

        /// How messages call what a rule takes; empty where its parts say more.
        pub(crate) const fn expected(rule: Rule) -> &'static str {
            match rule {
                $(Rule::$rule => $text,)*
            Rule::kw_hook => "`hook`",
            Rule::kw_to => "`to`",
            Rule::kw_priority => "`priority`",
                _ => "",
            }
        }
    };
}

kinds! {
    /// `type filter hook input device "lo" priority filter - 5`: type and hook as `word`s, devices, `priority`.
    ChainType = chain_type "",
    /// `filter - 5`, `-10`, `$var`, `"filter - 5"`: `name`, `number`, `string` or `variable` behind `sign`s.
    Priority = priority "a priority",
    /// Sign `sign` of the grammar.
    Sign = sign "a sign",
    /// `devices = { lo, $x }`.
    DeviceList = device_list "`devices`",
    /// `policy drop`, `policy $p`, `policy memory`.
    Policy = policy "`policy`",
    /// `flags dormant,owner`: `word`s.
    Flags = flags "",
    /// `type ipv4_addr . inet_service : interval ipv4_addr`: `datatype`s, then `map_data`.
    SetType = set_type "",
    /// Datatype `datatype` of the grammar.
    Datatype = datatype "a data type",
    /// After the colon: `interval`, then types or the kind of object (two words for those of `ct`).
    MapData = map_data "a type",
    /// Interval `interval` of the grammar.
    Interval = interval "`interval`",
    /// Ct object `ct_object` of the grammar.
    CtObject = ct_object "",
    /// `typeof ip saddr . tcp dport : verdict`: `lhs` for the key, then `typeof_data`.
    SetTypeof = set_typeof "",
    /// `interval`, then `ct_object`, `object_data` or `lhs`.
    TypeofData = typeof_data "",
    /// Object data `object_data` of the grammar.
    ObjectData = object_data "",
    /// `gc-interval 1m`.
    GcInterval = gc_interval "",
    /// `size 65535`.
    SetSize = set_size "`size`",
    /// Auto merge `auto_merge` of the grammar.
    AutoMerge = auto_merge "",
    /// `elements = { … }` (one token) or `elements = $name`.
    SetElements = set_elements "",
    /// `hook ingress priority filter`.
    FlowtableHook = flowtable_hook "",
    /// `packets 1 bytes 2`.
    CounterBody = counter_body "",
    /// Quota body `quota_body` of the grammar.
    QuotaBody = quota_body "",
    /// Limit body `limit_body` of the grammar.
    LimitBody = limit_body "",
    /// The security context.
    SecmarkBody = secmark_body "",
    /// Synproxy body `synproxy_body` of the grammar.
    SynproxyBody = synproxy_body "",
    /// `type "ftp" protocol tcp`.
    HelperType = helper_type "",
    /// `protocol tcp`.
    Protocol = protocol "`protocol`",
    /// `l3proto ip`.
    L3proto = l3proto "",
    /// `policy = { established : 10s, close : 4 }`.
    TimeoutPolicy = timeout_policy "",
    /// `established : 10s`.
    TimeoutState = timeout_state "",
    /// `dport 80`.
    ExpectationDport = expectation_dport "",
    /// One clause of a tunnel: its words and values, such as `id 5`, `ip saddr 1.2.3.4`, `geneve` data.
    TunnelClause = tunnel_clause "",
    /// `vxlan`, `erspan` or `geneve`, before their braces.
    TunnelHead = tunnel_head "",
    /// `define x = …`, `redefine x = …`: `define_word`, `name`, then `elements`, `expr_list` or a number behind `sign`.
    Define = define "",
    /// Define word `define_word` of the grammar.
    DefineWord = define_word "",
    /// `undefine x`.
    Undefine = undefine "",
    /// `include "path"`.
    Include = include "",
    /// `table ip t`, `chain c`, `add set ip t s`, `delete chain ip t handle 5`, `create counter t x`:
    /// `verb`, `object`, `family`, `name`s, `handle`. Opens a block where a brace follows.
    ObjectHead = object_head "",
    /// The same inside a table's block: `chain c`, `ct helper h`.
    NestedHead = nested_head "",
    /// Table object `table_object` of the grammar.
    TableObject = table_object "`table`",
    /// Verb `verb` of the grammar.
    Verb = verb "",
    /// Object `object` of the grammar.
    Object = object "an object",
    /// Family `family` of the grammar.
    Family = family "a family",
    /// `handle 5`.
    Handle = handle "`handle`",
    /// `add rule ip t c handle 5`, `insert rule t c index 2`, `ip t c`: what stands before the statements.
    RuleHead = rule_head "",
    /// Rule verb `rule_verb` of the grammar.
    RuleVerb = rule_verb "",
    /// `position 5`.
    Position = position "`position`",
    /// `index 2`.
    IndexNumber = index_number "`index`",
    /// Elements of `add element ip t s { … }`, after its head.
    ElementBody = element_body "",
    /// Any other command: its words in a row (`list set ip t s`, `reset rules`, `rename chain t a b`, `describe tcp dport`).
    CommandWords = command_words "",
    /// Command word `command_word` of the grammar.
    CommandWord = command_word "a word",
    /// Left side of a match: `ip saddr . tcp dport`, `meta mark & 0xff`, `(tcp flags & syn)`; `map` may end it.
    Lhs = lhs "a selector",
    /// Right side of a match: values in a run of operators, commas and `/` included.
    Rhs = rhs "a value",
    /// Rhs paren `rhs_paren` of the grammar.
    RhsParen = rhs_paren "`(`",
    /// A value that a statement takes (`meta mark set …`, `dnat to …`), the key or data of an element.
    Expr = expr "a value",
    /// The same with commas, for lists of flags: `ct event set new,destroy`.
    ExprList = expr_list "a value",
    /// `( … )`: children are those of a run.
    Paren = paren "`(`",
    /// What stands in round brackets: a run of operands and operators, `map` at its end.
    ParenRun = paren_run "",
    /// `map { … }`, `map @name` or `map $name` behind a key.
    Map = map "`map`",
    /// Operator `.`.
    OpDot = op_dot "`.`",
    /// Operator `&`.
    OpAnd = op_and "`&`",
    /// Operator `|`.
    OpOr = op_or "`|`",
    /// Operator `^`.
    OpXor = op_xor "`^`",
    /// Operator `<<`.
    OpShl = op_shl "`<<`",
    /// Operator `>>`.
    OpShr = op_shr "`>>`",
    /// Operator `-`.
    OpDash = op_dash "`-`",
    /// Operator `/`.
    OpSlash = op_slash "`/`",
    /// Comma `comma` of the grammar.
    Comma = comma "`,`",
    /// `tcp dport`, `arp saddr ip`, `vxlan ip saddr`, `rt0 addr[1]`: children are `header` (the tunnel's, then its own), `word`s
    /// and an `index`.
    SelHeader = sel_header "",
    /// `ip` or `ether` of `arp saddr ip`, `arp daddr ether`.
    SecondWord = second_word "",
    /// `[1]` of `rt0 addr[1]`, `srh sid[1]`.
    Index = index "`[`",
    /// `tcp option maxseg size`, `tcp option 5 length`, `tcp option @5,8,16`, `ip option rr addr`, `sctp chunk init flags`,
    /// `dccp option 5`: `header`, then `option_name` or `option_raw`, then a `word` if a field is named.
    SelOption = sel_option "",
    /// Option name `option_name` of the grammar.
    OptionName = option_name "an option",
    /// Option field `option_field` of the grammar.
    OptionField = option_field "a field",
    /// `@kind,offset,length`.
    OptionRaw = option_raw "",
    /// `@nh,96,32`: base, offset and length in bits.
    RawPayload = raw_payload "",
    /// Raw base `raw_base` of the grammar.
    RawBase = raw_base "`ll`, `nh`, `th` or `ih`",
    /// `meta mark`: the key.
    SelMeta = sel_meta "",
    /// A key that needs no `meta` before it.
    SelBareMeta = sel_bare_meta "",
    /// `ct state`, `ct original saddr`, `ct reply ip daddr`: direction and family, then the key.
    SelCt = sel_ct "",
    /// Direction `direction` of the grammar.
    Direction = direction "a direction",
    /// Ct family `ct_family` of the grammar.
    CtFamily = ct_family "",
    /// `rt classid`, `rt ip nexthop`; other words after `rt` are fields of the extension header.
    SelRt = sel_rt "",
    /// Rt key `rt_key` of the grammar.
    RtKey = rt_key "",
    /// `socket mark`, `socket cgroupv2 level 2`.
    SelSocket = sel_socket "",
    /// `fib saddr . iif oif`: flags, then the result.
    SelFib = sel_fib "",
    /// Fib flag `fib_flag` of the grammar.
    FibFlag = fib_flag "a flag",
    /// Fib result `fib_result` of the grammar.
    FibResult = fib_result "a result",
    /// `osf ttl loose name`.
    SelOsf = sel_osf "",
    /// Osf ttl `osf_ttl` of the grammar.
    OsfTtl = osf_ttl "",
    /// `ipsec in spnum 1 ip saddr`, `ipsec out reqid`.
    SelIpsec = sel_ipsec "",
    /// Ipsec direction `ipsec_direction` of the grammar.
    IpsecDirection = ipsec_direction "`in` or `out`",
    /// Spnum `spnum` of the grammar.
    Spnum = spnum "`spnum`",
    /// `tunnel id`, `tunnel path`.
    SelTunnel = sel_tunnel "",
    /// `exthdr frag`, to be compared with `exists` or `missing`.
    SelExthdr = sel_exthdr "",
    /// `numgen inc mod 10 offset 5`.
    SelNumgen = sel_numgen "",
    /// `jhash ip saddr . tcp dport mod 2 seed 0x1 offset 5`.
    SelJhash = sel_jhash "",
    /// What is hashed: a run like that of `lhs`, but without hashes in it.
    HashKey = hash_key "",
    /// `symhash mod 2 offset 5`.
    SelSymhash = sel_symhash "",
    /// Modulus `modulus` of the grammar.
    Modulus = modulus "`mod`",
    /// Seed `seed` of the grammar.
    Seed = seed "`seed`",
    /// Offset `offset` of the grammar.
    Offset = offset "`offset`",
    /// `{ 1, 2-5, 10.0.0.0/8 }`, `{ 80 : accept, * : drop }`: elements, each with key, options and data.
    Set = set "`{`",
    /// Key (`expr`, `catch_all`), options, and after the colon the data (`verdict` or `expr`).
    Element = element "an element",
    /// The element for every key that no other has.
    CatchAll = catch_all "`*`",
    /// `timeout 1h`, `timeout never`.
    Timeout = timeout "`timeout`",
    /// `expires 10m`.
    Expires = expires "",
    /// Verdict with its target: `verdict_word`, `jump_word` and then a `name` or `variable`.
    Verdict = verdict "a verdict",
    /// Verdict word `verdict_word` of the grammar.
    VerdictWord = verdict_word "a verdict",
    /// Jump word `jump_word` of the grammar.
    JumpWord = jump_word "a verdict",
    /// Headers and extension headers, which a field follows.
    Header = header "a header",
    /// Fields that some header has.
    KnownField = known_field "a field",
    /// Keys of `meta` that may stand without that word.
    BareMeta = bare_meta "",
    /// A place of the macro that a Rust value fills; such characters never pass the reader otherwise.
    Hole = hole "a value",
    /// The name of a table, chain, set, object or variable. Reserved words are refused when the tree is built.
    Name = name "a name",
    /// A word that the schema resolves: field, key, type, flag, level.
    Word = word "a word",
    /// A word of letters only, so that `kbytes/second` is two.
    Unit = unit "a unit",
    /// A plain number: decimal, hexadecimal, or octal by a leading zero.
    Number = number "a number",
    /// A quoted string, quotes included; there are no escapes.
    String = string "a quoted string",
    /// `$name`, the dollar sign included.
    Variable = variable "a `$variable`",
    /// One value of a type that its place knows: number, address, time, class id, symbol, wildcard. Words that nft reserves are
    /// refused when the tree is built, except those that it takes as values.
    Literal = literal "a value",
    /// `@name`: a set or map of the table.
    SetRef = set_ref "`@set`",
    /// The list of a named set, braces included, as one token: `elements` reads it. The form of this rule is the one that pest
    /// turns into a search for the next delimiter; a test holds its speed.
    Elements = elements "`{`",
    /// A selector compared, looked up or written:
    /// `lhs`, then `relation` and `rhs` | `vmap` | `assign`.
    StmtExpr = stmt_expr "a statement",
    /// Relation `==`.
    RelEq = rel_eq "`==`",
    /// Relation `!=`.
    RelNe = rel_ne "`!=`",
    /// Relation `<=`.
    RelLe = rel_le "`<=`",
    /// Relation `>=`.
    RelGe = rel_ge "`>=`",
    /// Relation `<`.
    RelLt = rel_lt "`<`",
    /// Relation `>`.
    RelGt = rel_gt "`>`",
    /// Relation `!`.
    RelNot = rel_not "`!`",
    /// `vmap { 22 : accept }`, `vmap @name`.
    Vmap = vmap "`vmap`",
    /// `set VALUE`.
    Assign = assign "`set`",
    /// `counter`, `counter packets 1 bytes 2`, `counter name x`.
    StmtCounter = stmt_counter "",
    /// Packets `packets` of the grammar.
    Packets = packets "`packets`",
    /// Bytes `bytes` of the grammar.
    Bytes = bytes "`bytes`",
    /// `name x`, `name "x"`, `name tcp dport map { … }`.
    Named = named "`name`",
    /// `quota over 25 mbytes used 1 kbytes`, `quota name x`.
    StmtQuota = stmt_quota "",
    /// `over` or `until`.
    Bound = bound "`over`",
    /// Amount `amount` of the grammar.
    Amount = amount "",
    /// Used `used` of the grammar.
    Used = used "`used`",
    /// `limit rate over 10 mbytes/second burst 5 kbytes`, `limit name x`: `bound`, `number` or `amount`, `unit` of time, `burst`.
    StmtLimit = stmt_limit "",
    /// Burst `burst` of the grammar.
    Burst = burst "`burst`",
    /// `last`, `last used 5s`, `last used never`.
    StmtLast = stmt_last "",
    /// `ct count over 10`.
    StmtCtCount = stmt_ct_count "",
    /// `accept`, `jump c`; chains in braces are read by the reader (`stmt_block`).
    StmtVerdict = stmt_verdict "",
    /// `log prefix "x" level warn flags all group 1 snaplen 2 queue-threshold 3`.
    StmtLog = stmt_log "",
    /// Log prefix `log_prefix` of the grammar.
    LogPrefix = log_prefix "",
    /// Log level `log_level` of the grammar.
    LogLevel = log_level "",
    /// Log group `log_group` of the grammar.
    LogGroup = log_group "",
    /// Log snaplen `log_snaplen` of the grammar.
    LogSnaplen = log_snaplen "",
    /// Log threshold `log_threshold` of the grammar.
    LogThreshold = log_threshold "",
    /// `flags all`, `flags skuid`, `flags tcp sequence,options`, `flags ip options`: `word`s.
    LogFlags = log_flags "",
    /// `reject with icmp port-unreachable`, `reject with tcp reset`.
    StmtReject = stmt_reject "",
    /// Reject reset `reject_reset` of the grammar.
    RejectReset = reject_reset "`tcp reset`",
    /// Reject kind `reject_kind` of the grammar.
    RejectKind = reject_kind "`icmp`, `icmpv6`, `icmpx`",
    /// `snat ip to 1.2.3.4:80-90 random`, `dnat ip prefix to …`, `dnat ip addr . port to …`:
    /// `nat_word`, `family`, `nat_form`, then `nat_address`, `nat_port`, `flags`.
    StmtNat = stmt_nat "",
    /// Nat word `nat_word` of the grammar.
    NatWord = nat_word "",
    /// `prefix`, `interval`, `addr . port`.
    NatForm = nat_form "",
    /// Nat address `nat_address` of the grammar.
    NatAddress = nat_address "",
    /// Nat port `nat_port` of the grammar.
    NatPort = nat_port "`:`",
    /// `random,persistent`: `word`s.
    FlagsList = flags_list "",
    /// `masquerade to :1024-2048 random`.
    StmtMasquerade = stmt_masquerade "",
    /// `redirect to :22 persistent`.
    StmtRedirect = stmt_redirect "",
    /// `tproxy ip to 1.2.3.4:80`, `tproxy to :80`.
    StmtTproxy = stmt_tproxy "",
    /// `synproxy mss 1460 wscale 7 timestamp sack-perm`, `synproxy name x`.
    StmtSynproxy = stmt_synproxy "",
    /// Synproxy mss `synproxy_mss` of the grammar.
    SynproxyMss = synproxy_mss "`mss`",
    /// Synproxy wscale `synproxy_wscale` of the grammar.
    SynproxyWscale = synproxy_wscale "`wscale`",
    /// Synproxy flag `synproxy_flag` of the grammar.
    SynproxyFlag = synproxy_flag "a flag",
    /// `queue flags bypass,fanout to 1-3`, `queue num 4-5 bypass`, `queue to symhash mod 2`.
    StmtQueue = stmt_queue "",
    /// Queue to `queue_to` of the grammar.
    QueueTo = queue_to "`to`",
    /// `dup to 1.2.3.4 device "eth0"`: an `expr`, then `device`.
    StmtDup = stmt_dup "",
    /// `fwd ip to 1.2.3.4 device "eth0"`, `fwd to "eth0"`.
    StmtFwd = stmt_fwd "",
    /// `device "eth0"` with any value.
    Device = device "`device`",
    /// Stmt notrack `stmt_notrack` of the grammar.
    StmtNotrack = stmt_notrack "",
    /// `flow add @f`, `flow offload @f`.
    StmtFlow = stmt_flow "",
    /// `add @s { ip saddr timeout 5s : 1 }`: `dynset_word`, `set_ref`, `set` of one element.
    StmtDynset = stmt_dynset "",
    /// Dynset word `dynset_word` of the grammar.
    DynsetWord = dynset_word "`add`, `update` or `delete`",
    /// The older `set add ip saddr @s`: `dynset_word`, `element`, `set_ref`.
    StmtDynsetOld = stmt_dynset_old "",
    /// `meter m size 100 { ip saddr limit rate 1/second }`: `name`, `size`, `set` of one element.
    StmtMeter = stmt_meter "",
    /// `reset tcp option timestamp`.
    StmtReset = stmt_reset "",
    /// `tunnel name x`.
    StmtTunnel = stmt_tunnel "",
    /// `xt match "x"`: printed by nft for rules of iptables, refused by it when read.
    StmtXt = stmt_xt "",
    /// `comment "x"`.
    Comment = comment "`comment`",
}
