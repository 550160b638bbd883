fn main() {
    let _ = nft::nft! {
        table inet t { chain c { ip saddr @#{"s"} accept; } ; }
    };
}
