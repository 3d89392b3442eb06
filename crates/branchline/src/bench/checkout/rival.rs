//! The references: the same checkout behind the same HTTP stack, priced and sourced by the same rules, written into
//! copies of the same tables without triggers. Once statement by statement with `select … for update`, once by one
//! call of an SQL function. They know no borrowing, no live messages and no ledger of rights: less work, not more.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    routing::put,
};
use cloud::order::{OrderLine, Placed, Promise};
use httpkit::{Parts, extract::Body, problem::Problem, random::uuid_v7};
use jiff::{SignedDuration, Timestamp};
use retail::{
    catalog::VariantId,
    currency::Currency,
    location::LocationId,
    order::{Cart, Line, Offer, Part, PlaceError, Row, allocate, price},
    quantity::Quantity,
    sale::Priced,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{Client, NoTls, Statement, Transaction};
use uuid::Uuid;

/// As many as the cloud has.
const CONNECTIONS: usize = 16;
const HOLD: SignedDuration = SignedDuration::from_mins(15);

/// What the references share.
pub struct Rival {
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
    offers: HashMap<VariantId, Offer>,
    key_hash: [u8; 32],
    channel: Uuid,
    parts: Parts,
    currency: Currency,
}

struct Connection {
    client: Client,
    prepared: Prepared,
}

struct Prepared {
    known: Statement,
    lock: Statement,
    order: Statement,
    line: Statement,
    promise: Statement,
    take: Statement,
    outbox: Statement,
    function: Statement,
}

/// The tables, with their indexes and checks, and the function.
pub const TABLES: &str = "
    create schema bare;
    create table bare.cloud_rights (like public.cloud_rights including all) with (fillfactor = 50);
    create table bare.online_order (like public.online_order including all);
    create table bare.online_order_line (like public.online_order_line including all);
    create table bare.reservation (like public.reservation including all);
    create table bare.order_outbox (like public.order_outbox including all);
    insert into bare.cloud_rights select * from public.cloud_rights;
    create function bare.checkout(
      p_id uuid, p_channel uuid, p_by text, p_hash bytea, p_total bigint, p_tax bigint, p_now timestamptz, p_hold timestamptz,
      p_variants uuid[], p_quantities bigint[], p_prices numeric[], p_per bigint[], p_versions bigint[], p_rates bigint[],
      p_totals bigint[], p_promises uuid[]
    ) returns table (number text, location_id uuid) language plpgsql as $$
    declare
      v_number text;
      v_place  uuid;
      v_short  boolean;
    begin
      if exists (select 1 from bare.online_order o where o.id = p_id) then
        return query select o.number, r.location_id from bare.online_order o join bare.reservation r on r.order_id = o.id
                      where o.id = p_id limit 1;
        return;
      end if;
      perform 1 from bare.cloud_rights r where r.resource_id = any (p_variants)
        order by r.resource_id, r.location_id for update;
      select w.location_id into v_place
        from (select r.location_id, bool_and(r.available >= n.quantity) as fits, count(*) as found
                from (select v, sum(q) as quantity from unnest(p_variants, p_quantities) as g (v, q) group by v) n
                join bare.cloud_rights r on r.resource_id = n.v group by r.location_id) w
       where w.fits and w.found = (select count(distinct v) from unnest(p_variants) v)
       order by w.location_id limit 1;
      if v_place is null then
        return;
      end if;
      insert into bare.online_order (id, channel_id, placed_by, number, state, total_minor, tax_minor, request_hash,
                                     placed_at, hold_until)
      values (p_id, p_channel, p_by, 'W' || lpad(nextval('public.order_number')::text, 6, '0'), 'held', p_total, p_tax,
              p_hash, p_now, p_hold)
      returning online_order.number into v_number;
      insert into bare.online_order_line (order_id, line, variant_id, quantity, unit_price, price_quantity, price_version,
                                          tax_rate_bps, total_minor)
      select p_id, ord - 1, v, q, p, per, ver, rate, total
        from unnest(p_variants, p_quantities, p_prices, p_per, p_versions, p_rates, p_totals)
               with ordinality as g (v, q, p, per, ver, rate, total, ord);
      insert into bare.reservation (id, order_id, line, location_id, variant_id, quantity, state, changed_at)
      select id, p_id, ord - 1, v_place, v, q, 'held', p_now
        from unnest(p_promises, p_variants, p_quantities) with ordinality as g (id, v, q, ord);
      update bare.cloud_rights r set available = r.available - n.quantity, promised = r.promised + n.quantity
        from (select v, sum(q)::bigint as quantity from unnest(p_variants, p_quantities) as g (v, q) group by v) n
       where r.resource_id = n.v and r.location_id = v_place;
      insert into bare.order_outbox (order_id, kind, payload, at)
      values (p_id, 'placed', jsonb_build_object('state', 'held', 'number', v_number, 'total_minor', p_total), p_now);
      return query select v_number, v_place;
    end $$;";

impl Prepared {
    async fn new(client: &Client) -> anyhow::Result<Self> {
        Ok(Self {
            known: client
                .prepare("select request_hash from bare.online_order where id = $1")
                .await?,
            lock: client
                .prepare(
                    "select resource_id, location_id, available from bare.cloud_rights where resource_id = $1
                      order by location_id for update",
                )
                .await?,
            order: client
                .prepare(
                    "insert into bare.online_order (id, channel_id, placed_by, number, state, total_minor, tax_minor,
                                                    request_hash, placed_at, hold_until)
                     values ($1, $2, $3, 'W' || lpad(nextval('public.order_number')::text, 6, '0'), 'held', $4, $5, $6, $7, $8)
                     returning number",
                )
                .await?,
            line: client
                .prepare(
                    "insert into bare.online_order_line (order_id, line, variant_id, quantity, unit_price, price_quantity,
                                                         price_version, tax_rate_bps, total_minor)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .await?,
            promise: client
                .prepare(
                    "insert into bare.reservation (id, order_id, line, location_id, variant_id, quantity, state, changed_at)
                     values ($1, $2, $3, $4, $5, $6, 'held', $7)",
                )
                .await?,
            take: client
                .prepare(
                    "update bare.cloud_rights set available = available - $3, promised = promised + $3
                      where resource_id = $1 and location_id = $2",
                )
                .await?,
            outbox: client
                .prepare("insert into bare.order_outbox (order_id, kind, payload, at) values ($1, 'placed', $2, $3)")
                .await?,
            function: client
                .prepare(
                    "select number, location_id from bare.checkout($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                                                                   $14, $15, $16)",
                )
                .await?,
        })
    }
}

