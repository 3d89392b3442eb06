//! What must be true after every step, read from the tables of both sides.
use retail::{quantity::Quantity, rights::Ledgers};
use wire::event::Bucket;

use super::{
    audit::{self, Books, Entry},
    ids::{VARIANTS, variant_of},
    world::World,
};

/// What travels of one variant at one location.
#[derive(Debug, Default, Clone, Copy)]
struct Transit {
    returning: i64,
    credited: i64,
    picked: i64,
}

impl World {
    /// The events that a machine has written since somebody looked.
    pub(crate) fn recorded(&mut self, machine: usize) -> anyhow::Result<()> {
        let process = self.machines[machine].process.as_ref();
        let Some(place) = process.and_then(|process| process.shop.place()) else {
            return Ok(());
        };
        let (epoch, seen) = self.noted.get(&machine).copied().unwrap_or_default();
        let after = if epoch == place.epoch { seen } else { 0 };
        if after == place.seq && epoch == place.epoch {
            return Ok(());
        }
        self.noted.insert(machine, (place.epoch, place.seq));
        if after > place.seq {
            return Ok(());
        }
        for entry in audit::log(&self.machines[machine].folder, after)? {
            self.take_note(machine, &entry);
        }
        Ok(())
    }

    fn take_note(&mut self, machine: usize, entry: &Entry) {
        let Some(header) = &entry.header else {
            self.note(entry.seq.unsigned_abs());
            return;
        };
        self.coverage.taken(&format!("event {}", header.kind));
        let facts = (
            header.epoch,
            header.seq,
            header.id,
            &header.kind,
            &header.moves,
            &header.claims,
            &header.money,
            header.command,
        );
        let facts = format!("{facts:?}");
        self.note_bytes(facts.as_bytes());
        self.say(|| {
            let moves: Vec<String> = header
                .moves
                .iter()
                .map(|one| {
                    let variant = variant_of(one.variant).unwrap_or(usize::MAX);
                    format!("{variant}:{:?}{:+}", one.bucket, one.quantity)
                })
                .collect();
            let (epoch, seq, kind) = (header.epoch, header.seq, &header.kind);
            format!(
                "  machine {machine} writes {epoch}.{seq} {kind} {}",
                moves.join(" ")
            )
        });
    }

    /// The rules, at every shop.
    pub(crate) async fn check(&mut self) -> anyhow::Result<()> {
        self.look().await?;
        for place in 0..self.sites.len() {
            let books = self.shown(place)?;
            if let Some(books) = &books {
                self.comes_back(place)?;
                self.unpack(place, books);
            }
            self.check_place(place, books.as_ref())?;
        }
        Ok(())
    }

    /// What the file of the machine in service says, where it can be read.
    fn shown(&self, place: usize) -> anyhow::Result<Option<Books>> {
        let machine = &self.machines[self.serves(place)];
        if machine.destroyed || machine.damaged {
            return Ok(None);
        }
        audit::books(&machine.folder).map(Some)
    }

