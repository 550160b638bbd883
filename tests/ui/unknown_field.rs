fn main() {
    let _ = nft::nft! {
        table inet t { chain c { tcp dprot 22 accept; } ; }
    };
}
