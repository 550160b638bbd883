fn main() {
    let _ = nft::nft! {
        table inet t { chain c { ip saddr 10.0.0.0/#{24_u32} accept; } ; }
    };
}