    fn check_place(&self, place: usize, books: Option<&Books>) -> anyhow::Result<()> {
        let site = &self.sites[place];
        if site.shelf.iter().any(|units| *units < 0) {
            return self.broken("shelf", format!("shop {place} has {:?}", site.shelf));
        }
        let spot = &self.spots[place];
        if spot.unaccounted != 0 {
            let lost = spot.unaccounted;
            return self.broken(
                "stages",
                format!("{place}: {lost} accepted events are nowhere"),
            );
        }
        if spot
            .rights
            .iter()
            .zip(spot.promised)
            .any(|(of, sum)| of.promised.base_units() != sum)
        {
            let (said, sum) = (&spot.rights, spot.promised);
            return self.broken(
                "promises",
                format!("{place}: {sum:?} are promised, the accounts say {said:?}"),
            );
        }
        let Some(books) = books.filter(|books| books.keeps_bound()) else {
            return Ok(());
        };
        if site.truth.is_some() || site.forked {
            return Ok(());
        }
        let is_open = spot.status == "active"
            && spot.epoch == books.epoch
            && !spot.frozen
            && self.silent.is_none();
        let fresh = if is_open && books.last_seq > spot.last_seq {
            audit::log(&self.machines[site.machine].folder, spot.last_seq)?
        } else {
            Vec::new()
        };
        for variant in 0..VARIANTS {
            let units = site.shelf[variant] + self.slack(place, variant, books);
            let account = books.accounts[variant];
            if account.shelf().base_units() > units {
                return self.broken(
                    "oversold",
                    format!("{place}/{variant}: {account:?} over {units} units"),
                );
            }
            if !is_open {
                continue;
            }
            let transit = transit(&fresh, variant);
            let ledgers = Ledgers {
                node: account,
                cloud: spot.rights[variant],
                returning: Quantity::new(transit.returning),
                credited: Quantity::new(transit.credited),
                picked: Quantity::new(transit.picked),
                shelf: Some(Quantity::new(units)),
            };
            if let Err(error) = ledgers.check() {
                return self.broken("safety", format!("{place}/{variant}: {error}; {ledgers:?}"));
            }
        }
        Ok(())
    }

    /// Everything has come to rest: what is still on its way, as words; none when nothing is.
    pub(crate) fn unrest(&self, place: usize, books: &Books) -> Option<String> {
        let spot = &self.spots[place];
        let rest = books.acked == books.last_seq
            && spot.last_seq == books.last_seq
            && (books.incarnation, books.cursor) == (spot.incarnation, spot.sent)
            && spot.epoch == books.epoch
            && spot.status == "active"
            && !spot.frozen
            && books.cause.is_none()
            && !books.behind
            && books.past == 0;
        let granting = spot.rights.iter().any(|of| of.granting > Quantity::ZERO);
        let owing = books.accounts.iter().any(|of| of.debt > Quantity::ZERO);
        let waits = self.sites[place]
            .tills
            .iter()
            .any(|till| till.pending.is_some());
        if rest && !granting && !owing && !waits && spot.open == 0 && spot.salvage == 0 {
            return None;
        }
        Some(format!(
            "shop {place}: machine at {}.{} acked {}, cursor {} in {}, {:?}, behind {}, past {}; cloud at {}.{} {} \
             frozen {} rebased {}, sent {} in {}, open {}, salvage {}; {:?}; {:?}; waits {waits}",
            books.epoch,
            books.last_seq,
            books.acked,
            books.cursor,
            books.incarnation,
            books.cause,
            books.behind,
            books.past,
            spot.epoch,
            spot.last_seq,
            spot.status,
            spot.frozen,
            spot.rebased,
            spot.sent,
            spot.incarnation,
            spot.open,
            spot.salvage,
            spot.rights,
            books.accounts,
        ))
    }

    /// What must be true when everything has come to rest.
    pub(crate) async fn check_rest(&self) -> anyhow::Result<()> {
        for place in 0..self.sites.len() {
            let books = self.books(self.serves(place))?;
            if let Some(unrest) = self.unrest(place, &books) {
                return self.broken("liveness", unrest);
            }
            for variant in 0..VARIANTS {
                let mut node = books.accounts[variant];
                // How strong the evidence is is the node's own affair.
                node.exportable = Quantity::ZERO;
                let mirror = self.spots[place].mirror[variant];
                if mirror != node {
                    return self
                        .broken("mirror", format!("{place}/{variant}: {mirror:?}, {node:?}"));
                }
            }
        }
        self.check_files().await?;
        self.check_receipts().await?;
        self.check_money().await?;
        self.check_numbers()
    }

    /// Every file that can be read is the fold of its log, and the log is a chain.
    async fn check_files(&self) -> anyhow::Result<()> {
        for (number, machine) in self.machines.iter().enumerate() {
            let Some(process) = machine.process.as_ref().filter(|_| !machine.doubtful) else {
                continue;
            };
            let findings = edge::rights::audit(&process.shop).await?;
            if !findings.is_empty() {
                return self.broken("fold", format!("machine {number}: {findings:?}"));
            }
        }
        Ok(())
    }

