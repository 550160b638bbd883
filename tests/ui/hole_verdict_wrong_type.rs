fn main() {
    let _ = nft::nft! {
        table inet t { map m { type mark : verdict; elements = { 1 : #{"accept"} }; } ; }
    };
}
