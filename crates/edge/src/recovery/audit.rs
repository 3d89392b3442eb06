//! The part of the self-test that runs beside the sales after a start: every record is what was hashed, and the books are
//! what the records say.
use std::time::Duration;

use httpkit::{clock::Stopwatch, shutdown::Shutdown};
use wire::{
    body::{Document as _, NodeRestricted},
    event::{Hash, Record},
};

use super::{lose, tell};
use crate::{
    Shop,
    db::DbError,
    node::{self, Books},
    outbox,
    rights::{Audit, Finding},
};

/// Events of one step.
const STEP: usize = 500;
/// Between two steps: the check is in no hurry, sales are.
const BREATH: Duration = Duration::from_millis(20);
/// What the log says when the books do not fit to it. It restricts nothing.
const BOOKS: &str = "audit";
/// Findings that are told to the office; `branchline doctor` has all of them.
const TOLD: usize = 3;

/// Goes through the whole log beside the sales. A record that is not what was hashed restricts the node: its rights may
/// rest on it. Books that differ from the log are told to the office and restrict nothing (sync.md 2.9).
pub(crate) async fn check_chain(shop: Shop, shutdown: Shutdown) {
    let watch = Stopwatch::start();
    let (mut before, mut audit, mut told) = (Hash::GENESIS, Audit::new(), None);
    loop {
        let from = audit.next();
        let records = match shop.read(move |at| outbox::db::from(at, from, STEP)).await {
            Ok(records) if records.is_empty() => break,
            Ok(records) => records,
            Err(error) => return tracing::error!(%error, "The log could not be checked: {error}"),
        };
        for (seq, record) in (from..).zip(&records) {
            match linked(record, seq, before) {
                Ok(()) => before = record.hash,
                Err(wrong) => return broken(&shop, seq, wrong).await,
            }
            told = cause(record).or(told);
        }
        audit.take(&records);
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(BREATH) => {}
        }
    }
    let events = audit.next() - 1;
    match shop.read(move |at| audit.finish(at)).await {
        Ok(findings) => say(&shop, &findings, told.as_deref() == Some(BOOKS)).await,
        Err(error) => return tracing::error!(%error, "The books could not be checked: {error}"),
    }
    tracing::info!(
        duration_ms = watch.elapsed_ms(),
        "All {events} events are what was recorded"
    );
}

/// What is wrong with a record in its place, if something is.
pub(crate) fn linked(record: &Record, seq: i64, before: Hash) -> Result<(), String> {
    let header = record.open().map_err(|error| error.to_string())?;
    if header.seq != seq {
        return Err(format!("it says that it is number {}", header.seq));
    }
    if header.prev != before {
        return Err("it does not follow the one before it".to_owned());
    }
    Ok(())
}

/// What a record says about the trust in this node, if it does.
fn cause(record: &Record) -> Option<String> {
    let header = record.open().ok()?;
    if header.kind != NodeRestricted::KIND {
        return None;
    }
    let body: NodeRestricted = serde_json::from_str(&record.body).ok()?;
    Some(body.cause)
}

async fn broken(shop: &Shop, seq: i64, wrong: String) {
    tracing::error!(seq, "Event {seq} is not what was recorded: {wrong}");
    let detail = format!("event {seq} of the file is not what was recorded: {wrong}");
    if let Err(error) = lose(shop, detail).await {
        tracing::error!(%error, "The node could not be restricted: {error}");
    }
}

/// Tells the office when the books do not fit to the log, once, and when they do again.
async fn say(shop: &Shop, findings: &[Finding], is_told: bool) {
    for finding in findings {
        tracing::error!(
            code = finding.code,
            "The books do not agree with the log: {}",
            finding.text
        );
    }
    let label = shop
        .node_id()
        .map_or_else(|| "unenrolled".to_owned(), |node| node.to_string());
    let found = f64::from(u32::try_from(findings.len()).unwrap_or(u32::MAX));
    metrics::gauge!("edge_audit_findings", "node" => label).set(found);
    shop.memory.set_books(if findings.is_empty() {
        Books::Agree
    } else {
        Books::Differ
    });
    if findings.is_empty() != is_told {
        return;
    }
    let texts: Vec<&str> = (findings.iter().take(TOLD))
        .map(|finding| finding.text.as_str())
        .collect();
    let (code, detail) = if findings.is_empty() {
        ("trusted", "the books agree with the log again".to_owned())
    } else {
        let detail = format!("{} findings: {}", findings.len(), texts.join("; "));
        (BOOKS, detail)
    };
    if let Err(error) = note(shop, code, detail).await {
        tracing::error!(%error, "The office could not be told: {error}");
    }
}

/// A node that is restricted already has told something worse, which stays its newest word.
async fn note(shop: &Shop, code: &'static str, detail: String) -> Result<(), DbError> {
    let id = shop.new_id::<()>().as_uuid();
    shop.write(move |tx, _| {
        if node::db::state(tx)?.restricted.is_some() {
            return Ok(());
        }
        match node::site(tx)? {
            Ok(mut site) => tell(tx, &mut site, code, &detail, id).map(drop),
            Err(_) => Ok(()),
        }
    })
    .await
}
