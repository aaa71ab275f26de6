//! Addresses of our own that attackers take in turn (`--source-addrs`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::str::FromStr;

use ipnet::IpNet;

/// A block of addresses, written as an address or CIDR (RFC 4632): `127.1.0.0/16`.
///
/// Those that name the network and reach everybody in it, which IPv4 sets apart, are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddrBlock(IpNet);

/// The addresses that `{attacker_ip}` gives attackers unless they have some.
pub const MADE_UP: AddrBlock =
    AddrBlock(IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8)));

impl AddrBlock {
    /// How many addresses there are, as far as attackers can be told apart.
    pub fn len(&self) -> u32 {
        let (prefix, most) = (u32::from(self.0.prefix_len()), u32::from(self.0.max_prefix_len()));
        let all = 1_u32.checked_shl(most - prefix).unwrap_or(u32::MAX);
        if self.has_reserved() { all - 2 } else { all }
    }

    /// Never: a network has an address.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The address of number `n`; after the last comes the first again.
    pub fn nth(&self, n: u32) -> IpAddr {
        let offset = n % self.len() + u32::from(self.has_reserved());
        match self.0.network() {
            IpAddr::V4(first) => Ipv4Addr::from(u32::from(first) + offset).into(),
            IpAddr::V6(first) => Ipv6Addr::from(u128::from(first) + u128::from(offset)).into(),
        }
    }

    /// The first of the first `wanted` addresses that this machine does not have, and why.
    pub fn missing(&self, wanted: u32) -> Option<(IpAddr, std::io::Error)> {
        (0..wanted.min(self.len())).find_map(|n| {
            let address = self.nth(n);
            // Ports of TCP may be used up by connections of a moment ago.
            UdpSocket::bind((address, 0)).err().map(|error| (address, error))
        })
    }

    fn has_reserved(&self) -> bool {
        matches!(self.0, IpNet::V4(net) if net.prefix_len() < 31)
    }
}

impl fmt::Display for AddrBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AddrBlock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let alone = text.parse::<IpAddr>().map(IpNet::from);
        alone.or_else(|_| text.parse()).map(Self).map_err(|_| {
            format!("`{text}` is no address and no block of them; write 127.1.0.0/16 or 192.0.2.7")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> AddrBlock {
        text.parse().expect("a block")
    }

    fn nth(text: &str, n: u32) -> String {
        block(text).nth(n).to_string()
    }

    #[test]
    fn addresses_are_taken_in_turn() {
        assert_eq!([nth("10.0.0.0/8", 0), nth("10.0.0.0/8", 255)], ["10.0.0.1", "10.0.1.0"]);
        assert_eq!(nth("127.1.2.3/30", 0), "127.1.2.1", "the block, not the address in it");
        assert_eq!([nth("127.1.2.0/30", 1), nth("127.1.2.0/30", 2)], ["127.1.2.2", "127.1.2.1"]);
        assert_eq!([nth("192.0.2.7", 0), nth("192.0.2.7", 9)], ["192.0.2.7", "192.0.2.7"]);
        assert_eq!(nth("192.0.2.6/31", 0), "192.0.2.6");
        assert_eq!(nth("2001:db8::/64", 70_000), "2001:db8::1:1170");
        assert_eq!((block("0.0.0.0/0").len(), block("::/0").len()), (u32::MAX - 2, u32::MAX));
    }

    #[test]
    fn others_are_refused() {
        for text in ["", "127.1.0.0/33", "127.1/16", "localhost", "10.0.0.1-9"] {
            assert!(text.parse::<AddrBlock>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_this_machine_does_not_have_is_found() {
        assert!(block("127.1.0.0/16").missing(50).is_none());
        let (address, _) = block("192.0.2.0/24").missing(5).expect("not ours");
        assert_eq!(address.to_string(), "192.0.2.1");
    }
}
