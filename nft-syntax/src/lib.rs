//! The nftables language: text to values and back.
