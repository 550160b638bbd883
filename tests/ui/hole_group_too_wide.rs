fn main() {
    let _ = nft::nft! {
        table inet t { chain c { log group #{5_u32} prefix #{5}; } ; }
    };
}
