fn main() {
    let _ = nft::nft! {
        table inet t { chain c { tcp dport { #{..["a"]} } accept; } ; }
    };
}
