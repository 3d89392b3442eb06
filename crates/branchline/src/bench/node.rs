//! Nodes that exist only to push: they seal and sign sales as an edge does, without a till in front.
use anyhow::{Context, bail};
use ed25519_dalek::SigningKey;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;
use wire::{
    batch::{Batch, MAX_EVENTS, PROTOCOL, Reply},
    body::{
        CountLine, Document as _, SaleClosed, SaleLine, ShiftOpened, StockCounted, Tax, Tender,
    },
    event::{Bucket, HEADER_VERSION, Hash, Header, Hlc, Money, Move, Record},
    signature::{NODE_HEADER, SIGNATURE_HEADER, sign},
};

/// Lines on a sale of the benchmark.
pub const LINES: usize = 3;
/// Units of each variant that the first count finds: more than a run can sell.
const ON_THE_SHELF: i64 = 1_000_000;
/// How hard a push is compressed, as at an edge.
const LEVEL: i32 = 3;

/// Who a node is and where it stands.
pub struct Node {
    pub id: Uuid,
    pub key: SigningKey,
    pub location: Uuid,
    pub register: Uuid,
    pub staff: Uuid,
    seq: i64,
    head: Hash,
    hlc: Hlc,
    shift: Uuid,
    now: Timestamp,
}

impl Node {
    /// A node that has recorded nothing yet.
    pub fn new(
        id: Uuid,
        key: SigningKey,
        location: Uuid,
        register: Uuid,
        staff: Uuid,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            key,
            location,
            register,
            staff,
            seq: 0,
            head: Hash::GENESIS,
            hlc: Hlc::default(),
            shift: Uuid::nil(),
            now,
        }
    }

    /// A shift and `sales` sales of three lines, in signed batches as they travel.
    pub fn batches(&mut self, sales: usize, variants: &[Uuid]) -> Vec<Signed> {
        let before = self.head;
        let mut records: Vec<Record> = if self.seq == 0 {
            variants
                .chunks(MAX_EVENTS)
                .map(|some| self.count(some))
                .collect()
        } else {
            Vec::new()
        };
        records.push(self.open_shift());
        records.extend((0..sales).map(|n| self.sell(n, variants)));
        let mut first_seq = self.seq - i64::try_from(records.len()).expect("a count of events") + 1;
        let (mut signed, mut prev) = (Vec::new(), before);
        for events in records.chunks(MAX_EVENTS) {
            signed.push(self.sign(first_seq, prev, events.to_vec()));
            prev = events.last().map_or(prev, |last| last.hash);
            first_seq += i64::try_from(events.len()).expect("at most a batch");
        }
        signed
    }

    fn open_shift(&mut self) -> Record {
        self.shift = self.next_id();
        let body = ShiftOpened {
            shift: self.shift,
            float_minor: 10_000,
        };
        self.seal(
            self.shift,
            ShiftOpened::KIND,
            ShiftOpened::VERSION,
            Vec::new(),
            Vec::new(),
            &body,
        )
    }

    /// The first count of some shelves: sales take rights from it.
    fn count(&mut self, variants: &[Uuid]) -> Record {
        let mut sorted = variants.to_vec();
        sorted.sort_unstable();
        let moves = sorted.iter().map(|variant| Move {
            variant: *variant,
            bucket: Bucket::N,
            quantity: ON_THE_SHELF,
            weak: false,
        });
        let moves: Vec<Move> = moves.collect();
        let lines = sorted.iter().map(|variant| CountLine {
            variant: *variant,
            expected: 0,
            counted: ON_THE_SHELF,
        });
        let body = StockCounted {
            to_count: Vec::new(),
            reason: "opening".to_owned(),
            sale: None,
            lines: lines.collect(),
        };
        let id = self.next_id();
        self.shift = id;
        self.seal(
            id,
            StockCounted::KIND,
            StockCounted::VERSION,
            moves,
            Vec::new(),
            &body,
        )
    }

    fn sell(&mut self, n: usize, variants: &[Uuid]) -> Record {
        let sold: Vec<Uuid> = (0..LINES)
            .map(|line| variants[(n * 31 + line * 7) % variants.len()])
            .collect();
        let lines: Vec<SaleLine> = sold.iter().map(|variant| line(*variant)).collect();
        let total = 150 * i64::try_from(LINES).expect("three");
        let mut moves: Vec<Move> = sold
            .iter()
            .map(|variant| Move {
                variant: *variant,
                bucket: Bucket::N,
                quantity: -1,
                weak: false,
            })
            .collect();
        moves.sort_by_key(|a| a.variant);
        let body = SaleClosed {
            shift: self.shift,
            receipt_number: format!("B-1-{:06}", self.seq),
            lines,
            tenders: vec![Tender {
                kind: "cash".to_owned(),
                amount_minor: total + 50,
                reference: None,
            }],
            subtotal_minor: total,
            discount_minor: 0,
            taxes: vec![Tax {
                rate_bps: 0,
                gross_minor: total,
                tax_minor: 0,
            }],
            total_minor: total,
            change_minor: 50,
            patron: None,
            promotions: None,
        };
        let id = self.next_id();
        let money = vec![Money {
            tender: "cash".to_owned(),
            minor: total,
        }];
        self.seal(
            id,
            SaleClosed::KIND,
            SaleClosed::VERSION,
            moves,
            money,
            &body,
        )
    }

    fn seal(
        &mut self,
        id: Uuid,
        kind: &str,
        ver: u16,
        moves: Vec<Move>,
        money: Vec<Money>,
        body: &impl serde::Serialize,
    ) -> Record {
        self.seq += 1;
        self.now += 1.second();
        self.hlc = self.hlc.tick(self.now.as_millisecond());
        let header = Header {
            v: HEADER_VERSION,
            node: self.id,
            epoch: 1,
            seq: self.seq,
            id,
            kind: kind.to_owned(),
            ver,
            hlc: self.hlc,
            at: self.now,
            clock_behind_ms: 0,
            business_date: self.now.to_zoned(jiff::tz::TimeZone::UTC).date(),
            location: self.location,
            register: Some(self.register),
            staff: Some(self.staff),
            aggregate: self.shift,
            moves,
            claims: Vec::new(),
            money,
            prev: self.head,
            command: None,
            incarnation: None,
        };
        let record = Record::seal(&header, body);
        self.head = record.hash;
        record
    }

    /// Ids that are unique in this run and sorted by their making, like a node's own.
    fn next_id(&self) -> Uuid {
        let ms = u64::try_from(self.now.as_millisecond()).unwrap_or(0);
        let mut tail = [0_u8; 10];
        tail[..6].copy_from_slice(&self.id.as_bytes()[10..]);
        tail[6..].copy_from_slice(&u32::try_from(self.seq).unwrap_or(u32::MAX).to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(ms, &tail).into_uuid()
    }

    fn sign(&self, first_seq: i64, prev: Hash, events: Vec<Record>) -> Signed {
        let batch = Batch {
            proto: PROTOCOL,
            node: self.id,
            epoch: 1,
            boot: Uuid::nil(),
            first_seq,
            head_seq: self.seq,
            r_cursor: 0,
            clock: self.now,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            events,
            prev: Some(prev),
            acked_seq: first_seq - 1,
            incarnation: 1,
        };
        let path = format!("/v1/nodes/{}/events", self.id);
        let plain = serde_json::to_vec(&batch).expect("a batch is plain data");
        let body = zstd::bulk::compress(&plain, LEVEL).expect("memory is enough for a batch");
        let signature = sign(&self.key, "POST", &path, &body);
        Signed {
            node: self.id,
            events: batch.events.len(),
            path,
            signature,
            body,
        }
    }
}

