fn main() {
    let _ = nft::nft! {
        table inet t { chain c { tcp dport #{nowhere} accept; } ; }
    };
}
