fn main() {
    let _ = nft::nft! {
        table ipv4 t { }
    };
}
