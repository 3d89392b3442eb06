//! Who brings prints to printers: one at a time for each printer, with time limits, and with a state on disk for every step.
//!
//! Nothing of a document is sent before the disk says that it is being printed, and what was being sent when something went
//! wrong is never sent again by itself: a person decides, and the next print says that it is a copy.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use httpkit::shutdown::Shutdown;
use paper::{
    Document, Typesetter,
    status::{self, Trouble},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream, lookup_host},
    sync::broadcast::error::RecvError,
    task::JoinHandle,
    time::timeout,
};

use super::{Job, Printer, State, compose, db};
use crate::{
    Shop,
    db::{Change, DbError},
    shop::Live,
};

/// How long a printer has to take a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// How long it has to answer a question that is answered at once.
const ANSWER: Duration = Duration::from_millis(800);
/// How long it has to take the next bytes: a slow one moves its paper meanwhile.
const TAKE: Duration = Duration::from_secs(15);
/// How long it has until a whole document is on paper.
const DONE: Duration = Duration::from_secs(20);
/// How long one that answers nothing keeps the line open while it takes the last bytes.
const LINGER: Duration = Duration::from_secs(2);
/// Bytes that may be on their way, not taken by the printer yet.
const UNDER_WAY: u32 = 4 * 1_024;
/// Bytes sent at a time.
const CHUNK: usize = 1_024;
/// Between two tries at a printer that is not ready.
const AGAIN: Duration = Duration::from_secs(2);
/// The queue is looked at this often, should a message be lost.
const LOOK: Duration = Duration::from_secs(5);

/// Why a print waits or failed, as the till is told.
mod reason {
    pub(super) const OFF: &str = "off";
    pub(super) const SLOW: &str = "slow";
    pub(super) const LOST: &str = "lost";
    pub(super) const GONE: &str = "gone";
    pub(super) const LATE: &str = "late";
}

const fn said(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::CoverOpen => "cover_open",
        Trouble::NoPaper => "no_paper",
        Trouble::Knife => "knife",
        Trouble::Fault => "fault",
    }
}

type Address = (String, u16);

