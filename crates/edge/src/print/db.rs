//! Rows of printers and of what waits for them.
use paper::{Language, Width};
use retail::{location::RegisterId, staff::StaffId};
use rusqlite::Row;
use uuid::Uuid;

use super::{Job, Order, Printer, State, What};
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key};

/// Prints in a list at the most.
const LISTED: i64 = 100;
/// Prints that are done and still shown.
const DONE: i64 = 12;

/// The printer of a register.
pub(crate) fn printer(at: &Snapshot<'_>, register: RegisterId) -> Result<Option<Printer>, DbError> {
    const PRINTER: Sql = sql!(
        "select host, port, dots, language, has_drawer, has_knife, is_automatic from printer where register = ?1"
    );
    at.one(PRINTER, [key(register)], |row| read_printer(row, 0))
}

fn read_printer(row: &Row<'_>, at: usize) -> rusqlite::Result<Printer> {
    Ok(Printer {
        host: row.get(at)?,
        port: row.get(at + 1)?,
        width: Width::of_dots(row.get(at + 2)?).unwrap_or(Width::MM80),
        language: db::coded(row, at + 3, Language::by_code)?,
        has_drawer: row.get(at + 4)?,
        has_knife: row.get(at + 5)?,
        is_automatic: row.get(at + 6)?,
    })
}

/// A register of this shop with its printer.
pub(super) struct Station {
    pub(super) register: RegisterId,
    pub(super) name: String,
    pub(super) printer: Option<Printer>,
}

/// Every register, with its printer if it has one.
pub(super) fn stations(at: &Snapshot<'_>) -> Result<Vec<Station>, DbError> {
    const STATIONS: Sql = sql!(
        "select r.id, r.name, p.host is not null, p.host, p.port, p.dots, p.language, p.has_drawer, p.has_knife, p.is_automatic
           from register r join node_state n on n.location = r.location left join printer p on p.register = r.id
          where r.active = 1 order by r.name, r.id"
    );
    at.all(STATIONS, [], |row| {
        let has_printer: bool = row.get(2)?;
        Ok(Station {
            register: db::id(row, 0)?,
            name: row.get(1)?,
            printer: has_printer.then(|| read_printer(row, 3)).transpose()?,
        })
    })
}

/// What a register is called.
pub(super) fn register_name(
    at: &Snapshot<'_>,
    register: RegisterId,
) -> Result<Option<String>, DbError> {
    const REGISTER_NAME: Sql = sql!("select name from register where id = ?1");
    at.one(REGISTER_NAME, [key(register)], |row| row.get(0))
}

/// Sets the printer of a register.
pub(super) fn set_printer(
    tx: &Tx<'_>,
    register: RegisterId,
    printer: &Printer,
    staff: StaffId,
) -> Result<(), DbError> {
    const SET_PRINTER: Sql = sql!(
        "insert into printer (register, host, port, dots, language, has_drawer, has_knife, is_automatic, changed_at, changed_by)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         on conflict (register) do update
            set host = excluded.host, port = excluded.port, dots = excluded.dots, language = excluded.language,
                has_drawer = excluded.has_drawer, has_knife = excluded.has_knife, is_automatic = excluded.is_automatic,
                changed_at = excluded.changed_at, changed_by = excluded.changed_by"
    );
    tx.execute(
        SET_PRINTER,
        (
            key(register),
            &printer.host,
            printer.port,
            i64::try_from(printer.width.dots()).unwrap_or_default(),
            printer.language.code(),
            printer.has_drawer,
            printer.has_knife,
            printer.is_automatic,
            tx.now.as_millisecond(),
            key(staff),
        ),
    )
    .map(drop)
}

/// Takes a register's printer away. What waited for it is for a person to decide.
pub(super) fn remove_printer(tx: &Tx<'_>, register: RegisterId) -> Result<(), DbError> {
    const REMOVE: Sql = sql!("delete from printer where register = ?1");
    const STRAND: Sql = sql!(
        "update print_job set state = 'failed', reason = 'no_printer', changed_at = ?2 where printer = ?1 and state = 'waiting'"
    );
    tx.execute(REMOVE, [key(register)])?;
    tx.execute(STRAND, (key(register), tx.now.as_millisecond()))
        .map(drop)
}

