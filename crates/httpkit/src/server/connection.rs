//! Connections: only so many, over TLS if that is set up, and none for whoever is too slow to say what they want.
use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, Version, header},
};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower::ServiceExt;

use super::places::{Place, Places};
use crate::{shutdown::Shutdown, tls};

/// The longest that a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often an HTTP/2 connection has to show that it is there.
const PING: Duration = Duration::from_secs(20);
/// The most bytes of a request's line and headers.
const HEADER_BYTES: usize = 32 << 10;
/// The most requests that one HTTP/2 connection has under way.
const MOST_STREAMS: u32 = 100;
/// The pause when the system has no file for another connection.
const BREATH: Duration = Duration::from_millis(200);

/// How many may connect, and how fast they must be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at the same time, WebSockets among them.
    pub most: usize,
    /// Connections of one address. This machine and own proxies speak for many: they have no such limit.
    pub most_of_one: usize,
    /// How long the headers of a request may take, and how long a connection may be idle.
    pub patience: Duration,
    /// Own proxies.
    pub proxies: Vec<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            most: 4_000,
            most_of_one: 200,
            patience: Duration::from_secs(30),
            proxies: Vec::new(),
        }
    }
}

impl Limits {
    /// By whom a connection is counted: nobody, when they speak for many.
    fn counted(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let is_many = peer.is_loopback() || self.proxies.contains(&peer);
        (!is_many).then_some(peer)
    }
}

/// Serves until the shutdown, and finishes the requests that have begun.
///
/// # Errors
/// None so far: a connection that cannot be taken is tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: Shutdown,
    tls: Option<Arc<ServerConfig>>,
    limits: Limits,
) -> io::Result<()> {
    let (open, _) = watch::channel(());
    let all = Places::new(limits.most, limits.most);
    let of_one = Places::new(limits.most, limits.most_of_one);
    let acceptor = tls.map(TlsAcceptor::from);
    loop {
        let (stream, peer) = tokio::select! {
            () = shutdown.wait() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "A connection could not be taken: {error}");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
        };
        let counted = limits.counted(peer.ip());
        let own = counted.map(|peer| of_one.enter(&peer));
        let (Some(place), None | Some(Some(_))) = (all.enter(&()), &own) else {
            metrics::counter!("http_connections_refused_total").increment(1);
            continue;
        };
        // Answers are small; a stream that cannot be told so is slower, not wrong.
        let _ = stream.set_nodelay(true);
        let visit = Visit {
            peer,
            router: router.clone(),
            shutdown: shutdown.clone(),
            patience: limits.patience,
        };
        let (acceptor, open) = (acceptor.clone(), open.subscribe());
        let places = (place, own.flatten());
        tokio::spawn(async move {
            if let Some(wire) = Wire::over(stream, acceptor).await {
                visit.serve(wire, places).await;
            }
            drop(open);
        });
    }
    drop(listener);
    open.closed().await;
    Ok(())
}

/// The places that a connection takes.
type Taken = (Place<()>, Option<Place<IpAddr>>);

/// One connection, from its first request to its last.
struct Visit {
    peer: SocketAddr,
    router: Router,
    shutdown: Shutdown,
    patience: Duration,
}

impl Visit {
    async fn serve(self, wire: Wire, places: Taken) {
        let (router, peer) = (self.router, self.peer);
        let is_h2 = wire.protocol() == Some(tls::HTTP_2);
        if wire.protocol() == Some(tls::CHALLENGE) {
            return; // The certificate was all that was asked for.
        }
        let io = TokioIo::new(Counted {
            wire,
            _places: places,
        });
        let service = service_fn(move |request| answer(router.clone(), peer, is_h2, request));
        let ended = if is_h2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder
                .timer(TokioTimer::new())
                .keep_alive_interval(PING)
                .keep_alive_timeout(PING)
                .max_concurrent_streams(MOST_STREAMS)
                .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX));
            let mut connection = pin!(builder.serve_connection(io, service));
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = self.shutdown.wait() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        } else {
            let mut builder = http1::Builder::new();
            builder
                .timer(TokioTimer::new())
                .header_read_timeout(self.patience)
                .max_buf_size(HEADER_BYTES);
            let connection = builder.serve_connection(io, service).with_upgrades();
            let mut connection = pin!(connection);
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = self.shutdown.wait() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "A connection ended: {error}");
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    is_h2: bool,
    request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    if is_h2 || request.version() == Version::HTTP_2 {
        // HTTP/2 names the host elsewhere; what asks for it looks at the header.
        let host = request.uri().authority().map(|it| it.as_str().to_owned());
        let host = host.and_then(|host| HeaderValue::from_str(&host).ok());
        if let Some(host) = host {
            request.headers_mut().entry(header::HOST).or_insert(host);
        }
    }
    router.oneshot(request).await
}

/// The bytes of a connection, plain or encrypted.
enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    async fn over(stream: TcpStream, acceptor: Option<TlsAcceptor>) -> Option<Self> {
        let Some(acceptor) = acceptor else {
            return Some(Self::Plain(stream));
        };
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Some(Self::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                tracing::debug!(%error, "A handshake failed: {error}");
                metrics::counter!("http_handshakes_failed_total").increment(1);
                None
            }
            Err(_) => {
                metrics::counter!("http_handshakes_failed_total").increment(1);
                None
            }
        }
    }

    fn protocol(&self) -> Option<&[u8]> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol(),
        }
    }
}

/// A connection that holds its places until its last byte, also as a WebSocket.
struct Counted {
    wire: Wire,
    _places: Taken,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Wire::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Wire::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
