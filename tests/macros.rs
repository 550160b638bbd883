//! `nft!`: what it builds is what the parser builds from the same text, with the values of holes in place.

use nft::model::{Element, Expr, JumpTarget, Repr, Ruleset, Stmt, Value, Verdict};
use nft::name::{ChainName, FlowtableName, SetName, TableName};
use nft::nft;
use nft::schema::DataType;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

#[track_caller]
fn check(made: &Ruleset, text: &str) {
    let parsed = nft::syntax::lower::ruleset(text).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(made, &parsed);
}

/// The macro and the parser on the same tokens.
macro_rules! same {
    ($($name:ident { $($text:tt)* })+) => { $(
        #[test]
        fn $name() {
            const TEXT: &str = $($text)*;
            check(&nft!($($text)*), TEXT);
        }
    )+ };
}

same! {
    tables { r#"
table inet t { flags dormant; comment "mine"; }
table ip6 u
"# }
    chains { r#"
table inet t {
    chain a { type filter hook input priority filter - 5; policy drop; comment "c"; }
    chain b { type nat hook postrouting priority srcnat; }
    chain c { }
}
table netdev n { chain d { type filter hook ingress device "lo" priority 0; } ; }
"# }
    matches { r#"
table inet t {
    chain c {
        ip saddr 10.0.0.0/8 tcp dport { 22, 80-90 } ct state established,related accept
        ip6 daddr fe80::1-fe80::5 meta mark & 0xff == 0x10 iifname "eth*" drop comment "why"
        tcp flags syn / fin,syn,rst tcp option maxseg size 1400 @th,16,16 22
        ether saddr aa:bb:cc:dd:ee:ff meta l4proto { tcp, udp } fib saddr . iif oif missing
        ip saddr . tcp dport { 1.2.3.4 . 22, 10.0.0.0/8 . 1-5 } counter packets 5 bytes 6
        vxlan ip saddr 1.2.3.4 rt0 addr[1] fe80::1 socket cgroupv2 level 2 "a/b" numgen inc mod 5 1
        jhash ip saddr mod 2 seed 0x5 1 ct original ip saddr 1.2.3.4 ipsec in reqid 5 osf name "Linux"
    }
}
"# }
    statements { r#"
table inet t {
    counter n { packets 1 bytes 2 }
    chain c {
        limit rate over 10 mbytes/second burst 5 kbytes log prefix "x: " level warn flags all
        log group 1 snaplen 2 queue-threshold 3
        quota over 5 mbytes last used 5s ct count over 3 reject with icmpx admin-prohibited
        meta mark set ct mark or 0x1 ct mark set 5 ip ttl set 5 tcp option maxseg size set rt mtu
        counter name n synproxy mss 1460 wscale 7 timestamp
        jump d
        jump { accept; drop; }
        ip saddr vmap { 1.2.3.4 : accept, 10.0.0.0/8 : goto d, * : drop }
        queue flags bypass,fanout to 1-3
        meta nfproto ipv4 tcp dport 5 tproxy ip to 1.2.3.4:5
        reset tcp option sack-perm
    }
    chain d { }
    chain nat {
        type nat hook prerouting priority dstnat;
        dnat ip to 1.2.3.4:80-90 random
        dnat ip to ip saddr map { 1.1.1.1 : 2.2.2.2 }
        redirect to :22 persistent
    }
}
"# }
    sets { r#"
table inet t {
    set a { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/8, 1.2.3.4, 5.5.5.5-5.5.5.9 }; }
    set b { type ipv4_addr . inet_service; size 5; timeout 5m; gc-interval 1m; elements = { 1.2.3.4 . 22 timeout 5s comment "x" }; }
    set c { typeof ip saddr . meta mark; counter; comment "s"; }
    map m { type ipv4_addr : verdict; elements = { 1.2.3.4 : accept, 1.2.3.5 : jump d }; }
    map n { type inet_service : ipv4_addr; elements = { 80 : 1.2.3.4 }; }
    chain d { ip saddr @a tcp dport map @n vmap { 1.2.3.4 : drop }; }
    chain e { add @b { ip saddr . tcp dport timeout 5s }; }
}
"# }
    objects { r#"
table inet t {
    quota q { over 5 mbytes used 1 bytes }
    limit l { rate 5/second burst 3 packets }
    synproxy s { mss 1460 wscale 7 }
    ct helper h { type "ftp" protocol tcp; l3proto ip; }
    ct timeout u { protocol tcp; policy = { established : 5s }; }
    ct expectation e { protocol tcp; dport 5; timeout 5s; size 3; }
    flowtable f { hook ingress priority 0; devices = { lo }; counter; }
}
"# }
}

#[test]
fn tokens_are_read_like_text() {
    let made = nft! {
        # comments of nft, and of Rust: // both
        table inet t {
            set admins { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.1.1 } }
            chain input {
                type filter hook input priority filter - 10; policy drop;
                ct state established,related accept // Rust's: don't mind
                ip saddr @admins tcp dport { 22, 80-90 } accept # and of nft
                ip6 saddr 2001:db8::1/64 ether saddr 00:11:22:33:44:55 accept
                iifname "eth*" log prefix "in: " drop; counter
            }
        }
    };
    check(
        &made,
        r#"
table inet t {
    set admins { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.1.1 } }
    chain input {
        type filter hook input priority filter - 10; policy drop;
        ct state established,related accept
        ip saddr @admins tcp dport { 22, 80-90 } accept
        ip6 saddr 2001:db8::1/64 ether saddr 00:11:22:33:44:55 accept
        iifname "eth*" log prefix "in: " drop; counter
    }
}
"#,
    );
}

#[test]
fn holes_are_values() {
    let (port, mark, name) = (22_u16, 5_u32, "eth0");
    let address = Ipv4Addr::new(10, 0, 0, 1);
    let made = nft! {
        table inet t {
            chain c {
                type filter hook input priority #{-5};
                tcp dport #{port} accept
                tcp dport #{80..=90} ip saddr #{address} ip6 saddr #{Ipv6Addr::LOCALHOST} drop
                ip saddr #{(Ipv4Addr::new(10, 0, 0, 0), 8)} meta mark #{mark} iifname #{name} meta l4proto #{6_u8} accept
                tcp dport { #{port}, 80 } ip daddr != #{address} accept
                ip ttl #{5_u8} meta mark set #{mark}
                ether saddr #{[0, 1, 2, 3, 4, 5]} oifname #{name.to_owned()}
            }
        }
    };
    check(
        &made,
        "
table inet t {
    chain c {
        type filter hook input priority -5
        tcp dport 22 accept
        tcp dport 80-90 ip saddr 10.0.0.1 ip6 saddr ::1 drop
        ip saddr 10.0.0.0/8 meta mark 5 iifname \"eth0\" meta l4proto 6 accept
        tcp dport { 22, 80 } ip daddr != 10.0.0.1 accept
        ip ttl 5 meta mark set 5
        ether saddr 00:01:02:03:04:05 oifname \"eth0\"
    }
}
",
    );
}

#[test]
fn holes_are_names() {
    let table = TableName::new("app").unwrap();
    let chain = ChainName::new("web").unwrap();
    let set = SetName::new("s").unwrap();
    let made = nft! {
        table ip #{&table} {
            set #{set} { type ipv4_addr; }
            chain #{&chain} { }
            chain c { jump #{&chain}; tcp dport vmap { 80 : goto #{&chain} }; }
        }
    };
    check(
        &made,
        "table ip app { set s { type ipv4_addr; }; chain web { }; chain c { jump web; tcp dport vmap { 80 : goto web }; } ; }",
    );
}

#[test]
fn holes_translate_addresses() {
    let (address, port) = (Ipv4Addr::new(10, 0, 0, 1), 8080_u16);
    let made = nft! {
        table ip t {
            chain c {
                type nat hook prerouting priority dstnat
                tcp dport 80 dnat to #{address}:#{port}
                snat to #{address}
                redirect to :#{port}
            }
        }
    };
    check(
        &made,
        "
table ip t {
    chain c {
        type nat hook prerouting priority dstnat
        tcp dport 80 dnat to 10.0.0.1:8080
        snat to 10.0.0.1
        redirect to :8080
    }
}
",
    );
}

#[test]
fn splats_are_elements() {
    let ports = vec![80_u16, 443];
    let nets = [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(192, 168, 0, 0), 16)];
    let one = Ipv4Addr::new(1, 2, 3, 4);
    let made = nft! {
        table ip t {
            set s { type ipv4_addr; flags interval; elements = { #{..nets}, #{one} } }
            chain c { tcp dport { 22, #{..&ports} } accept; }
        }
    };
    check(
        &made,
        "
table ip t {
    set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.0/16, 1.2.3.4 } }
    chain c { tcp dport { 22, 80, 443 } accept; }
}
",
    );
    let none: [u16; 0] = [];
    let made = nft!(table ip t { chain c { tcp dport { 5, #{..none} }; } ; });
    let rule = &made.tables[0].chains[0].rules[0];
    let Stmt::Match(matched) = &rule.stmts[0] else { panic!("{rule:?}") };
    let five = Element::new(Expr::Value(Value { ty: DataType::INET_SERVICE, repr: Repr::Int(5) }));
    assert_eq!(matched.right, Expr::Set([five].into()));
}

#[test]
fn holes_are_numbers_and_times() {
    let (group, threshold, snaplen) = (5_u16, 10_u16, 64_u32);
    let (rate, burst, bytes) = (10_u64, 7_u32, 25_u64);
    let (minute, comment) = (Duration::from_secs(60), String::from("why"));
    let made = nft! {
        table inet t {
            comment #{&comment}
            counter n { packets #{1} bytes #{2} }
            quota q { over #{bytes} mbytes used #{3} bytes }
            limit l { rate #{rate}/second burst #{burst} packets }
            set s {
                type ipv4_addr; flags dynamic,timeout; size #{4096}
                timeout #{minute}; gc-interval #{minute / 2}
                comment #{"set"}
            }
            set e { type ipv4_addr; timeout 1h; elements = { 10.0.0.1 timeout #{minute} comment #{"one"}, 10.0.0.2 }; }
            chain c {
                comment #{"chain"}
                limit rate #{rate}/second log prefix #{"in: "} group #{group} queue-threshold #{threshold} snaplen #{snaplen}
                limit rate over #{rate} mbytes/minute burst #{burst} kbytes drop comment #{&comment}
                quota over #{bytes} bytes drop
                counter packets #{bytes} bytes #{0} accept
                ip saddr 10.0.0.0/#{8} ip6 daddr fe80::/#{64_u8} accept
                ip saddr { 10.0.0.0/#{16}, 192.168.0.0/24 } accept
                ct count over #{20} reject
                tcp dport 1 queue to #{3}
                tcp dport 2 queue flags bypass to #{3}-#{5}
                add @s { ip saddr timeout #{minute} limit rate #{rate}/hour }
                ct mark set #{5} meta mark set #{6} meta mark set ct mark or #{7}
                synproxy mss #{1460} wscale 7
            }
        }
    };
    check(
        &made,
        "
table inet t {
    comment \"why\"
    counter n { packets 1 bytes 2 }
    quota q { over 25 mbytes used 3 bytes }
    limit l { rate 10/second burst 7 packets }
    set s {
        type ipv4_addr; flags dynamic,timeout; size 4096
        timeout 60s; gc-interval 30s
        comment \"set\"
    }
    set e { type ipv4_addr; timeout 1h; elements = { 10.0.0.1 timeout 1m comment \"one\", 10.0.0.2 }; }
    chain c {
        comment \"chain\"
        limit rate 10/second log prefix \"in: \" group 5 queue-threshold 10 snaplen 64
        limit rate over 10 mbytes/minute burst 7 kbytes drop comment \"why\"
        quota over 25 bytes drop
        counter packets 25 bytes 0 accept
        ip saddr 10.0.0.0/8 ip6 daddr fe80::/64 accept
        ip saddr { 10.0.0.0/16, 192.168.0.0/24 } accept
        ct count over 20 reject
        tcp dport 1 queue to 3
        tcp dport 2 queue flags bypass to 3-5
        add @s { ip saddr timeout 1m limit rate 10/hour }
        ct mark set 5 meta mark set 6 meta mark set ct mark or 7
        synproxy mss 1460 wscale 7
    }
}
",
    );
}

/// Numbers of 16 and more bits have stand-ins in the text that is read: the same numbers written out are none.
#[test]
fn numbers_are_no_holes() {
    let made = nft! {
        table inet t { chain c { log group 60416 snaplen 3758096384; log group 65535; queue to 65535; } ; }
    };
    check(&made, "table inet t { chain c { log group 60416 snaplen 3758096384; log group 65535; queue to 65535; } ; }");
    // What does not fit is as much as fits.
    let made = nft!(table inet t { chain c { quota over #{u64::MAX} mbytes drop; } ; });
    let Stmt::Quota(quota) = &made.tables[0].chains[0].rules[0].stmts[0] else { panic!("{made:?}") };
    assert_eq!(quota.bytes, u64::MAX);
}

#[test]
fn holes_are_sets() {
    let (blocked, routes, verdicts) =
        (SetName::new("blocked").unwrap(), SetName::new("routes").unwrap(), SetName::new("verdicts").unwrap());
    let flows = FlowtableName::new("f").unwrap();
    let made = nft! {
        table ip t {
            flowtable f { hook ingress priority 0; devices = { lo }; }
            set blocked { type ipv4_addr; flags dynamic; }
            map routes { type inet_service : ipv4_addr; }
            map verdicts { type ipv4_addr . inet_service : verdict; }
            chain c {
                ip saddr @#{&blocked} drop
                ip saddr != @#{&blocked} tcp dport 22 accept
                ip saddr . tcp dport vmap @#{&verdicts}
                add @#{&blocked} { ip saddr }
                meta mark set 1 ip daddr set tcp dport map @#{&routes}
                flow add @#{flows}
            }
            chain n { type nat hook prerouting priority dstnat; dnat to tcp dport map @#{&routes}; }
        }
    };
    check(
        &made,
        "
table ip t {
    flowtable f { hook ingress priority 0; devices = { lo }; }
    set blocked { type ipv4_addr; flags dynamic; }
    map routes { type inet_service : ipv4_addr; }
    map verdicts { type ipv4_addr . inet_service : verdict; }
    chain c {
        ip saddr @blocked drop
        ip saddr != @blocked tcp dport 22 accept
        ip saddr . tcp dport vmap @verdicts
        add @blocked { ip saddr }
        meta mark set 1 ip daddr set tcp dport map @routes
        flow add @f
    }
    chain n { type nat hook prerouting priority dstnat; dnat to tcp dport map @routes; }
}
",
    );
}

#[test]
fn splats_are_pairs() {
    let routes = BTreeMap::from([(80_u16, Ipv4Addr::new(10, 0, 0, 1)), (443, Ipv4Addr::new(10, 0, 0, 2))]);
    let chain = JumpTarget::Chain(ChainName::new("web").unwrap());
    let verdicts = [(22_u16, Verdict::Accept), (80, Verdict::Jump(chain))];
    let peers = vec![(Ipv4Addr::new(10, 0, 0, 1), 22_u16), (Ipv4Addr::new(10, 0, 0, 2), 23)];
    let both = [((Ipv4Addr::new(10, 0, 0, 9), 5_u16), Verdict::Drop)];
    let marks = [(Ipv4Addr::new(10, 0, 0, 1), 7_u32)];
    let minute = Duration::from_secs(60);
    let made = nft! {
        table ip t {
            map routes { type inet_service : ipv4_addr; elements = { 8080 : 10.0.0.3, #{..&routes} } }
            map verdicts { type inet_service : verdict; elements = { #{..&verdicts}, 5 : #{Verdict::Drop} } }
            set peers { type ipv4_addr . inet_service; timeout 1h; elements = { #{..&peers} timeout #{minute} comment "peer" } }
            map both { type ipv4_addr . inet_service : verdict; elements = { #{..both} } }
            chain web { }
            chain c {
                ip saddr . tcp dport { #{..&peers}, #{(Ipv4Addr::LOCALHOST, 80)} } accept
                tcp dport vmap { #{..verdicts.clone()}, 1 : drop }
                meta mark set ip saddr map { #{..&marks}, 1.2.3.4 : #{8} }
                ip saddr . tcp dport vmap { #{..[((Ipv4Addr::LOCALHOST, 1), Verdict::Accept)]} }
            }
        }
    };
    check(
        &made,
        "
table ip t {
    map routes { type inet_service : ipv4_addr; elements = { 8080 : 10.0.0.3, 80 : 10.0.0.1, 443 : 10.0.0.2 } }
    map verdicts { type inet_service : verdict; elements = { 22 : accept, 80 : jump web, 5 : drop } }
    set peers {
        type ipv4_addr . inet_service; timeout 1h
        elements = { 10.0.0.1 . 22 timeout 1m comment \"peer\", 10.0.0.2 . 23 timeout 1m comment \"peer\" }
    }
    map both { type ipv4_addr . inet_service : verdict; elements = { 10.0.0.9 . 5 : drop } }
    chain web { }
    chain c {
        ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.2 . 23, 127.0.0.1 . 80 } accept
        tcp dport vmap { 22 : accept, 80 : jump web, 1 : drop }
        meta mark set ip saddr map { 10.0.0.1 : 7, 1.2.3.4 : 8 }
        ip saddr . tcp dport vmap { 127.0.0.1 . 1 : accept }
    }
}
",
    );
}

/// Each hole is evaluated once, in its order.
#[test]
fn holes_are_evaluated_once() {
    let mut seen = Vec::new();
    let mut next = |port: u16| {
        seen.push(port);
        port
    };
    let _ = nft!(table ip t { chain c { tcp dport #{next(1)} udp dport { #{next(2)}, #{next(3)} }; } ; });
    assert_eq!(seen, [1, 2, 3]);
}

#[test]
fn quotes_read_what_rust_cannot() {
    let made = nft! {
        table ip6 t {
            chain c { ip6 saddr "2001:db8:1e::"/48 ether saddr "00:1e:00:00:5e:00" accept; iifname r"eth\*"; }
        }
    };
    check(
        &made,
        "table ip6 t { chain c { ip6 saddr 2001:db8:1e::/48 ether saddr 00:1e:00:00:5e:00 accept; iifname \"eth\\*\"; } ; }",
    );
}
