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
    /// `+` or `-` before a number.
    Sign = sign "a sign",
    /// `devices = { lo, $x }`.
    DeviceList = device_list "`devices`",
    /// `policy drop`, `policy $p`, `policy memory`.
    Policy = policy "`policy`",
    /// `flags dormant,owner`: `word`s.
    Flags = flags "",
    /// `type ipv4_addr . inet_service : interval ipv4_addr`: `datatype`s, then `map_data`.
    SetType = set_type "",
    /// The name of a data type: `ipv4_addr`.
    Datatype = datatype "a data type",
    /// After the colon: `interval`, then types or the kind of object (two words for those of `ct`).
    MapData = map_data "a type",
    /// The word `interval` before the type of a map's data: the data are ranges.
    Interval = interval "`interval`",
    /// The two words of a connection object: `ct helper`, `ct timeout`, `ct expectation`.
    CtObject = ct_object "",
    /// `typeof ip saddr . tcp dport : verdict`: `lhs` for the key, then `typeof_data`.
    SetTypeof = set_typeof "",
    /// `interval`, then `ct_object`, `object_data` or `lhs`.
    TypeofData = typeof_data "",
    /// What a map of objects or verdicts holds: `counter`, `quota`, `verdict`.
    ObjectData = object_data "",
    /// `gc-interval 1m`.
    GcInterval = gc_interval "",
    /// `size 65535`.
    SetSize = set_size "`size`",
    /// `auto-merge` of a set: ranges that touch become one.
    AutoMerge = auto_merge "",
    /// `elements = { … }` (one token) or `elements = $name`.
    SetElements = set_elements "",
    /// `hook ingress priority filter`.
    FlowtableHook = flowtable_hook "",
    /// `packets 1 bytes 2`.
    CounterBody = counter_body "",
    /// What a quota is: `over 10 mbytes used 2 bytes`.
    QuotaBody = quota_body "",
    /// What a limit is: `rate over 5/second burst 7 packets`.
    LimitBody = limit_body "",
    /// The security context.
    SecmarkBody = secmark_body "",
    /// What a synproxy is: `mss 1460`, `wscale 7`, `timestamp sack-perm`.
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
    /// `define` or `redefine`.
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
    /// The word `table` of a head.
    TableObject = table_object "`table`",
    /// What a command does with its object: `add`, `create`, `delete`.
    Verb = verb "",
    /// Which kind of object a command names: `chain`, `set`, `ct helper`.
    Object = object "an object",
    /// The family of a table: `inet`.
    Family = family "a family",
    /// `handle 5`.
    Handle = handle "`handle`",
    /// `add rule ip t c handle 5`, `insert rule t c index 2`, `ip t c`: what stands before the statements.
    RuleHead = rule_head "",
    /// What a command does with a rule: `add`, `insert`, `replace`, `delete`.
    RuleVerb = rule_verb "",
    /// `position 5`.
    Position = position "`position`",
    /// `index 2`.
    IndexNumber = index_number "`index`",
    /// Elements of `add element ip t s { … }`, after its head.
    ElementBody = element_body "",
    /// Any other command: its words in a row (`list set ip t s`, `reset rules`, `rename chain t a b`, `describe tcp dport`).
    CommandWords = command_words "",
    /// One word of a command that is a row of words.
    CommandWord = command_word "a word",
    /// Left side of a match: `ip saddr . tcp dport`, `meta mark & 0xff`, `(tcp flags & syn)`; `map` may end it.
    Lhs = lhs "a selector",
    /// Right side of a match: values in a run of operators, commas and `/` included.
    Rhs = rhs "a value",
    /// Round brackets around a constant.
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
    /// The comma between values of a list.
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
    /// The name or number of an option or chunk: `maxseg` of `tcp option maxseg size`.
    OptionName = option_name "an option",
    /// The field of an option or chunk: `size` of `tcp option maxseg size`.
    OptionField = option_field "a field",
    /// `@kind,offset,length`.
    OptionRaw = option_raw "",
    /// `@nh,96,32`: base, offset and length in bits.
    RawPayload = raw_payload "",
    /// Where raw bytes are counted from: `ll`, `nh`, `th` or `ih`.
    RawBase = raw_base "`ll`, `nh`, `th` or `ih`",
    /// `meta mark`: the key.
    SelMeta = sel_meta "",
    /// A key that needs no `meta` before it.
    SelBareMeta = sel_bare_meta "",
    /// `ct state`, `ct original saddr`, `ct reply ip daddr`: direction and family, then the key.
    SelCt = sel_ct "",
    /// The direction of a connection: `original` or `reply`.
    Direction = direction "a direction",
    /// The family of a connection's address: `ip` of `ct original ip saddr`.
    CtFamily = ct_family "",
    /// `rt classid`, `rt ip nexthop`; other words after `rt` are fields of the extension header.
    SelRt = sel_rt "",
    /// The key of `rt`: `nexthop`, `classid`, `mtu`, `ipsec`.
    RtKey = rt_key "",
    /// `socket mark`, `socket cgroupv2 level 2`.
    SelSocket = sel_socket "",
    /// `fib saddr . iif oif`: flags, then the result.
    SelFib = sel_fib "",
    /// What a route is looked up with: `saddr`, `daddr`, `mark`, `iif`, `oif`.
    FibFlag = fib_flag "a flag",
    /// What is asked of a route: `oif`, `oifname`, `type`, `check`.
    FibResult = fib_result "a result",
    /// `osf ttl loose name`.
    SelOsf = sel_osf "",
    /// How a fingerprint takes the time to live: `ttl loose`, `ttl skip`.
    OsfTtl = osf_ttl "",
    /// `ipsec in spnum 1 ip saddr`, `ipsec out reqid`.
    SelIpsec = sel_ipsec "",
    /// The direction of a transformation: `in` or `out`.
    IpsecDirection = ipsec_direction "`in` or `out`",
    /// Which of several transformations: `spnum 1`.
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
    /// The number of results of a generator or hash: `mod 4`.
    Modulus = modulus "`mod`",
    /// What a hash begins with: `seed 0xdeadbeef`.
    Seed = seed "`seed`",
    /// What is added to a result: `offset 100`.
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
    /// A verdict of one word: `accept`, `drop`, `continue`, `return`.
    VerdictWord = verdict_word "a verdict",
    /// `jump` or `goto`.
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
    /// The packets of a counter: `packets 5`.
    Packets = packets "`packets`",
    /// The bytes of a counter: `bytes 600`.
    Bytes = bytes "`bytes`",
    /// `name x`, `name "x"`, `name tcp dport map { … }`.
    Named = named "`name`",
    /// `quota over 25 mbytes used 1 kbytes`, `quota name x`.
    StmtQuota = stmt_quota "",
    /// `over` or `until`.
    Bound = bound "`over`",
    /// A number and its unit: `10 mbytes`.
    Amount = amount "",
    /// What of a quota is used: `used 2 bytes`.
    Used = used "`used`",
    /// `limit rate over 10 mbytes/second burst 5 kbytes`, `limit name x`: `bound`, `number` or `amount`, `unit` of time, `burst`.
    StmtLimit = stmt_limit "",
    /// How much may come at once: `burst 5 packets`.
    Burst = burst "`burst`",
    /// `last`, `last used 5s`, `last used never`.
    StmtLast = stmt_last "",
    /// `ct count over 10`.
    StmtCtCount = stmt_ct_count "",
    /// `accept`, `jump c`; chains in braces are read by the reader (`stmt_block`).
    StmtVerdict = stmt_verdict "",
    /// `log prefix "x" level warn flags all group 1 snaplen 2 queue-threshold 3`.
    StmtLog = stmt_log "",
    /// What a logged line begins with: `prefix "dropped: "`.
    LogPrefix = log_prefix "",
    /// The level of a logged line: `level warn`.
    LogLevel = log_level "",
    /// The group that packets are logged to: `group 2`.
    LogGroup = log_group "",
    /// How many bytes of a packet are logged: `snaplen 256`.
    LogSnaplen = log_snaplen "",
    /// How many packets are logged at a time: `queue-threshold 20`.
    LogThreshold = log_threshold "",
    /// `flags all`, `flags skuid`, `flags tcp sequence,options`, `flags ip options`: `word`s.
    LogFlags = log_flags "",
    /// `reject with icmp port-unreachable`, `reject with tcp reset`.
    StmtReject = stmt_reject "",
    /// `tcp reset` of a `reject`.
    RejectReset = reject_reset "`tcp reset`",
    /// Which message a `reject` sends: `icmp`, `icmpv6`, `icmpx`.
    RejectKind = reject_kind "`icmp`, `icmpv6`, `icmpx`",
    /// `snat ip to 1.2.3.4:80-90 random`, `dnat ip prefix to …`, `dnat ip addr . port to …`:
    /// `nat_word`, `family`, `nat_form`, then `nat_address`, `nat_port`, `flags`.
    StmtNat = stmt_nat "",
    /// Which translation: `snat`, `dnat`, `tproxy`, `masquerade`, `redirect`.
    NatWord = nat_word "",
    /// `prefix`, `interval`, `addr . port`.
    NatForm = nat_form "",
    /// The address that a translation leads to.
    NatAddress = nat_address "",
    /// The port that a translation leads to, behind its colon.
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
    /// The segment size of a synproxy: `mss 1460`.
    SynproxyMss = synproxy_mss "`mss`",
    /// The window scale of a synproxy: `wscale 7`.
    SynproxyWscale = synproxy_wscale "`wscale`",
    /// A flag of a synproxy: `timestamp`, `sack-perm`.
    SynproxyFlag = synproxy_flag "a flag",
    /// `queue flags bypass,fanout to 1-3`, `queue num 4-5 bypass`, `queue to symhash mod 2`.
    StmtQueue = stmt_queue "",
    /// Where packets are queued: `to 1-5`.
    QueueTo = queue_to "`to`",
    /// `dup to 1.2.3.4 device "eth0"`: an `expr`, then `device`.
    StmtDup = stmt_dup "",
    /// `fwd ip to 1.2.3.4 device "eth0"`, `fwd to "eth0"`.
    StmtFwd = stmt_fwd "",
    /// `device "eth0"` with any value.
    Device = device "`device`",
    /// `notrack`.
    StmtNotrack = stmt_notrack "",
    /// `flow add @f`, `flow offload @f`.
    StmtFlow = stmt_flow "",
    /// `add @s { ip saddr timeout 5s : 1 }`: `dynset_word`, `set_ref`, `set` of one element.
    StmtDynset = stmt_dynset "",
    /// What a rule does with an element of a set: `add`, `update` or `delete`.
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
