//! A way to PostgreSQL that breaks at a statement: what a cloud process leaves behind that ends in the middle of a
//! request, and what a server does not tell any more.
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};
use tokio_postgres::config::Host;

/// Messages of the frontend that ask the server to do what came before them: `Query` and `Sync`.
const ASKING: [u8; 2] = [b'Q', b'S'];
/// The server has done what was asked.
const READY: u8 = b'Z';
const PORT: u16 = 5432;

/// When the way breaks.
#[derive(Debug)]
struct Cut {
    /// Statements that still pass.
    left: AtomicI64,
    /// The last one is done, and nobody hears of it; else it does not arrive.
    is_done: bool,
    is_over: AtomicBool,
}

/// The way.
pub(crate) struct Proxy {
    folder: PathBuf,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Opens a way to a server in a folder of its own, that breaks after so many statements.
    pub(crate) fn open(
        folder: &Path,
        server: &tokio_postgres::Config,
        statements: i64,
        is_done: bool,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let socket = match server.get_hosts().first() {
            Some(Host::Unix(path)) => path.join(format!(".s.PGSQL.{PORT}")),
            _ => anyhow::bail!("the server is not reached by a socket of this machine"),
        };
        let listener = UnixListener::bind(folder.join(format!(".s.PGSQL.{PORT}")))?;
        let cut = Arc::new(Cut {
            left: AtomicI64::new(statements),
            is_done,
            is_over: AtomicBool::new(false),
        });
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if cut.is_over.load(Ordering::Relaxed) {
                    continue;
                }
                let (socket, cut) = (socket.clone(), Arc::clone(&cut));
                tokio::spawn(async move {
                    // Either end may go at any time: that is what it is for.
                    drop(pass(client, &socket, &cut).await);
                });
            }
        });
        Ok(Self {
            folder: folder.to_owned(),
            task,
        })
    }

    /// How the server is reached by this way.
    pub(crate) fn config(&self, server: &tokio_postgres::Config) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.folder).port(PORT);
        if let Some(user) = server.get_user() {
            config.user(user);
        }
        if let Some(name) = server.get_dbname() {
            config.dbname(name);
        }
        config
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes a connection on until the way breaks.
async fn pass(client: UnixStream, socket: &Path, cut: &Arc<Cut>) -> anyhow::Result<()> {
    let server = UnixStream::connect(socket)
        .await
        .context("reach the server")?;
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let told = tokio::spawn(tell(from_server, to_client, Arc::clone(cut)));
    // The first message has no type.
    let mut asked = message(&mut from_client, false).await?;
    loop {
        to_server.write_all(&asked).await?;
        asked = message(&mut from_client, true).await?;
        if ASKING.contains(&asked[0]) && cut.left.fetch_sub(1, Ordering::Relaxed) <= 0 {
            cut.is_over.store(true, Ordering::Relaxed);
            if cut.is_done {
                to_server.write_all(&asked).await?;
                return told.await?;
            }
            told.abort();
            return Ok(());
        }
    }
}

/// Passes on what the server says, until nobody is to hear it any more.
async fn tell(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    cut: Arc<Cut>,
) -> anyhow::Result<()> {
    loop {
        let told = message(&mut server, true).await?;
        if !cut.is_over.load(Ordering::Relaxed) {
            client.write_all(&told).await?;
        } else if told[0] == READY {
            return Ok(());
        }
    }
}

/// One message, whole.
async fn message(from: &mut OwnedReadHalf, has_type: bool) -> anyhow::Result<Vec<u8>> {
    let head = if has_type { 5 } else { 4 };
    let mut bytes = vec![0; head];
    from.read_exact(&mut bytes).await?;
    let mut length = [0; 4];
    length.copy_from_slice(&bytes[head - 4..]);
    let rest = usize::try_from(u32::from_be_bytes(length))?.saturating_sub(4);
    bytes.resize(head + rest, 0);
    from.read_exact(&mut bytes[head..]).await?;
    Ok(bytes)
}
