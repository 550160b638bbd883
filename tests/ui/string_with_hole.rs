fn main() {
    let port = 80_u16;
    let _ = nft::nft!(r#"
table inet t {
    chain c { tcp dport { 22, #{port} } accept; }
}
"#);
}