impl Rival {
    pub async fn open(
        database: &tokio_postgres::Config,
        offers: HashMap<VariantId, Offer>,
        (channel, key): (Uuid, &str),
        parts: Parts,
    ) -> anyhow::Result<Arc<Self>> {
        let mut idle = Vec::new();
        for _ in 0..CONNECTIONS {
            let (client, connection) = database.connect(NoTls).await?;
            tokio::spawn(connection);
            let prepared = Prepared::new(&client).await?;
            idle.push(Connection { client, prepared });
        }
        Ok(Arc::new(Self {
            idle: Mutex::new(idle),
            permits: Semaphore::new(CONNECTIONS),
            offers,
            key_hash: Sha256::digest(key).into(),
            channel,
            parts,
            currency: Currency::by_code("USD").context("a currency")?,
        }))
    }

    /// The routes of both references.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/statements/{id}", put(by_statements))
            .route("/function/{id}", put(by_function))
            .with_state(Arc::clone(self))
    }

    async fn connection(&self) -> Result<Lease<'_>, Problem> {
        let permit = self
            .permits
            .acquire()
            .await
            .map_err(|error| Problem::internal(&error))?;
        let connection = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(Lease {
            of: self,
            connection,
            _permit: permit,
        })
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let key = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let hash: Option<[u8; 32]> = key.map(|key| Sha256::digest(key).into());
        if hash == Some(self.key_hash) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "channel.key",
            "No channel has this key",
        ))
    }

    fn quote(&self, asked: &PutOrder) -> Result<(Cart, Priced), Problem> {
        let cart = Cart {
            lines: asked
                .lines
                .iter()
                .map(|line| Line {
                    variant: VariantId::from_uuid(line.variant_id),
                    quantity: Quantity::new(line.quantity),
                })
                .collect(),
            location: None,
        };
        let offer = |variant| self.offers.get(&variant).copied();
        let priced =
            price(&cart, offer, self.currency).map_err(|refusal| Problem::internal(&refusal))?;
        Ok((cart, priced))
    }

    fn id(&self) -> Uuid {
        uuid_v7(&*self.parts.clock, &*self.parts.random)
    }

    fn version(&self, variant: VariantId) -> i64 {
        let offer = self.offers.get(&variant);
        offer
            .and_then(|offer| offer.price)
            .map_or(0, |(_, version)| version)
    }

    fn placed(
        &self,
        id: Uuid,
        number: String,
        (now, hold): (Timestamp, Timestamp),
        priced: &Priced,
        parts: &[(Uuid, Part)],
    ) -> Placed {
        let lines = priced.lines.iter().zip(0..).map(|(line, index)| OrderLine {
            line: index,
            variant_id: line.item.variant.as_uuid(),
            quantity: line.item.quantity.base_units(),
            unit_price: line.item.price.major(),
            price_quantity: line.item.price.per(),
            price_version: self.version(line.item.variant),
            tax_rate_bps: line.item.tax.basis_points(),
            discount_minor: line.item.discount.minor(),
            total_minor: line.total.minor(),
        });
        let promises = parts.iter().map(|(id, part)| Promise {
            id: *id,
            line: i32::try_from(part.line).unwrap_or(0),
            location_id: part.location.as_uuid(),
            variant_id: part.variant.as_uuid(),
            quantity: part.quantity.base_units(),
            state: "held".to_owned(),
        });
        Placed {
            id,
            number,
            state: "held".to_owned(),
            total_minor: priced.total.minor(),
            shipping_minor: 0,
            discount_minor: priced.discount.minor(),
            tax_minor: priced.tax().minor(),
            placed_at: now,
            hold_until: hold,
            lines: lines.collect(),
            reservations: promises.collect(),
        }
    }
}

