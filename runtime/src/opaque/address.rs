//! Where an endpoint is: its URL, read by rules so narrow that no two readers can see two hosts in it, and the address
//! that is asked. The name is resolved once, and what it resolves to is what is asked until the end.
//!
//! Addresses of this machine, of its network and of the clouds' metadata services are refused unless the user names the
//! host: an endpoint is somebody else's word, and must not lead the checker to what only the checker can reach.

use super::fault;
use crate::intake::error::{IntakeError, printable};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// A URL of an endpoint: `https://HOST[:PORT][/PATH]`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Whether it is asked over TLS.
    pub tls: bool,
    /// Name or address of the host, in lower case, an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, without a slash at its end; empty or with one at its beginning.
    pub path: String,
}

impl Place {
    /// Reads a URL: no user, no query, no fragment, no escapes.
    ///
    /// # Errors
    /// `address_refused`.
    pub fn parse(url: &str) -> Result<Place, IntakeError> {
        let refuse = |why: &str| {
            IntakeError::new(fault::ADDRESS_REFUSED, url, format!("the endpoint's URL {why}"))
                .mend("write https://HOST/v1 or https://HOST:PORT/v1")
        };
        let (tls, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(refuse("begins with neither https:// nor http://")),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:/[]".contains(c);
        if let Some(odd) = rest.chars().find(|c| !plain(*c)) {
            return Err(refuse(&format!("has `{}` in it", printable(&odd.to_string()))));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, "")) if host.parse::<Ipv6Addr>().is_ok() => (host, None),
            Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => (host, port.strip_prefix(':')),
            Some(_) => return Err(refuse("has no IPv6 address in its brackets")),
            None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let named = !authority.starts_with('[');
        if host.is_empty() || host.len() > 253 || (named && !host.chars().all(of_name)) {
            return Err(refuse("has no name of a host"));
        }
        // What only looks like an address in another notation (`0x7f.1`, `2130706433`) means different hosts to
        // different readers.
        let last = host.rsplit('.').next().unwrap_or_default();
        if named && last.starts_with(|c: char| c.is_ascii_digit()) && host.parse::<Ipv4Addr>().is_err() {
            return Err(refuse("has an address in an unusual notation"));
        }
        let port = match (port, authority.contains("]") && !authority.ends_with(']') && port.is_none()) {
            (_, true) => return Err(refuse("has no port behind its colon")),
            (Some(port), _) => port.parse().ok().filter(|port| *port > 0).ok_or_else(|| refuse("has no such port"))?,
            (None, _) => {
                if tls {
                    443
                } else {
                    80
                }
            }
        };
        let path = path.trim_end_matches('/');
        if path.contains("//") || path.split('/').any(|part| part == "." || part == "..") || path.contains([':', '[']) {
            return Err(refuse("has a path that is not plain"));
        }
        Ok(Place { tls, host: host.to_ascii_lowercase(), port, path: path.to_owned() })
    }

    /// `HOST:PORT`, an IPv6 address in brackets.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The URL of a path below the place.
    pub fn url(&self, below: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{}{below}", self.authority(), self.path)
    }

    /// The one address that is asked. `allowed` are hosts that the user names, as `HOST` or `HOST:PORT`.
    ///
    /// # Errors
    /// `address_refused` for an address that is not asked, and without TLS for a host that the user does not name;
    /// `no_answer` for a name that does not resolve.
    pub fn resolve(&self, allowed: &[String]) -> Result<SocketAddr, IntakeError> {
        let named = allowed.iter().any(|allowed| {
            let allowed = allowed.to_ascii_lowercase();
            allowed == self.host || allowed == self.authority()
        });
        let refuse = |why: String| {
            IntakeError::new(fault::ADDRESS_REFUSED, &self.authority(), why)
                .mend("name the host with `--allow-host` if it is meant")
        };
        if !self.tls && !named {
            return Err(refuse("an endpoint without TLS is asked only where the user names its host".to_owned()));
        }
        let found = (self.host.as_str(), self.port).to_socket_addrs().map_err(|error| {
            IntakeError::new(fault::NO_ANSWER, &self.authority(), format!("the host has no address: {error}"))
                .mend("check the endpoint's name")
        })?;
        let found: Vec<SocketAddr> = found.collect();
        if !named && let Some(inner) = found.iter().find_map(|found| inner(found.ip())) {
            return Err(refuse(format!("the host's address is {inner}")));
        }
        found.into_iter().next().ok_or_else(|| {
            IntakeError::new(fault::NO_ANSWER, &self.authority(), "the host has no address")
                .mend("check the endpoint's name")
        })
    }
}

