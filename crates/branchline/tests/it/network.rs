//! Edge and cloud in network namespaces of their own, with a slow and bad line between them: everything arrives, once.
//!
//! The rate is the kernel's (`tbf`); delay, loss, duplication and reordering are made by a relay of ours, through which
//! both sides' tunnel (VXLAN over UDP) leads, because not every kernel has `netem`. Needs root and `ip`, `tc`, `ethtool`.
use std::{
    net::{SocketAddr, UdpSocket},
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, ensure};
use httpkit::{
    clock::Stopwatch,
    random::{Random, SystemRandom, number},
};

use crate::fleet::{Fleet, Site, Till, free_port};

/// The port of the tunnel.
const TUNNEL: u16 = 4789;
/// Largest packet of a tunnel.
const PACKET: usize = 2_048;
/// How long a reading relay waits before it looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(5);

/// What the line does to packets.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    /// One way.
    delay: Duration,
    /// Of a hundred packets.
    lost: u64,
    /// Of a hundred packets.
    doubled: u64,
    /// Of a hundred packets: held back three times as long.
    late: u64,
    /// Nothing passes.
    dark: bool,
}

/// Two namespaces with a line between them. Both are gone when this is dropped.
struct Network {
    net: u8,
    names: [String; 2],
    line: Arc<Mutex<Line>>,
    stop: Arc<AtomicBool>,
    relays: Vec<JoinHandle<()>>,
}

fn run(command: &str) -> anyhow::Result<()> {
    let words: Vec<&str> = command.split(' ').collect();
    let done = Command::new(words[0]).args(&words[1..]).output()?;
    ensure!(
        done.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(())
}

impl Network {
    /// `net` tells parallel networks apart: 10.`net`.x are its addresses.
    fn new(net: u8) -> anyhow::Result<Self> {
        let names = ["cloud", "shop"].map(|side| format!("bl-{}-{net}-{side}", std::process::id()));
        let network = Self {
            net,
            names,
            line: Arc::default(),
            stop: Arc::default(),
            relays: Vec::new(),
        };
        for (side, name) in network.names.iter().enumerate() {
            let (host, device) = (format!("blh{net}{side}"), format!("bln{net}{side}"));
            run(&format!("ip netns add {name}"))?;
            run(&format!("ip link add {host} type veth peer name {device}"))?;
            run(&format!("ip link set {device} netns {name}"))?;
            run(&format!("ip addr add 10.{net}.{side}.1/24 dev {host}"))?;
            run(&format!("ip link set {host} up"))?;
            let inside = |command: String| run(&format!("ip netns exec {name} {command}"));
            inside("ip link set lo up".to_owned())?;
            inside(format!("ip addr add 10.{net}.{side}.2/24 dev {device}"))?;
            inside(format!("ip link set {device} up"))?;
            inside(format!(
                "ip link add line type vxlan id 7 local 10.{net}.{side}.2 remote 10.{net}.{side}.1 dstport {TUNNEL}"
            ))?;
            inside(format!("ip addr add 10.{net}.9.{}/24 dev line", side + 1))?;
            inside("ip link set line mtu 1400 up".to_owned())?;
            // Packets pass through our hands: they must be whole, with their checksums, and no larger than the line.
            inside("ethtool -K line tx off gso off tso off gro off".to_owned())?;
        }
        network.relayed()
    }

    fn relayed(mut self) -> anyhow::Result<Self> {
        let net = self.net;
        let sockets = [0, 1].map(|side| UdpSocket::bind((format!("10.{net}.{side}.1"), TUNNEL)));
        let [cloud, shop] = sockets;
        let (cloud, shop) = (Arc::new(cloud?), Arc::new(shop?));
        for (from, to, side) in [(&cloud, &shop, 1), (&shop, &cloud, 0)] {
            let target: SocketAddr = format!("10.{net}.{side}.2:{TUNNEL}").parse()?;
            let relay = Relay {
                from: Arc::clone(from),
                to: Arc::clone(to),
                target,
                line: Arc::clone(&self.line),
                stop: Arc::clone(&self.stop),
            };
            self.relays.push(std::thread::spawn(move || relay.run()));
        }
        Ok(self)
    }

    fn set(&self, line: Line) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }

    /// Bits a second in each direction, as `tc` writes them.
    fn set_rate(&self, rate: &str) -> anyhow::Result<()> {
        for name in &self.names {
            run(&format!(
                "ip netns exec {name} tc qdisc replace dev line root tbf rate {rate} burst 8kb latency 4s"
            ))?;
        }
        Ok(())
    }

    /// Where the cloud (0) or the shop (1) runs. The test itself reaches both past the line.
    fn site(&self, side: usize) -> anyhow::Result<Site<'_>> {
        let port = free_port()?;
        Ok(Site {
            prefix: vec!["ip", "netns", "exec", &self.names[side]],
            listen: format!("0.0.0.0:{port}").parse()?,
            reach: format!("10.{}.{side}.2:{port}", self.net).parse()?,
        })
    }

    /// Where the shop finds the cloud: through the line.
    fn cloud_url(&self, fleet: &Fleet) -> String {
        format!("http://10.{}.9.1:{}", self.net, fleet.cloud_addr.port())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for relay in self.relays.drain(..) {
            let _ = relay.join();
        }
        for name in &self.names {
            let _ = run(&format!("ip netns del {name}"));
        }
    }
}

