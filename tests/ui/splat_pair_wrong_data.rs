fn main() {
    let _ = nft::nft! {
        table ip t { map m { type mark : ipv4_addr; elements = { #{..[(1_u32, 2_u32)]} }; } ; }
    };
}
