fn main() {
    let _ = nft::nft! {
        table inet t { chain c { ct state estabished accept; } ; }
    };
}
