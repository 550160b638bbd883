fn main() {
    let _ = nft::nft! {
        table inet t { chain c { ct sate new accept; } ; }
    };
}