/// The tax number and the logo at the head of every paper.
pub(super) fn letterhead(at: &Snapshot<'_>) -> Result<(Option<String>, Option<Vec<u8>>), DbError> {
    const LETTERHEAD: Sql = sql!("select tax_number, logo from letterhead");
    let row = at.one(LETTERHEAD, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(row.unwrap_or_default())
}

/// Sets the tax number and the logo.
pub(super) fn set_letterhead(
    tx: &Tx<'_>,
    tax_number: Option<&str>,
    logo: Option<&[u8]>,
) -> Result<(), DbError> {
    const SET_LETTERHEAD: Sql = sql!(
        "insert into letterhead (one, tax_number, logo) values (1, ?1, ?2)
         on conflict (one) do update set tax_number = excluded.tax_number, logo = excluded.logo"
    );
    tx.execute(SET_LETTERHEAD, (tax_number, logo)).map(drop)
}

/// Adds a print at the end of the queue.
pub(super) fn insert(tx: &Tx<'_>, order: &Order) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into print_job (id, what, subject, copy, printer, staff, opens_drawer, state, created_at, changed_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?8)"
    );
    tx.execute(
        INSERT,
        (
            uuid_key(order.id),
            order.what.code(),
            uuid_key(order.what.subject()),
            order.copy,
            key(order.printer),
            key(order.staff),
            order.opens_drawer,
            tx.now.as_millisecond(),
        ),
    )
    .map(drop)
}

