fn main() {
    let _ = nft::nft! {
        table inet t { chain c { type filter hook inptu priority 0; } ; }
    };
}