    /// Each receipt in a customer's hand is at the cloud, once, with its total and its tender.
    async fn check_receipts(&self) -> anyhow::Result<()> {
        const SALES: &str = "
            select s.id, s.receipt_number, s.total_minor,
                   (select sum(t.amount_minor)::bigint from tender t
                     where t.location_id = s.location_id and t.business_date = s.business_date and t.sale_id = s.id)
              from sale s";
        let mut sales = std::collections::BTreeMap::new();
        for row in self.head.sql()?.query(SALES, &[]).await? {
            let (id, number): (uuid::Uuid, String) = (row.get(0), row.get(1));
            let (total, paid): (i64, Option<i64>) = (row.get(2), row.get(3));
            sales
                .entry(id)
                .or_insert_with(Vec::new)
                .push((number, total, paid));
        }
        for (id, receipt) in &self.receipts {
            let told = (receipt.number.clone(), receipt.total, Some(receipt.total));
            let lost = receipt.lost
                || self.rotten.contains(id)
                || self.machines[receipt.machine].destroyed;
            match sales.get(id).map(Vec::as_slice) {
                Some([only]) if *only == told => {}
                None if lost => {}
                there => {
                    let rule = if there.is_none() { "lost" } else { "receipt" };
                    return self.broken(
                        rule,
                        format!(
                            "sale {id} of shop {}: {told:?} is there as {there:?}",
                            receipt.place
                        ),
                    );
                }
            }
        }
        Ok(())
    }

    /// The figures of the days are the sums of the sales.
    async fn check_money(&self) -> anyhow::Result<()> {
        const SUMS: &str = "
            select (select coalesce(sum(total_minor), 0)::bigint from sale),
                   (select coalesce(sum(amount_minor), 0)::bigint from tender),
                   (select coalesce(sum(change_minor), 0)::bigint from sale)";
        let row = self.head.sql()?.query_one(SUMS, &[]).await?;
        let (sales, paid, change): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        if sales != paid - change {
            return self.broken(
                "money",
                format!("sales of {sales}, money of {paid} less {change}"),
            );
        }
        Ok(())
    }

    /// Receipt numbers have no hole within a register and an epoch.
    fn check_numbers(&self) -> anyhow::Result<()> {
        for (number, machine) in self.machines.iter().enumerate() {
            if machine.destroyed || machine.damaged {
                continue;
            }
            let mut last = std::collections::BTreeMap::<(String, i64), i64>::new();
            for entry in audit::log(&machine.folder, 0)? {
                let Some(header) = entry.header.filter(|header| header.kind == "sale.closed")
                else {
                    continue;
                };
                let body: serde_json::Value =
                    serde_json::from_str(&entry.record.body).unwrap_or_default();
                let Some((series, count)) = body["receipt_number"].as_str().and_then(parted) else {
                    continue;
                };
                let before = last.insert((series.clone(), header.epoch), count);
                if before.is_some_and(|before| before + 1 != count) {
                    return self.broken(
                        "numbers",
                        format!("machine {number}: {series} has {count} after {before:?}"),
                    );
                }
            }
        }
        Ok(())
    }
}

/// A receipt number as its series and its count.
fn parted(number: &str) -> Option<(String, i64)> {
    let (series, count) = number.rsplit_once('-')?;
    Some((series.to_owned(), count.parse().ok()?))
}

fn transit(fresh: &[Entry], variant: usize) -> Transit {
    let mut transit = Transit::default();
    for header in fresh.iter().filter_map(|entry| entry.header.as_ref()) {
        let claims: i64 = header
            .moves
            .iter()
            .filter(|one| one.bucket == Bucket::C && variant_of(one.variant) == Some(variant))
            .map(|one| one.quantity)
            .sum();
        if claims == 0 || header.kind == "epoch.opened" {
            continue;
        }
        if claims > 0 {
            transit.returning += claims;
        } else if header.claims.is_empty() {
            transit.credited -= claims;
        } else {
            transit.picked -= claims;
        }
    }
    transit
}
