fn main() {
    let _ = nft::nft! {
        list ruleset
    };
}
