//! Tells the supervisor that started this process, if one did, how far it is: systemd's `Type=notify`, whose protocol
//! is one datagram to the socket that `NOTIFY_SOCKET` names (`sd_notify(3)`).
use std::ffi::OsStr;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// It answers requests from now on.
pub fn ready() {
    tell("READY=1");
}

/// It was asked to end, and finishes what has begun.
pub fn stopping() {
    tell("STOPPING=1");
}

/// Nobody has to listen: without a supervisor, or with one that went away, this does nothing.
fn tell(state: &str) {
    if let Some(socket) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = send(&socket, state)
    {
        tracing::warn!(%error, "The supervisor could not be told {state}");
    }
}

fn send(socket: &OsStr, state: &str) -> std::io::Result<()> {
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address(socket)?)?;
    Ok(())
}

/// A path, or with `@` the name of an abstract socket, which only Linux has.
fn address(socket: &OsStr) -> std::io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_encoded_bytes().strip_prefix(b"@") {
        return <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name);
    }
    SocketAddr::from_pathname(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_supervisor_hears_it_by_path_and_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), "READY=1").unwrap();
        assert_eq!(heard(&by_path), "READY=1");

        let name = format!("@branchline-test-{}", std::process::id());
        let name = OsStr::new(&name);
        let by_name = UnixDatagram::bind_addr(&address(name).unwrap()).unwrap();
        send(name, "STOPPING=1").unwrap();
        assert_eq!(heard(&by_name), "STOPPING=1");
    }

    #[test]
    fn a_supervisor_that_is_away_is_an_error_and_no_panic() {
        send(OsStr::new("/nowhere/notify"), "READY=1").unwrap_err();
    }

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }
}
