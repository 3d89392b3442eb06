//! Structured logs: JSON lines for machines, plain ones for a terminal.
use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// What is logged when `BRANCHLINE_LOG` does not say.
const DEFAULT: &str = "info,deadpool=error,tokio_postgres=warn,hyper=warn,refinery_core=warn";

/// Where the lines go.
#[derive(Debug)]
pub enum Sink<'a> {
    /// Standard error: a supervisor collects it.
    Stderr,
    /// A file, so that the screen stays readable.
    File(&'a std::path::Path),
}

/// Starts logging for the process.
///
/// # Errors
/// When the file cannot be opened, or the filter of `BRANCHLINE_LOG` cannot be read.
pub fn init(sink: &Sink<'_>) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(std::env::var("BRANCHLINE_LOG").unwrap_or_else(|_| DEFAULT.to_owned()))
            .context("BRANCHLINE_LOG is no filter")?;
    let registry = tracing_subscriber::registry().with(filter);
    match sink {
        Sink::Stderr if std::io::stderr().is_terminal() => {
            registry
                .with(fmt::layer().with_writer(std::io::stderr))
                .init();
        }
        Sink::Stderr => registry
            .with(fmt::layer().json().with_writer(std::io::stderr))
            .init(),
        Sink::File(path) => {
            let file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .with_context(|| format!("cannot write the log {}", path.display()))?;
            registry.with(fmt::layer().json().with_writer(file)).init();
        }
    }
    Ok(())
}
