fn main() {
    let _ = nft::nft! {
        table inet t { chian c { } ; }
    };
}
