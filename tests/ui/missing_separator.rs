fn main() {
    let _ = nft::nft! {
        table inet t { chain a { } chain b { } ; }
    };
}