/// One direction of the line.
struct Relay {
    from: Arc<UdpSocket>,
    to: Arc<UdpSocket>,
    target: SocketAddr,
    line: Arc<Mutex<Line>>,
    stop: Arc<AtomicBool>,
}

impl Relay {
    fn run(&self) {
        let random = SystemRandom;
        let watch = Stopwatch::start();
        let mut held: Vec<(Duration, Vec<u8>)> = Vec::new();
        let mut packet = [0; PACKET];
        if self.from.set_read_timeout(Some(LOOK)).is_err() {
            return;
        }
        while !self.stop.load(Ordering::Relaxed) {
            if let Ok((length, _)) = self.from.recv_from(&mut packet) {
                let line = *self.line.lock().unwrap_or_else(PoisonError::into_inner);
                for delay in fate(&random, line) {
                    held.push((watch.elapsed() + delay, packet[..length].to_vec()));
                }
            }
            let now = watch.elapsed();
            held.retain(|(due, bytes)| {
                let is_due = *due <= now;
                if is_due {
                    // A full buffer loses a packet: so do lines.
                    let _ = self.to.send_to(bytes, self.target);
                }
                !is_due
            });
        }
    }
}

/// When the copies of a packet leave.
fn fate(random: &dyn Random, line: Line) -> Vec<Duration> {
    let happens = |of_hundred: u64| number(random) % 100 < of_hundred;
    if line.dark || happens(line.lost) {
        return Vec::new();
    }
    let first = if happens(line.late) {
        line.delay * 3 + Duration::from_millis(20)
    } else {
        line.delay
    };
    if happens(line.doubled) {
        vec![first, line.delay + Duration::from_millis(5)]
    } else {
        vec![first]
    }
}

/// A fleet of one shop behind a line, its tills signed in.
async fn behind_a_line(net: u8, tills: u128) -> anyhow::Result<(Network, Fleet, Vec<Arc<Till>>)> {
    let network = Network::new(net)?;
    let mut fleet = Fleet::start(&network.site(0)?).await?;
    let url = network.cloud_url(&fleet);
    fleet.add_shop(&network.site(1)?, &url).await?;
    let shop = fleet.shops.first().context("one shop")?;
    let mut signed_in = Vec::new();
    for number in 0..tills {
        let till = Till::new(Arc::clone(shop), number)?;
        till.sign_in().await?;
        signed_in.push(Arc::new(till));
    }
    Ok((network, fleet, signed_in))
}