fn line(variant: Uuid) -> SaleLine {
    SaleLine {
        variant,
        quantity: 1,
        unit_price: "1.50".to_owned(),
        price_quantity: 1,
        price_version: 1,
        price_reason: None,
        gross_minor: 150,
        discount_minor: 0,
        promoted_minor: 0,
        gift: false,
        discount_reason: None,
        approved_by: None,
        tax_rate_bps: 0,
        total_minor: 150,
    }
}

/// A push ready to travel, so that the benchmark measures the cloud and not the sealing.
pub struct Signed {
    node: Uuid,
    pub events: usize,
    path: String,
    signature: String,
    body: Vec<u8>,
}

impl Signed {
    /// Sends it until it is acknowledged.
    pub async fn push(&self, http: &reqwest::Client, cloud: &str) -> anyhow::Result<()> {
        const TRIES: u64 = 50;
        for attempt in 0..TRIES {
            let response = http
                .post(format!("{cloud}{}", self.path))
                .header(NODE_HEADER, self.node.to_string())
                .header(SIGNATURE_HEADER, &self.signature)
                .header("content-type", "application/json")
                .header("content-encoding", "zstd")
                .body(self.body.clone())
                .send()
                .await
                .context("the cloud did not answer")?;
            let status = response.status();
            let text = response.text().await?;
            match serde_json::from_str::<Reply>(&text) {
                Ok(Reply::Ack { .. }) => return Ok(()),
                Ok(Reply::Busy { .. }) => {
                    tokio::time::sleep(std::time::Duration::from_millis(10 * attempt)).await;
                }
                Ok(other) => bail!("the cloud answered {other:?}"),
                Err(_) => bail!("the cloud answered {status}: {text}"),
            }
        }
        bail!("the cloud stayed busy")
    }
}
