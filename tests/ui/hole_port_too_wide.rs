fn main() {
    let _ = nft::nft! {
        table inet t { chain c { tcp dport #{22_u64} accept; } ; }
    };
}