/// A connection that goes back when it is done with.
struct Lease<'a> {
    of: &'a Rival,
    connection: Option<Connection>,
    _permit: SemaphorePermit<'a>,
}

impl Lease<'_> {
    fn get(&mut self) -> Result<&mut Connection, Problem> {
        self.connection
            .as_mut()
            .ok_or_else(|| Problem::internal(&"a connection is missing"))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let mut idle = self.of.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }
}

#[derive(Deserialize)]
struct PutOrder {
    #[expect(dead_code, reason = "read as the product reads it")]
    customer: String,
    lines: Vec<PutLine>,
}

#[derive(Deserialize)]
struct PutLine {
    variant_id: Uuid,
    quantity: i64,
}

type Answer = Result<(StatusCode, Json<Placed>), Problem>;

fn hash(cart: &Cart) -> Vec<u8> {
    let mut sha = Sha256::new();
    for line in &cart.lines {
        sha.update(line.variant.as_uuid().as_bytes());
        sha.update(line.quantity.base_units().to_be_bytes());
    }
    sha.finalize().to_vec()
}

fn out_of_stock() -> Problem {
    Problem::conflict("order.out_of_stock", "Less may be promised than is wanted")
}

fn failed(error: tokio_postgres::Error) -> Problem {
    Problem::internal(&error)
}

/// Statement by statement, rows locked in one order, in one transaction.
async fn by_statements(
    State(rival): State<Arc<Rival>>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
    Body(asked): Body<PutOrder>,
) -> Answer {
    rival.check(&headers)?;
    let (cart, priced) = rival.quote(&asked)?;
    let now = rival.parts.clock.now();
    let hold = now.saturating_add(HOLD).unwrap_or(now);
    let mut lease = rival.connection().await?;
    let Connection { client, prepared } = lease.get()?;
    let tx = client.transaction().await.map_err(failed)?;
    let known = tx
        .query_opt(&prepared.known, &[&id])
        .await
        .map_err(failed)?;
    if known.is_some() {
        return Err(Problem::conflict(
            "order.id_reused",
            "Another order has this id",
        ));
    }
    let rows = lock(&tx, prepared, &cart).await?;
    let parts = match allocate(std::slice::from_ref(&cart), &rows).pop() {
        Some(Ok(parts)) => parts,
        Some(Err(PlaceError::OutOfStock { .. })) | None => {
            tx.rollback().await.map_err(failed)?;
            return Err(out_of_stock());
        }
        Some(Err(refusal)) => return Err(Problem::internal(&refusal)),
    };
    let by = format!("channel:{}", rival.channel);
    let (total, tax) = (priced.total.minor(), priced.tax().minor());
    let row = tx
        .query_one(
            &prepared.order,
            &[
                &id,
                &rival.channel,
                &by,
                &total,
                &tax,
                &hash(&cart),
                &now,
                &hold,
            ],
        )
        .await
        .map_err(failed)?;
    write_lines(&rival, &tx, prepared, id, &priced).await?;
    let parts: Vec<(Uuid, Part)> = parts.into_iter().map(|part| (rival.id(), part)).collect();
    write_promises(&tx, prepared, (id, now), &parts).await?;
    let number: String = row.get(0);
    let told = serde_json::json!({ "state": "held", "number": number, "total_minor": total });
    tx.execute(&prepared.outbox, &[&id, &told, &now])
        .await
        .map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    let placed = rival.placed(id, number, (now, hold), &priced, &parts);
    Ok((StatusCode::CREATED, Json(placed)))
}

