//! SQL of pictures.
use jiff::Timestamp;
use picture::Rendition;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Gallery, KeptPicture, ProductPicture, hex};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Whether there is such a product.
pub(super) async fn is_product(tx: &Tx, id: Uuid) -> Result<bool> {
    const IS: Sql = sql!("select exists (select from product where id = $1)", (uuid) -> (boolean));
    let row = tx.row(IS, &[&id]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}

/// Nobody else changes pictures until the end of the transaction: a file may be shared by products, and is removed with
/// the last of them.
pub(super) async fn lock(tx: &Tx, product: Uuid) -> Result<()> {
    const LOCK: Sql =
        sql!("select pg_advisory_xact_lock(hashtext('product_picture'))::text", () -> (text));
    const PRODUCT: Sql = sql!("select 1 from product where id = $1 for share", (uuid) -> (integer));
    tx.all(&[call(LOCK, &[]), call(PRODUCT, &[&product])])
        .await?;
    Ok(())
}

/// The pictures of a product, in their order.
pub(super) async fn gallery(tx: &Tx, product: Uuid) -> Result<Gallery> {
    const VERSION: Sql =
        sql!("select version from product_gallery where product_id = $1", (uuid) -> (bigint));
    const LIST: Sql = sql!(
        "select p.id, p.alt, p.choice, p.small, p.large, f.width, f.height
           from product_picture p join picture_file f on f.hash = p.large
          where p.product_id = $1 order by p.place, p.id",
        (uuid) -> (uuid, text, text, bytea, bytea, integer, integer)
    );
    let mut answers = tx
        .all(&[call(VERSION, &[&product]), call(LIST, &[&product])])
        .await?
        .into_iter();
    let version = answers.next().unwrap_or_default();
    let rows = answers.next().unwrap_or_default();
    Ok(Gallery {
        version: version.first().map(|row| row.get(0)),
        items: rows
            .iter()
            .map(|row| ProductPicture {
                id: row.get(0),
                alt: row.get(1),
                choice: row.get(2),
                small: hex(row.get(3)),
                large: hex(row.get(4)),
                width: row.get(5),
                height: row.get(6),
            })
            .collect(),
    })
}

/// The product and the upload that an id stands for.
pub(super) async fn used(tx: &Tx, id: Uuid) -> Result<Option<(Uuid, Vec<u8>)>> {
    const USED: Sql = sql!(
        "select product_id, source from product_picture where id = $1",
        (uuid) -> (uuid, bytea)
    );
    let row = tx.row(USED, &[&id]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Keeps a file, once; under which hash.
pub(super) async fn keep(tx: &Tx, file: &Rendition) -> Result<[u8; 32]> {
    const KEEP: Sql = sql!(
        "insert into picture_file (hash, width, height, content) values ($1, $2, $3, $4) on conflict (hash) do nothing",
        (bytea, integer, integer, bytea) -> ()
    );
    let hash: [u8; 32] = Sha256::digest(&file.jpeg).into();
    let side = |side: usize| i32::try_from(side).unwrap_or(i32::MAX);
    let (width, height) = (side(file.width), side(file.height));
    tx.run(KEEP, &[&hash.as_slice(), &width, &height, &file.jpeg])
        .await?;
    Ok(hash)
}

/// Adds a picture behind the others.
pub(super) async fn add(
    tx: &Tx,
    product: Uuid,
    id: Uuid,
    [source, small, large]: [&[u8; 32]; 3],
) -> Result<()> {
    const ADD: Sql = sql!(
        "insert into product_picture (id, product_id, place, source, small, large, added_at)
         select $1, $2, coalesce(max(p.place) + 1, 0), $3, $4, $5, $6 from product_picture p where p.product_id = $2",
        (uuid, uuid, bytea, bytea, bytea, timestamptz) -> ()
    );
    let params: [&[u8]; 3] = [source, small, large];
    Ok(tx
        .run(
            ADD,
            &[&id, &product, &params[0], &params[1], &params[2], &tx.now()],
        )
        .await?)
}

/// What the options of a product offer.
pub(super) async fn choices(tx: &Tx, product: Uuid) -> Result<Vec<String>> {
    const CHOICES: Sql = sql!(
        "select unnest(choices) from product_option where product_id = $1",
        (uuid) -> (text)
    );
    let rows = tx.rows(CHOICES, &[&product]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Puts pictures in this order; others, and files that nothing shows any more, are removed.
pub(super) async fn arrange(tx: &Tx, product: Uuid, wanted: &[KeptPicture]) -> Result<()> {
    const ARRANGE: Sql = sql!(
        "update product_picture p set place = given.place - 1, alt = given.alt, choice = given.choice
           from unnest($2, $3, $4) with ordinality as given (id, alt, choice, place)
          where p.id = given.id and p.product_id = $1",
        (uuid, [uuid], [text], [text]) -> ()
    );
    const REMOVE: Sql = sql!(
        "with gone as (
           delete from product_picture where product_id = $1 and not id = any ($2) returning small, large
         ) select small from gone union select large from gone",
        (uuid, [uuid]) -> (bytea)
    );
    const FORGET: Sql = sql!(
        "delete from picture_file f where f.hash = any ($1)
            and not exists (select from product_picture p where p.small = f.hash)
            and not exists (select from product_picture p where p.large = f.hash)",
        ([bytea]) -> ()
    );
    let ids: Vec<Uuid> = wanted.iter().map(|one| one.id).collect();
    let alts: Vec<&str> = wanted.iter().map(|one| one.alt.as_str()).collect();
    let choices: Vec<Option<&str>> = wanted.iter().map(|one| one.choice.as_deref()).collect();
    tx.run(ARRANGE, &[&product, &ids, &alts, &choices]).await?;
    let gone = tx.rows(REMOVE, &[&product, &ids]).await?;
    let gone: Vec<Vec<u8>> = gone.iter().map(|row| row.get(0)).collect();
    if !gone.is_empty() {
        tx.run(FORGET, &[&gone]).await?;
    }
    Ok(())
}

/// The pictures of a product have changed.
pub(super) async fn count_change(tx: &Tx, product: Uuid) -> Result<()> {
    const COUNT: Sql = sql!(
        "insert into product_gallery as g (product_id, version) values ($1, 1)
         on conflict (product_id) do update set version = g.version + 1",
        (uuid) -> ()
    );
    Ok(tx.run(COUNT, &[&product]).await?)
}

/// Who has changed the pictures of a product last, and when.
pub(super) async fn last_change(tx: &Tx, product: Uuid) -> Result<Option<(String, Timestamp)>> {
    const LAST: Sql = sql!(
        "select coalesce(s.name, a.actor), a.at from audit a left join staff s on a.actor = 'staff:' || s.id::text
          where a.subject = $1 and a.action = 'product.pictured' order by a.id desc limit 1",
        (text) -> (text, timestamptz)
    );
    // Who changes the catalogue may know who else has.
    tx.widen("catalog");
    let row = tx.row(LAST, &[&product.to_string()]).await?;
    tx.narrow();
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// A file by its hash.
pub(super) async fn file(tx: &Tx, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
    const FILE: Sql = sql!("select content from picture_file where hash = $1", (bytea) -> (bytea));
    let row = tx.row(FILE, &[&hash.as_slice()]).await?;
    Ok(row.map(|row| row.get(0)))
}