/// What an address is that is not asked unasked-for; none for one of the public internet.
pub fn inner(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => inner_v4(ip),
        IpAddr::V6(ip) => inner_v6(ip),
    }
}

fn inner_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (0, _, _) => Some("of this network"),
        (127, _, _) => Some("of this machine"),
        (10, _, _) | (172, 16..=31, _) | (192, 168, _) => Some("of a private network"),
        (169, 254, _) => Some("link-local, as of a metadata service"),
        (100, 64..=127, _) => Some("of a provider's inner network"),
        (192, 0, 0 | 2) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) => Some("reserved"),
        (224..=239, _, _) => Some("multicast"),
        (240..=255, _, _) => Some("reserved"),
        _ => None,
    }
}

fn inner_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let parts = ip.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        inner_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("of this machine"),
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0, 0, 0, 0, 0, 0, _, _] => Some("reserved"),
        // Translated addresses (RFC 6052) and 6to4 lead to the IPv4 address within.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, ..] => Some("of a private network"),
        [0x2002, high, low, ..] => embedded(high, low),
        [0x2001, 0, ..] | [0x2001, 0xdb8, ..] | [0x100, 0, 0, 0, ..] => Some("reserved"),
        [first, ..] if first & 0xfe00 == 0xfc00 => Some("of a private network"),
        [first, ..] if first & 0xffc0 == 0xfe80 => Some("link-local, as of a metadata service"),
        [first, ..] if first & 0xffc0 == 0xfec0 => Some("of a private network"),
        [first, ..] if first & 0xff00 == 0xff00 => Some("multicast"),
        // Only 2000::/3 is given out.
        [first, ..] if first & 0xe000 != 0x2000 => Some("reserved"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_mean_one_host_or_none() {
        let place = Place::parse("https://API.example.org/v1/").unwrap();
        assert_eq!((place.host.as_str(), place.port, place.path.as_str()), ("api.example.org", 443, "/v1"));
        assert_eq!(place.url("/embeddings"), "https://api.example.org:443/v1/embeddings");
        assert_eq!(Place::parse("http://127.0.0.1:8000").unwrap().url("/x"), "http://127.0.0.1:8000/x");
        assert_eq!(Place::parse("https://[2606:4700::1]:8443/v1").unwrap().authority(), "[2606:4700::1]:8443");
        for wrong in [
            "ftp://host/v1",
            "https://",
            "https:///v1",
            "https://user@host/v1",
            "https://host\\@evil/v1",
            "https://host/v1?x=1",
            "https://host/v1#x",
            "https://host/a%2e/v1",
            "https://host/../v1",
            "https://host//v1",
            "https://host:0/v1",
            "https://host:99999/v1",
            "https://host:/v1",
            "https://[::1/v1",
            "https://[::1]x/v1",
            "https://[fe80::1%25eth0]/v1",
            "https://2130706433/v1",
            "https://0x7f.0.0.1/v1",
            "https://127.1/v1",
            "https://host\u{3002}org/v1",
            "https://ho st/v1",
        ] {
            assert_eq!(Place::parse(wrong).unwrap_err().fault, "address_refused", "{wrong}");
        }
    }

    #[test]
    fn inner_addresses_are_refused_unless_named() {
        for inside in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:a9fe:a9fe",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "4000::1",
        ] {
            assert!(inner(inside.parse().unwrap()).is_some(), "{inside}");
        }
        for outside in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(inner(outside.parse().unwrap()).is_none(), "{outside}");
        }
        let place = Place::parse("https://127.0.0.1:9/v1").unwrap();
        assert_eq!(place.resolve(&[]).unwrap_err().fault, "address_refused");
        assert_eq!(place.resolve(&["127.0.0.1:8".into()]).unwrap_err().fault, "address_refused");
        assert!(place.resolve(&["127.0.0.1".into()]).is_ok() && place.resolve(&["127.0.0.1:9".into()]).is_ok());
        // A name of this machine is one, too.
        assert_eq!(Place::parse("https://localhost/v1").unwrap().resolve(&[]).unwrap_err().fault, "address_refused");
        assert_eq!(Place::parse("http://example.org/v1").unwrap().resolve(&[]).unwrap_err().fault, "address_refused");
    }
}