/// How many prints wait or need a person.
pub(super) fn open_count(at: &Snapshot<'_>) -> Result<i64, DbError> {
    const OPEN_COUNT: Sql =
        sql!("select count(*) from print_job where state in ('waiting', 'printing', 'failed')");
    at.one(OPEN_COUNT, [], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// How often this may be on paper already, or will be.
pub(super) fn printed_before(at: &Snapshot<'_>, what: What) -> Result<u32, DbError> {
    const PRINTED_BEFORE: Sql = sql!(
        "select coalesce(max(copy) + 1, 0) from print_job
          where subject = ?1 and what = ?2 and (state in ('waiting', 'printing', 'printed') or is_uncertain = 1)"
    );
    at.one(
        PRINTED_BEFORE,
        (uuid_key(what.subject()), what.code()),
        |row| row.get(0),
    )
    .map(Option::unwrap_or_default)
}

/// A print by its id.
pub(crate) fn job(at: &Snapshot<'_>, id: Uuid) -> Result<Option<Job>, DbError> {
    const JOB: Sql = sql!(
        "select id, what, subject, copy, printer, opens_drawer, state, reason, is_uncertain, created_at from print_job where id = ?1"
    );
    at.one(JOB, [uuid_key(id)], read_job)
}

/// Prints that wait or need a person, the oldest first, then the newest of those that are done.
pub(super) fn jobs(at: &Snapshot<'_>) -> Result<Vec<Job>, DbError> {
    const OPEN: Sql = sql!(
        "select id, what, subject, copy, printer, opens_drawer, state, reason, is_uncertain, created_at
           from print_job where state in ('waiting', 'printing', 'failed') order by no limit ?1"
    );
    const CLOSED: Sql = sql!(
        "select id, what, subject, copy, printer, opens_drawer, state, reason, is_uncertain, created_at
           from print_job where state in ('printed', 'skipped') and what <> 'drawer' order by no desc limit ?1"
    );
    let mut jobs = at.all(OPEN, [LISTED], read_job)?;
    jobs.extend(at.all(CLOSED, [DONE], read_job)?);
    Ok(jobs)
}

fn read_job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let subject = db::uuid(row, 2)?;
    Ok(Job {
        id: db::uuid(row, 0)?,
        what: db::coded(row, 1, |code| What::by_code(code, subject))?,
        copy: row.get(3)?,
        printer: db::id(row, 4)?,
        opens_drawer: row.get(5)?,
        state: db::coded(row, 6, State::by_code)?,
        reason: row.get(7)?,
        is_uncertain: row.get(8)?,
        created_at: db::instant(row, 9)?,
    })
}

/// Addresses of printers for which something waits.
pub(super) fn wanted(at: &Snapshot<'_>) -> Result<Vec<(String, u16)>, DbError> {
    const WANTED: Sql = sql!(
        "select distinct p.host, p.port from print_job j join printer p on p.register = j.printer where j.state = 'waiting'"
    );
    at.all(WANTED, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What is to be printed next at an address.
pub(super) fn next(
    at: &Snapshot<'_>,
    host: &str,
    port: u16,
) -> Result<Option<(Job, Printer)>, DbError> {
    const NEXT: Sql = sql!(
        "select j.id, j.what, j.subject, j.copy, j.printer, j.opens_drawer, j.state, j.reason, j.is_uncertain, j.created_at,
                p.host, p.port, p.dots, p.language, p.has_drawer, p.has_knife, p.is_automatic
           from print_job j join printer p on p.register = j.printer
          where j.state = 'waiting' and p.host = ?1 and p.port = ?2 order by j.no limit 1"
    );
    at.one(NEXT, (host, port), |row| {
        Ok((read_job(row)?, read_printer(row, 10)?))
    })
}

/// Moves a print on.
pub(super) fn set_state(
    tx: &Tx<'_>,
    id: Uuid,
    state: State,
    reason: Option<&str>,
    is_uncertain: bool,
) -> Result<(), DbError> {
    const SET_STATE: Sql = sql!(
        "update print_job set state = ?2, reason = ?3, is_uncertain = ?4, changed_at = ?5 where id = ?1"
    );
    tx.execute(
        SET_STATE,
        (
            uuid_key(id),
            state.code(),
            reason,
            is_uncertain,
            tx.now.as_millisecond(),
        ),
    )
    .map(drop)
}

/// Begins to send a print that still waits; `false` when somebody has decided otherwise meanwhile.
pub(super) fn begin(tx: &Tx<'_>, id: Uuid) -> Result<bool, DbError> {
    const BEGIN: Sql = sql!(
        "update print_job set state = 'printing', reason = null, changed_at = ?2 where id = ?1 and state = 'waiting'"
    );
    tx.execute(BEGIN, (uuid_key(id), tx.now.as_millisecond()))
        .map(|rows| rows == 1)
}

/// Puts a print back into the queue.
pub(super) fn wait_again(
    tx: &Tx<'_>,
    id: Uuid,
    printer: RegisterId,
    copy: u32,
) -> Result<(), DbError> {
    const WAIT_AGAIN: Sql = sql!(
        "update print_job set state = 'waiting', reason = null, is_uncertain = 0, printer = ?2, copy = ?3, opens_drawer = 0,
                changed_at = ?4
          where id = ?1"
    );
    tx.execute(
        WAIT_AGAIN,
        (uuid_key(id), key(printer), copy, tx.now.as_millisecond()),
    )
    .map(drop)
}

/// Says why everything waits that is for the printer at an address; `false` when that is known.
pub(super) fn set_reason(
    tx: &Tx<'_>,
    host: &str,
    port: u16,
    reason: &str,
) -> Result<bool, DbError> {
    const SET_REASON: Sql = sql!(
        "update print_job set reason = ?3, changed_at = ?4
          where state = 'waiting' and reason is not ?3
            and printer in (select register from printer where host = ?1 and port = ?2)"
    );
    tx.execute(SET_REASON, (host, port, reason, tx.now.as_millisecond()))
        .map(|rows| rows > 0)
}

/// What was being sent when the process ended may be on paper: a person decides.
pub(super) fn give_up_interrupted(tx: &Tx<'_>) -> Result<usize, DbError> {
    const GIVE_UP: Sql = sql!(
        "update print_job set state = 'failed', reason = 'interrupted', is_uncertain = 1, changed_at = ?1 where state = 'printing'"
    );
    tx.execute(GIVE_UP, [tx.now.as_millisecond()])
}

/// The shop's name and address, as they are now.
pub(super) fn place(at: &Snapshot<'_>) -> Result<Option<(String, String)>, DbError> {
    const PLACE: Sql =
        sql!("select l.name, l.address from node_state n join location l on l.id = n.location");
    at.one(PLACE, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// A variant's code, and what it is scanned by, the longest first: an EAN-13 before a short number.
pub(super) fn codes(
    at: &Snapshot<'_>,
    variant: retail::catalog::VariantId,
) -> Result<Option<(String, Option<String>)>, DbError> {
    const CODES: Sql = sql!(
        "select v.sku, (select b.code from barcode b where b.variant = v.id and b.quantity = 1 order by length(b.code) desc, b.code limit 1)
           from variant v where v.id = ?1"
    );
    at.one(CODES, [key(variant)], |row| Ok((row.get(0)?, row.get(1)?)))
}
