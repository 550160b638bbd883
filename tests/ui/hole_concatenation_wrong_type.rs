fn main() {
    let _ = nft::nft! {
        table inet t { chain c { ip saddr . tcp dport { #{(22_u16, 22_u16)} } accept; } ; }
    };
}
