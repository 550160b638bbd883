//! Bytes of a datagram with logged packets: never a panic, whatever stands in connection and headers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nft_core::nflog::Packet;
use nft_core::wire::Messages;

fuzz_target!(|bytes: &[u8]| {
    for message in Messages::new(bytes).map_while(Result::ok) {
        let Ok(Some(packet)) = Packet::decode(&message) else { continue };
        let _ = (packet.family(), packet.hook(), packet.hardware_address.map(|address| address.to_string()));
        if let Some(connection) = &packet.conntrack {
            let _ = (connection.original(), connection.reply(), connection.mark(), connection.zone());
        }
        let headers = packet.headers();
        assert!(headers.payload.len() <= packet.payload.len());
    }
});
