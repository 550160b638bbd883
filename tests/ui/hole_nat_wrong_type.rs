fn main() {
    let _ = nft::nft! {
        table ip t { chain c { dnat to #{22_u16}:#{"80"}; } ; }
    };
}
