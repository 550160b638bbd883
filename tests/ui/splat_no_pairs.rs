fn main() {
    let _ = nft::nft! {
        table inet t { map m { type mark : verdict; elements = { #{..[1_u32]} }; } ; }
    };
}
