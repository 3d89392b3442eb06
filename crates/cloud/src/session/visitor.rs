//! From where somebody asks: kept with a session, so that its owner can tell it from a stranger's.
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::{Extensions, HeaderMap, header, request::Parts};
use httpkit::access::Asks;

use crate::cloud::Cloud;
use crate::mail::Language;

/// The longest name of a browser that is kept.
const MOST_NAMED: usize = 300;

/// The other end of a request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// None only without a network.
    pub(crate) address: Option<IpAddr>,
    /// What the browser says that it is.
    pub(crate) user_agent: String,
    pub(crate) language: Language,
}

impl Visitor {
    /// The address as it is kept.
    pub(crate) fn address_text(&self) -> String {
        self.address
            .map(|address| address.to_canonical().to_string())
            .unwrap_or_default()
    }
}

impl FromRequestParts<Cloud> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self, Infallible> {
        let address = address_of(cloud, &parts.extensions, &parts.headers);
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Ok(Self {
            address,
            user_agent: agent.chars().take(MOST_NAMED).collect(),
            language: Language::of(&parts.headers),
        })
    }
}

impl Asks for Visitor {}

/// From which address a request comes; none without a network.
pub(crate) fn address_of(
    cloud: &Cloud,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(address(peer.ip(), headers, &cloud.office().proxies))
}

/// Who asks: the peer, or whom the last of our own proxies saw. What others write into the header counts for nothing.
fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let is_ours = |address: &IpAddr| proxies.contains(&address.to_canonical());
    if !is_ours(&peer) {
        return peer;
    }
    let named: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let seen = named
        .iter()
        .rev()
        .map_while(|name| name.trim().parse::<IpAddr>().ok());
    let mut last = peer;
    for one in seen {
        last = one;
        if !is_ours(&one) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::http::HeaderMap;

    use super::address;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let check = |peer: &str, said: &str, expected: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", said.parse().unwrap());
            let proxies: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
            let seen = address(peer.parse().unwrap(), &headers, &proxies);
            assert_eq!(seen, expected.parse::<IpAddr>().unwrap(), "{peer}: {said}");
        };
        check("203.0.113.9", "198.51.100.1", "203.0.113.9");
        check("10.0.0.1", "198.51.100.1", "198.51.100.1");
        check(
            "10.0.0.1",
            "1.2.3.4, 198.51.100.1, 10.0.0.2",
            "198.51.100.1",
        );
        check("10.0.0.1", "1.2.3.4, rubbish", "10.0.0.1");
        check("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1");
    }
}
