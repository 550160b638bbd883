fn main() {
    let _ = nft::nft! {
        table inet t { chain c { ip saddr #{22_u16} accept; } ; }
    };
}
