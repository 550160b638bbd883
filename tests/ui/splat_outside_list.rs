fn main() {
    let _ = nft::nft! {
        table inet t { chain c { tcp dport #{..[5_u16]} accept; } ; }
    };
}
