//! A buyer: one keep-alive connection that speaks as little HTTP as it takes. On a small machine the client shares the
//! cores with what is measured, so it must cost next to nothing.
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use httpkit::clock::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// Lines of a cart in the benchmark.
pub const LINES: usize = 3;
/// The largest answer.
const LONGEST: usize = 64 << 10;

/// An open connection.
pub struct Buyer {
    stream: TcpStream,
    key: String,
    read: Vec<u8>,
    /// Makes ids and carts.
    state: u64,
}

/// What a buyer was answered.
pub struct Answer {
    pub status: u16,
    pub took: Duration,
}

impl Buyer {
    pub async fn connect(addr: SocketAddr, key: &str, number: u64) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            key: key.to_owned(),
            read: Vec::with_capacity(4 << 10),
            state: number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        })
    }

    /// The next number of this buyer's own sequence (xorshift): the same run for the same seed.
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// A new id, shaped like a client's own.
    pub fn id(&mut self, now_ms: u64) -> Uuid {
        let mut tail = [0; 10];
        tail[..8].copy_from_slice(&self.next().to_be_bytes());
        tail[8..].copy_from_slice(&self.next().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(now_ms, &tail).into_uuid()
    }

    /// Buys one of each: `hot` when there is one, and others at random.
    pub async fn buy(
        &mut self,
        path: &str,
        now_ms: u64,
        hot: Option<Uuid>,
        others: &[Uuid],
    ) -> anyhow::Result<Answer> {
        let mut variants = [Uuid::nil(); LINES];
        for (place, variant) in variants.iter_mut().enumerate() {
            let pick = usize::try_from(self.next() >> 16)? % others.len();
            *variant = match hot {
                Some(hot) if place == 0 => hot,
                _ => others[pick],
            };
        }
        let [one, two, three] = variants;
        let body = format!(
            r#"{{"customer":"","lines":[{{"variant_id":"{one}","quantity":1}},{{"variant_id":"{two}","quantity":1}},{{"variant_id":"{three}","quantity":1}}]}}"#
        );
        let id = self.id(now_ms);
        self.put(&format!("{path}/{id}"), &body).await
    }

    /// Sends a request and reads its answer to the end.
    pub async fn put(&mut self, path: &str, body: &str) -> anyhow::Result<Answer> {
        let request = format!(
            "PUT {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        );
        let watch = Stopwatch::start();
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        loop {
            let got = self.stream.read_buf(&mut self.read).await?;
            ensure!(got > 0, "the server closed the connection");
            ensure!(self.read.len() < LONGEST, "the answer does not end");
            if let Some(status) = complete(&self.read)? {
                return Ok(Answer {
                    status,
                    took: watch.elapsed(),
                });
            }
        }
    }

    /// The last answer, for a message.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.read).into_owned()
    }
}

/// The status, once all of the answer is there.
fn complete(read: &[u8]) -> anyhow::Result<Option<u16>> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&read[..end])?;
    let status = head
        .get(9..12)
        .and_then(|status| status.parse().ok())
        .context("an answer has a status")?;
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .context("an answer says its length")?;
    Ok((read.len() >= end + 4 + length).then_some(status))
}
