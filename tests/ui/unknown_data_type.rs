fn main() {
    let _ = nft::nft! {
        table inet t { set s { type ipv4_adr; } ; }
    };
}