/// Sells at all tills, so many at each.
async fn sell(tills: &[Arc<Till>], most: usize) -> anyhow::Result<()> {
    let selling: Vec<_> = tills
        .iter()
        .map(|till| {
            let till = Arc::clone(till);
            tokio::spawn(async move { till.sell(&AtomicBool::new(false), most).await })
        })
        .collect();
    for till in selling {
        till.await??;
    }
    Ok(())
}

/// Namespaces need root; whoever runs the tests as somebody else is told what was left out.
fn may_make_networks() -> bool {
    let id = Command::new("id").arg("-u").output();
    let is_root = id.is_ok_and(|id| id.stdout.starts_with(b"0"));
    if !is_root {
        println!("left out: network namespaces need root");
    }
    is_root
}

fn milliseconds(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_arrives_once_over_bad_lines() -> anyhow::Result<()> {
    if !may_make_networks() {
        return Ok(());
    }
    let (network, fleet, tills) = behind_a_line(77, 2).await?;
    let bad = Line {
        delay: milliseconds(40),
        lost: 30,
        doubled: 10,
        late: 25,
        dark: false,
    };
    let slow = Line {
        delay: milliseconds(2_000),
        ..Line::default()
    };
    for (name, line, rate, sales) in [
        ("2 s each way", slow, "100mbit", 20),
        ("30 % lost, 10 % doubled, 25 % late", bad, "100mbit", 30),
        ("64 kbit/s", Line::default(), "64kbit", 150),
    ] {
        let watch = Stopwatch::start();
        network.set(line);
        network.set_rate(rate)?;
        sell(&tills, sales).await?;
        fleet.settle(Duration::from_mins(3)).await?;
        println!("{name}: all there after {} s", watch.elapsed().as_secs());
    }
    network.set_rate("100mbit")?;
    // A line that comes and goes, under sale.
    let flapping = async {
        for turn in 0..24 {
            network.set(Line {
                dark: turn % 2 == 0,
                ..Line::default()
            });
            tokio::time::sleep(milliseconds(500)).await;
        }
        network.set(Line::default());
        anyhow::Ok(())
    };
    let (flapped, sold) = tokio::join!(flapping, sell(&tills, 400));
    flapped?;
    sold?;
    fleet.settle(Duration::from_mins(2)).await?;
    // A day in the dark: a shop's whole trade of a day, then the line comes back.
    network.set(Line {
        dark: true,
        ..Line::default()
    });
    let before = fleet.applied(0).await?;
    sell(&tills, 500).await?;
    ensure!(fleet.applied(0).await? == before, "the line was not dark");
    network.set(Line::default());
    fleet.settle(Duration::from_mins(2)).await?;
    let sales = fleet.check_sales().await?;
    println!("{sales} sales over bad lines: none lost, none doubled");
    assert_eq!(sales, 2 * (20 + 30 + 150 + 400 + 500));
    Ok(())
}

/// `BRANCHLINE_BACKLOG` says how many events, 3,000 by default; 30,000 are a month of a busy shop.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backlog_catches_up_at_a_megabit() -> anyhow::Result<()> {
    if !may_make_networks() {
        return Ok(());
    }
    let events: usize = std::env::var("BRANCHLINE_BACKLOG")
        .ok()
        .and_then(|events| events.parse().ok())
        .unwrap_or(3_000);
    let (network, fleet, tills) = behind_a_line(78, 4).await?;
    network.set_rate("1mbit")?;
    network.set(Line {
        dark: true,
        ..Line::default()
    });
    // The first sales of the day also find what the book has not, so there are some more events than sales.
    while fleet.shops[0].last_seq()? < i64::try_from(events)? {
        sell(&tills, 250.min(events / 4)).await?;
    }
    let recorded = fleet.shops[0].last_seq()?;
    let watch = Stopwatch::start();
    network.set(Line {
        delay: milliseconds(20),
        ..Line::default()
    });
    fleet.settle(Duration::from_mins(5)).await?;
    let seconds = watch.elapsed().as_secs();
    let sales = fleet.check_sales().await?;
    println!("{recorded} events ({sales} sales) at 1 Mbit/s: {seconds} s, none lost, none doubled");
    Ok(())
}
