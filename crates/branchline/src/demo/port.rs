//! Where the demo listens: the usual ports, or the next free ones when somebody has them.
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use anyhow::bail;

/// How far beyond the wanted port a free one is looked for.
const REACH: u16 = 200;

/// A free port, and the ones that were wanted before it and are taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) address: SocketAddr,
    pub(super) taken: Vec<u16>,
}

/// A free port at or after `wanted` that is not among `given`. Zero lets the system choose.
pub(super) fn free(wanted: u16, given: &[u16]) -> anyhow::Result<Choice> {
    let at = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    if wanted == 0 {
        let address = TcpListener::bind(at(0))?.local_addr()?;
        return Ok(Choice {
            address,
            taken: Vec::new(),
        });
    }
    let mut taken = Vec::new();
    for port in wanted..=wanted.saturating_add(REACH) {
        if given.contains(&port) {
            continue;
        }
        if TcpListener::bind(at(port)).is_ok() {
            return Ok(Choice {
                address: at(port),
                taken,
            });
        }
        taken.push(port);
    }
    bail!(
        "no free port from {wanted} to {}",
        wanted.saturating_add(REACH)
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::free;

    #[test]
    fn a_taken_port_is_named_and_another_is_given() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = holder.local_addr().unwrap().port();
        let choice = free(port, &[port.saturating_add(1)]).unwrap();
        assert!(choice.taken.contains(&port));
        assert!(choice.address.port() > port.saturating_add(1));
        assert_ne!(free(0, &[]).unwrap().address.port(), 0);
    }
}
