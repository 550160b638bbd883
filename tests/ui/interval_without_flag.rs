fn main() {
    let _ = nft::nft! {
        table inet t { set s { type ipv4_addr; elements = { 10.0.0.0/8 } } ; }
    };
}
