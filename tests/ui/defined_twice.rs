fn main() {
    let _ = nft::nft! {
        define x = 1;
        table inet t { define x = 2; }
    };
}
