fn main() {
    let _ = nft::nft! {
        table ip t { chain c { dnat to tcp dport map { 80 : #{"10.0.0.1"} }; meta mark set #{"1"}; } ; }
    };
}
