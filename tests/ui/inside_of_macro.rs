macro_rules! allow {
    ($field:ident) => {
        nft::nft! {
            table inet t {
                chain c { tcp $field 22 accept; } ;
            }
        }
    };
}

fn main() {
    let _ = allow!(dprot);
}
