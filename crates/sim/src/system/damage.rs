//! Records that are not what they should be: a byte that has changed on a disk, and events that another version of the
//! program has written.
use anyhow::Context as _;
use jiff::{Timestamp, tz::TimeZone};
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;
use wire::{
    body::{ClockConfirmed, Document as _},
    event::{HEADER_VERSION, Hash, Header, Hlc, Record, hash},
};

use super::{audit, ids::location_id, world::World};
use crate::{protocol::fault::Fault, world::LOGIN, world::PIN};

/// A version that nobody has written yet.
const FUTURE: u16 = 99;
/// Events whose byte changes. Without its shift no sale can be applied.
const ROTTING: [&str; 4] = [
    "sale.closed",
    "purchase.recorded",
    "stock.counted",
    "rights.returned",
];

/// Where a node's log ends, as its next record needs it.
struct End {
    node: Uuid,
    epoch: i64,
    seq: i64,
    head: Hash,
    hlc: Hlc,
}

impl World {
    /// A byte of a stored record changes while nobody looks.
    pub(crate) async fn rots(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        if self.machines[machine].destroyed || self.machines[machine].damaged {
            return Ok(());
        }
        let log = audit::log(&self.machines[machine].folder, 0)?;
        let entries: Vec<_> = log
            .iter()
            .filter_map(|entry| Some((entry, entry.header.as_ref()?)))
            .filter(|(_, header)| ROTTING.contains(&header.kind.as_str()))
            .collect();
        let Some((entry, header)) = self.rng.pick(&entries).copied() else {
            return Ok(());
        };
        if !self.strikes(Fault::BitRot, 500) {
            return Ok(());
        }
        self.machines[machine].stop().await;
        let file = self.machines[machine].folder.join("shop.db");
        let mut bytes = std::fs::read(&file)?;
        let body = entry.record.body.as_bytes();
        let Some(at) = bytes.windows(body.len()).position(|part| part == body) else {
            return self.boot(place, machine).await;
        };
        bytes[at + body.len() / 2] ^= 1;
        std::fs::write(&file, bytes)?;
        self.rotten.insert(header.id);
        let seq = entry.seq;
        self.say(|| format!("shop {place}: event {seq} of machine {machine} rots"));
        // The newest record is looked at before anything else: then the file does not open.
        self.machines[machine].damaged = true;
        self.machines[machine].doubtful = true;
        self.boot(place, machine).await?;
        let Some(process) = &self.machines[machine].process else {
            self.sites[place].given_up = true;
            return Ok(());
        };
        edge::check(&process.shop).await;
        self.machines[machine].damaged = false;
        self.recorded(machine)
    }

    /// Another version of the program has written an event.
    pub(crate) async fn strange_record(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        let books = self.books(machine)?;
        let runs = self.machines[machine].process.is_some();
        if !runs || books.cause.is_some() || books.behind || self.sites[place].forked {
            return Ok(());
        }
        let fault = match self.rng.below(3) {
            0 => Fault::PoisonBody,
            1 => Fault::UnknownVersion,
            _ => Fault::UnreadableHeader,
        };
        if !self.strikes(fault, 1_000) {
            return Ok(());
        }
        let (id, now) = (self.id(), self.now);
        self.machines[machine].stop().await;
        let file = Connection::open(self.machines[machine].folder.join("shop.db"))?;
        let end = end(&file)?;
        let record = strange(fault, &end, id, place, now)?;
        file.execute(
            "insert into outbox (seq, event_id, prev, hlc_ms, hlc_n, header, body, hash)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                end.seq + 1,
                id.into_bytes(),
                end.head.0,
                end.hlc.ms,
                end.hlc.n + 1,
                &record.header,
                &record.body,
                record.hash.0,
            ),
        )?;
        file.close().map_err(|(_, error)| error)?;
        self.machines[machine].doubtful |= fault == Fault::UnreadableHeader;
        self.boot(place, machine).await
    }

    /// People put right what can be put right: the bodies that nobody could read.
    pub(crate) async fn corrections(&mut self) -> anyhow::Result<()> {
        const HELD: &str =
            "select node_id, epoch, seq from held_event where reason = 'body.unreadable'";
        let held = self.head.sql()?.query(HELD, &[]).await?;
        if held.is_empty() {
            return Ok(());
        }
        let login = json!({ "email": LOGIN.0, "password": PIN });
        let welcome = self.head.ask("POST", "/v1/session", "", &login).await?;
        let cookie = welcome
            .headers
            .get("set-cookie")
            .context("the office lets people in")?;
        let cookie = cookie
            .to_str()?
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        for row in held {
            let (node, epoch, seq): (Uuid, i64, i64) = (row.get(0), row.get(1), row.get(2));
            let path = format!("/v1/held-events/{node}/{epoch}/{seq}/correction");
            let body = json!({ "at": "2026-11-22T10:00:00Z", "offset_ms": 0 }).to_string();
            let id = self.id();
            let corrected = json!({ "id": id, "body": body, "reason": "read from the paper" });
            let reply = self.head.ask_as(&cookie, "PUT", &path, &corrected).await?;
            if !reply.is_success() {
                let text = String::from_utf8_lossy(&reply.body).into_owned();
                return self.broken("correction", text);
            }
            self.coverage.taken("corrected");
        }
        Ok(())
    }
}

fn end(file: &Connection) -> anyhow::Result<End> {
    Ok(file.query_row(
        "select node, epoch, last_seq, head, hlc_ms, hlc_n from node_state",
        [],
        |row| {
            Ok(End {
                node: Uuid::from_bytes(row.get(0)?),
                epoch: row.get(1)?,
                seq: row.get(2)?,
                head: Hash(row.get(3)?),
                hlc: Hlc {
                    ms: row.get(4)?,
                    n: row.get(5)?,
                },
            })
        },
    )?)
}

/// A record that the cloud of today cannot read, in one way or another.
fn strange(fault: Fault, end: &End, id: Uuid, place: usize, now: i64) -> anyhow::Result<Record> {
    let at = Timestamp::from_millisecond(now)?;
    let header = Header {
        v: HEADER_VERSION,
        node: end.node,
        epoch: end.epoch,
        seq: end.seq + 1,
        id,
        kind: ClockConfirmed::KIND.to_owned(),
        ver: if fault == Fault::UnknownVersion {
            FUTURE
        } else {
            ClockConfirmed::VERSION
        },
        hlc: Hlc {
            ms: end.hlc.ms,
            n: end.hlc.n + 1,
        },
        at,
        clock_behind_ms: 0,
        business_date: at.to_zoned(TimeZone::UTC).date(),
        location: location_id(place),
        register: None,
        staff: None,
        aggregate: id,
        moves: Vec::new(),
        claims: Vec::new(),
        money: Vec::new(),
        command: None,
        incarnation: None,
        prev: end.head,
    };
    let header = if fault == Fault::UnreadableHeader {
        format!(
            "{{\"v\":{FUTURE},\"seq\":{},\"prev\":\"{}\"}}",
            header.seq, header.prev
        )
    } else {
        serde_json::to_string(&header)?
    };
    let body = match fault {
        Fault::PoisonBody => "{\"at\":".to_owned(),
        _ => json!({ "at": at, "offset_ms": 0 }).to_string(),
    };
    let hash = hash(&header, &body);
    Ok(Record { header, body, hash })
}
