fn main() {
    let _ = nft::nft! {
        table inet t { chain c { limit rate #{"5"}/second burst #{5_u64} packets; } ; }
    };
}
