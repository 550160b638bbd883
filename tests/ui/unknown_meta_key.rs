fn main() {
    let _ = nft::nft! {
        table inet t { chain c { meta makr 5 accept; } ; }
    };
}
