fn main() {
    let _ = nft::nft! {
        table inet t { chain c { tcp dport vmap { #{(1_u16, nft::model::Verdict::Drop)} }; } ; }
    };
}
