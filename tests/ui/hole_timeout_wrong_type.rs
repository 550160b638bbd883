fn main() {
    let _ = nft::nft! {
        table inet t { set s { type ipv4_addr; timeout #{5}; elements = { 10.0.0.1 timeout #{"1m"} }; } ; }
    };
}