/// Prints until the shutdown.
pub(crate) async fn run(shop: Shop, shutdown: Shutdown) {
    let given_up = shop.write(|tx, _| {
        let rows = db::give_up_interrupted(tx)?;
        if rows > 0 {
            tx.announce(Change::Print);
        }
        Ok::<_, DbError>(rows)
    });
    if let Ok(rows @ 1..) = given_up.await {
        tracing::warn!(
            rows,
            "{rows} prints were interrupted: a person has to look at the paper"
        );
    }
    let mut changes = shop.live.subscribe();
    let typesetter = Arc::new(Mutex::new(None));
    let mut lines: HashMap<Address, JoinHandle<()>> = HashMap::new();
    loop {
        lines.retain(|_, line| !line.is_finished());
        match shop.read(db::wanted).await {
            Ok(wanted) => {
                for address in wanted {
                    lines.entry(address.clone()).or_insert_with(|| {
                        let line = Line {
                            shop: shop.clone(),
                            address,
                            typesetter: Arc::clone(&typesetter),
                            is_mute: false,
                        };
                        tokio::spawn(line.serve(shutdown.clone()))
                    });
                }
            }
            Err(DbError::Stopped) => break,
            Err(error) => tracing::warn!(%error, "The queue of prints cannot be read: {error}"),
        }
        tokio::select! {
            () = shutdown.wait() => break,
            () = news(&mut changes) => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    for line in lines.into_values() {
        if line.await.is_err() {
            tracing::error!("A task that prints had panicked");
        }
    }
}

/// Until something about prints changes.
async fn news(live: &mut tokio::sync::broadcast::Receiver<Live>) {
    loop {
        match live.recv().await {
            Ok(Live::Print) | Err(RecvError::Lagged(_)) => return,
            Ok(Live::Stock(_) | Live::Picks | Live::Catalog | Live::Parked) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// One printer with what waits for it.
struct Line {
    shop: Shop,
    address: Address,
    typesetter: Arc<Mutex<Option<Typesetter>>>,
    /// It has not answered a question: it is not asked again before it was off.
    is_mute: bool,
}

/// How an attempt to send came out.
enum Sent {
    /// It is on paper, as far as anybody can know.
    Printed,
    /// Nothing of it was sent.
    NotReady(&'static str),
    /// It began, and nobody knows where it ended.
    Broken(&'static str),
    /// Somebody has skipped or moved it meanwhile.
    Decided,
}

impl Line {
    async fn serve(mut self, shutdown: Shutdown) {
        let mut live = self.shop.live.subscribe();
        loop {
            if shutdown.is_fired() {
                return;
            }
            match self.one().await {
                Ok(Some(true)) => {}
                Ok(Some(false)) => tokio::select! {
                    () = shutdown.wait() => return,
                    () = tokio::time::sleep(AGAIN) => {}
                },
                Ok(None) => {
                    tokio::select! {
                        () = shutdown.wait() => return,
                        () = news(&mut live) => {}
                    }
                }
                Err(DbError::Stopped) => return,
                Err(error) => {
                    tracing::warn!(%error, "A print could not be moved on: {error}");
                    tokio::select! {
                        () = shutdown.wait() => return,
                        () = tokio::time::sleep(LOOK) => {}
                    }
                }
            }
        }
    }

    /// Prints what is next; `false` when the printer is not ready, none when nothing waits.
    async fn one(&mut self) -> Result<Option<bool>, DbError> {
        let (host, port) = self.address.clone();
        let found = self.shop.read(move |at| {
            let Some((job, printer)) = db::next(at, &host, port)? else {
                return Ok::<_, DbError>(None);
            };
            let document = compose::compose(at, &job, &printer, at.now)?;
            Ok(Some((job, printer, document)))
        });
        let Some((job, printer, document)) = found.await? else {
            return Ok(None);
        };
        let Some(document) = document else {
            self.give_up(&job).await?;
            return Ok(Some(true));
        };
        let Some(bytes) = self.encode(document).await else {
            tracing::error!(job = %job.id, "A print could not be drawn");
            self.give_up(&job).await?;
            return Ok(Some(true));
        };
        match self.send(&job, &printer, &bytes).await? {
            Sent::Printed => {
                self.end(&job, State::Printed, None).await?;
                metrics::counter!("edge_prints_total", "outcome" => "printed").increment(1);
            }
            Sent::Decided => {}
            Sent::NotReady(reason) => {
                let (host, port) = self.address.clone();
                let changed = self.shop.write(move |tx, _| {
                    let changed = db::set_reason(tx, &host, port, reason)?;
                    if changed {
                        tx.announce(Change::Print);
                    }
                    Ok::<_, DbError>(())
                });
                changed.await?;
                return Ok(Some(false));
            }
            Sent::Broken(reason) => {
                tracing::warn!(job = %job.id, reason, "A print did not end well: {reason}");
                self.end(&job, State::Failed, Some(reason)).await?;
                metrics::counter!("edge_prints_total", "outcome" => "failed").increment(1);
            }
        }
        Ok(Some(true))
    }

    /// There is nothing to print any more.
    async fn give_up(&self, job: &Job) -> Result<(), DbError> {
        let (id, what) = (job.id, job.what);
        let work = self.shop.write(move |tx, _| {
            let (state, reason) = match what {
                super::What::Drawer(_) => (State::Skipped, reason::LATE),
                _ => (State::Failed, reason::GONE),
            };
            db::set_state(tx, id, state, Some(reason), false)?;
            tx.announce(Change::Print);
            Ok::<_, DbError>(())
        });
        work.await
    }

    async fn end(&self, job: &Job, state: State, why: Option<&'static str>) -> Result<(), DbError> {
        let id = job.id;
        let work = self.shop.write(move |tx, _| {
            db::set_state(tx, id, state, why, state == State::Failed)?;
            tx.announce(Change::Print);
            Ok::<_, DbError>(())
        });
        work.await
    }

    /// Draws it, beside the tasks that serve tills.
    async fn encode(&self, document: Document) -> Option<Vec<u8>> {
        let typesetter = Arc::clone(&self.typesetter);
        let drawn = tokio::task::spawn_blocking(move || {
            let mut typesetter = typesetter.lock().unwrap_or_else(PoisonError::into_inner);
            paper::encode(&document, typesetter.get_or_insert_with(Typesetter::new))
        });
        drawn.await.ok()
    }

    async fn send(&mut self, job: &Job, printer: &Printer, bytes: &[u8]) -> Result<Sent, DbError> {
        let host = printer.host.as_str();
        let connected = timeout(CONNECT, connect(host, printer.port)).await;
        let Ok(Ok(mut stream)) = connected else {
            // Whoever comes back may be another one.
            self.is_mute = false;
            return Ok(Sent::NotReady(reason::OFF));
        };
        let mut answers = false;
        if !self.is_mute {
            match ask(&mut stream).await {
                Asked::Answered(Some(trouble)) => return Ok(Sent::NotReady(said(trouble))),
                Asked::Answered(None) => answers = true,
                Asked::Mute => self.is_mute = true,
                Asked::Lost => return Ok(Sent::NotReady(reason::OFF)),
            }
        }
        let id = job.id;
        let begun = self.shop.write(move |tx, _| {
            let begun = db::begin(tx, id)?;
            tx.announce(Change::Print);
            Ok::<_, DbError>(begun)
        });
        if !begun.await? {
            return Ok(Sent::Decided);
        }
        for chunk in bytes.chunks(CHUNK) {
            match timeout(TAKE, stream.write_all(chunk)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ok(Sent::Broken(reason::LOST)),
                Err(_) => return Ok(Sent::Broken(reason::SLOW)),
            }
        }
        Ok(if answers {
            wait_until_done(&mut stream).await
        } else {
            hand_over(&mut stream).await
        })
    }
}

/// A line on which little waits that the printer has not taken: what is sent is then what it has, but for a moment.
async fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut failed = std::io::ErrorKind::NotFound.into();
    for address in lookup_host((host, port)).await? {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.set_send_buffer_size(UNDER_WAY)?;
        match socket.connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// What a printer says when it is asked how it is.
enum Asked {
    Answered(Option<Trouble>),
    /// Nothing, or nothing that is an answer: it is printed to without knowing.
    Mute,
    /// It hung up.
    Lost,
}

async fn ask(stream: &mut TcpStream) -> Asked {
    if stream.write_all(&status::ASK).await.is_err() {
        return Asked::Lost;
    }
    let mut answers = [0; status::ANSWERS];
    match timeout(ANSWER, stream.read_exact(&mut answers)).await {
        Ok(Ok(_)) => match status::read(&answers) {
            Ok(trouble) => Asked::Answered(trouble),
            Err(status::Garbage) => Asked::Mute,
        },
        Ok(Err(_)) => Asked::Lost,
        Err(_) => Asked::Mute,
    }
}

/// Waits for the answer to a question that stands behind the document.
async fn wait_until_done(stream: &mut TcpStream) -> Sent {
    if stream.write_all(&status::ASK_DONE).await.is_err() {
        return Sent::Broken(reason::LOST);
    }
    let mut answer = [0];
    match timeout(DONE, stream.read_exact(&mut answer)).await {
        Ok(Ok(_)) if status::is_done(answer[0]) => Sent::Printed,
        Ok(Err(_)) => Sent::Broken(reason::LOST),
        // No answer, or another one: how is it then?
        Ok(Ok(_)) | Err(_) => match ask(stream).await {
            Asked::Answered(None) => Sent::Printed,
            Asked::Answered(Some(trouble)) => Sent::Broken(said(trouble)),
            Asked::Mute => Sent::Broken(reason::SLOW),
            Asked::Lost => Sent::Broken(reason::LOST),
        },
    }
}

/// All bytes have been taken; one that does not talk says no more than that.
async fn hand_over(stream: &mut TcpStream) -> Sent {
    if stream.shutdown().await.is_err() {
        return Sent::Broken(reason::LOST);
    }
    // Until it hangs up, or for a moment: some drop what they have not printed when the line is cut.
    let mut rest = [0; 64];
    let gone = async { while matches!(stream.read(&mut rest).await, Ok(1..)) {} };
    let _ = timeout(LINGER, gone).await;
    Sent::Printed
}
