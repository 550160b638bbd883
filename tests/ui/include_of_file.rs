fn main() {
    let _ = nft::nft! {
        include "rules.nft";
        table inet t { }
    };
}
