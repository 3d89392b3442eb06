//! The door of a server: where it listens, with which certificate, and how many may come in.
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, Method, StatusCode, Uri, header, uri::Authority},
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect, Response},
};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::{
    acme,
    clock::Clock,
    metrics::{self, Readers},
    problem::Problem,
    server::{
        LayerOptions, bind,
        connection::{self, Limits},
        layered,
    },
    shutdown::Shutdown,
    tls::{self, Certificates, Files, Pair, TlsError, tell_validity},
};

/// From where the certificate comes.
#[derive(Debug, Clone)]
pub enum Tls {
    /// Files that somebody else keeps.
    Files(Files),
    /// A directory that issues certificates, such as Let's Encrypt.
    Acme(acme::Options),
}

/// How a server's door is set up.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// TLS, if it speaks it itself.
    pub tls: Option<Tls>,
    /// Another address, without TLS, that sends browsers to the one with TLS.
    pub redirect: Option<SocketAddr>,
    /// The host that people type, when it is known.
    pub host: Option<String>,
    /// How many may come in.
    pub limits: Limits,
    /// Who may read the metrics.
    pub metrics: Readers,
}

/// Why a door cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Its certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Its folder for ACME, or the address of the redirection.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The directory's own certificate.
    #[error("the authority {} of the ACME directory cannot be used: {error}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },
}

/// A door that is ready to be opened: its certificate was looked at.
pub struct Door {
    tls: Option<(Tls, Certificates, Arc<ServerConfig>)>,
    redirect: Option<TcpListener>,
    host: Option<String>,
    limits: Limits,
    metrics: Readers,
    clock: Arc<dyn Clock>,
}

impl Door {
    /// Makes it ready.
    ///
    /// # Errors
    /// A certificate that cannot be used, a folder that cannot be made, a taken address.
    pub async fn new(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, DoorError> {
        let certificates = Certificates::default();
        match &options.tls {
            None => {}
            Some(Tls::Files(files)) => {
                let pair = Pair::read(files)?;
                tell_validity(pair.validity(), clock.now());
                tell_host(&pair, options.host.as_deref());
                certificates.show(pair);
            }
            Some(Tls::Acme(acme)) => acme::begin(acme, &certificates)?,
        }
        let tls = options.tls.clone().map(|tls| {
            let config = certificates.config(matches!(tls, Tls::Acme(_)));
            (tls, certificates, config)
        });
        let redirect = match options.redirect {
            Some(at) => Some(bind(at).await?),
            None => None,
        };
        Ok(Self {
            tls,
            redirect,
            host: options.host.clone(),
            limits: options.limits.clone(),
            metrics: options.metrics.clone(),
            clock,
        })
    }

    /// Whether it speaks TLS itself.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// `https` or `http`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.is_tls() { "https" } else { "http" }
    }

    /// Where the redirection listens, if it does.
    #[must_use]
    pub fn redirects_at(&self) -> Option<SocketAddr> {
        self.redirect.as_ref()?.local_addr().ok()
    }

    /// Serves until the shutdown, keeps the certificate fresh, and sends away who comes without TLS.
    ///
    /// # Errors
    /// Those of the listener.
    pub async fn serve(
        self,
        listener: TcpListener,
        router: Router,
        shutdown: Shutdown,
    ) -> io::Result<()> {
        let port = listener.local_addr()?.port();
        let (source, config) = match self.tls {
            Some((tls, certificates, config)) => (Some((tls, certificates)), Some(config)),
            None => (None, None),
        };
        let fresh = async {
            match source {
                Some((Tls::Files(files), certificates)) => {
                    tls::watch(files, certificates, self.clock, shutdown.clone()).await;
                }
                Some((Tls::Acme(options), certificates)) => {
                    acme::keep(options, certificates, self.clock, shutdown.clone()).await;
                }
                None => {}
            }
        };
        let away = async {
            match self.redirect {
                Some(redirect) => {
                    let router = sends_away(self.host, port);
                    let limits = self.limits.clone();
                    connection::serve(redirect, router, shutdown.clone(), None, limits).await
                }
                None => Ok(()),
            }
        };
        let served = connection::serve(
            listener,
            keep_metrics(router, self.metrics),
            shutdown.clone(),
            config,
            self.limits.clone(),
        );
        let (served, away, ()) = tokio::join!(served, away, fresh);
        served.and(away)
    }
}

/// Keeps the metrics from whoever may not read them.
fn keep_metrics(router: Router, readers: Readers) -> Router {
    let refusing = Router::new().fallback(async || metrics::refused().into_response());
    let refusing = layered(refusing, LayerOptions::default());
    router.layer(from_fn(move |request: Request, next: Next| {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let admitted = request.uri().path() != metrics::PATH
            || peer.is_some_and(|peer| readers.admit(peer.0.ip(), request.headers()));
        let refusing = refusing.clone();
        async move {
            if admitted {
                return next.run(request).await;
            }
            let Ok(response) = refusing.oneshot(request).await;
            response
        }
    }))
}

fn tell_host(pair: &Pair, host: Option<&str>) {
    if let Some(host) = host.filter(|host| !pair.is_for(host)) {
        tracing::error!(
            host,
            "The TLS certificate is not for {host}: browsers and edges refuse it there"
        );
    }
}

/// Sends pages to the same address under `https`. Programs are told: what they send without TLS is read on the way, and
/// they would never notice.
fn sends_away(host: Option<String>, port: u16) -> Router {
    let router = Router::new().fallback(move |headers: HeaderMap, request: Request| {
        let is_page = matches!(*request.method(), Method::GET | Method::HEAD)
            && !request.uri().path().starts_with("/v1/");
        let to = target(host.as_deref(), port, &headers, request.uri());
        let to = to.filter(|_| is_page);
        async move { to.map_or_else(refused, |to| Redirect::permanent(&to).into_response()) }
    });
    layered(router, LayerOptions::default())
}

fn refused() -> Response {
    let title = "This address is for https alone";
    Problem::new(StatusCode::FORBIDDEN, "https.required", title).into_response()
}

/// Where a request without TLS should have gone: to the host that is set up, else to the one that it asked for.
fn target(host: Option<&str>, port: u16, headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let asked = || {
        let host = headers.get(header::HOST)?.to_str().ok()?;
        let host: Authority = host.parse().ok()?;
        Some(host.host().to_owned())
    };
    let host = host.map(str::to_owned).or_else(asked)?;
    let port = if port == 443 {
        String::new()
    } else {
        format!(":{port}")
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Some(format!("https://{host}{port}{path}"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};

    use super::target;

    #[test]
    fn people_without_tls_are_sent_to_the_host_that_is_set_up() {
        let check = |host: Option<&str>, asked: &str, port: u16, path: &str, to: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("host", asked.parse().unwrap());
            let uri: Uri = path.parse().unwrap();
            assert_eq!(target(host, port, &headers, &uri).as_deref(), to);
        };
        let office = Some("office.example.com");
        check(
            office,
            "evil.example",
            443,
            "/office?x=1",
            Some("https://office.example.com/office?x=1"),
        );
        check(
            office,
            "evil.example",
            8443,
            "//evil.example/",
            Some("https://office.example.com:8443//evil.example/"),
        );
        check(
            None,
            "10.0.0.7:80",
            8443,
            "/",
            Some("https://10.0.0.7:8443/"),
        );
        check(
            None,
            "user@evil.example",
            443,
            "/",
            Some("https://evil.example/"),
        );
        check(None, "no host", 443, "/", None);
    }
}
