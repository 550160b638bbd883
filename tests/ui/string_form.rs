fn main() {
    let _ = nft::nft!(
        r#"
table inet t {
    chain c { tcp dprot 22; }
}
"#
    );
}