/// The rows of each variant, in the order of variants.
async fn lock(tx: &Transaction<'_>, prepared: &Prepared, cart: &Cart) -> Result<Vec<Row>, Problem> {
    let mut variants: Vec<Uuid> = cart
        .lines
        .iter()
        .map(|line| line.variant.as_uuid())
        .collect();
    variants.sort_unstable();
    variants.dedup();
    let mut rows = Vec::new();
    for variant in &variants {
        let found = tx.query(&prepared.lock, &[variant]).await.map_err(failed)?;
        rows.extend(found.iter().map(|row| Row {
            variant: VariantId::from_uuid(row.get(0)),
            location: LocationId::from_uuid(row.get(1)),
            available: Quantity::new(row.get(2)),
        }));
    }
    Ok(rows)
}

async fn write_lines(
    rival: &Rival,
    tx: &Transaction<'_>,
    prepared: &Prepared,
    id: Uuid,
    priced: &Priced,
) -> Result<(), Problem> {
    for (line, index) in priced.lines.iter().zip(0_i32..) {
        let item = &line.item;
        tx.execute(
            &prepared.line,
            &[
                &id,
                &index,
                &item.variant.as_uuid(),
                &item.quantity.base_units(),
                &item.price.major(),
                &item.price.per(),
                &rival.version(item.variant),
                &item.tax.basis_points(),
                &line.total.minor(),
            ],
        )
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn write_promises(
    tx: &Transaction<'_>,
    prepared: &Prepared,
    (id, now): (Uuid, Timestamp),
    parts: &[(Uuid, Part)],
) -> Result<(), Problem> {
    for (promise, part) in parts {
        let (variant, place) = (part.variant.as_uuid(), part.location.as_uuid());
        let quantity = part.quantity.base_units();
        let line = i32::try_from(part.line).unwrap_or(0);
        tx.execute(
            &prepared.promise,
            &[promise, &id, &line, &place, &variant, &quantity, &now],
        )
        .await
        .map_err(failed)?;
        tx.execute(&prepared.take, &[&variant, &place, &quantity])
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// One call of a function: one round trip, one commit.
async fn by_function(
    State(rival): State<Arc<Rival>>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
    Body(asked): Body<PutOrder>,
) -> Answer {
    rival.check(&headers)?;
    let (cart, priced) = rival.quote(&asked)?;
    let now = rival.parts.clock.now();
    let hold = now.saturating_add(HOLD).unwrap_or(now);
    let by = format!("channel:{}", rival.channel);
    let (total, tax) = (priced.total.minor(), priced.tax().minor());
    let items = || priced.lines.iter().map(|line| &line.item);
    let variants: Vec<Uuid> = items().map(|item| item.variant.as_uuid()).collect();
    let quantities: Vec<i64> = items().map(|item| item.quantity.base_units()).collect();
    let majors: Vec<Decimal> = items().map(|item| item.price.major()).collect();
    let price_quantities: Vec<i64> = items().map(|item| item.price.per()).collect();
    let versions: Vec<i64> = items().map(|item| rival.version(item.variant)).collect();
    let rates: Vec<i64> = items().map(|item| item.tax.basis_points()).collect();
    let totals: Vec<i64> = priced.lines.iter().map(|line| line.total.minor()).collect();
    let promises: Vec<Uuid> = variants.iter().map(|_| rival.id()).collect();
    let mut lease = rival.connection().await?;
    let Connection { client, prepared } = lease.get()?;
    let row = client
        .query_opt(
            &prepared.function,
            &[
                &id,
                &rival.channel,
                &by,
                &hash(&cart),
                &total,
                &tax,
                &now,
                &hold,
                &variants,
                &quantities,
                &majors,
                &price_quantities,
                &versions,
                &rates,
                &totals,
                &promises,
            ],
        )
        .await
        .map_err(failed)?
        .ok_or_else(out_of_stock)?;
    let location = LocationId::from_uuid(row.get(1));
    let parts: Vec<(Uuid, Part)> = promises
        .into_iter()
        .zip(cart.lines.iter().enumerate())
        .map(|(promise, (line, wanted))| {
            let part = Part {
                line,
                variant: wanted.variant,
                location,
                quantity: wanted.quantity,
            };
            (promise, part)
        })
        .collect();
    let placed = rival.placed(id, row.get(0), (now, hold), &priced, &parts);
    Ok((StatusCode::CREATED, Json(placed)))
}
