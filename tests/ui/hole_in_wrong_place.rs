fn main() {
    let _ = nft::nft! {
        table inet t { chain c { numgen inc mod #{5} 1; synproxy wscale #{7}; } ; }
    };
}
