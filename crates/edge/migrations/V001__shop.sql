-- One shop's database. Instants are milliseconds since 1970 (UTC), ids are UUIDs in 16 bytes, money is minor units of
-- the base currency, quantities are base units of the variant. A row changes only where its table says so.

-- ------------------------------------------------------------------------------------------------ node and outbox

-- What this node is and where it stands. One row; changes with every event.
create table node_state (
  one                  integer not null primary key check (one = 1),
  node                 blob    check (length(node) = 16),            -- null until enrolled
  epoch                integer not null default 1,                   -- counts replacements of the node's state
  last_seq             integer not null default 0,                   -- newest event; moved by the outbox alone
  head                 blob    not null check (length(head) = 32),   -- its hash
  acked                integer not null default 0,                   -- the cloud holds events up to here
  safe                 integer not null default 0,                   -- a second copy of the cloud holds them up to here
  r_cursor             integer not null default 0,                   -- position in the stream of rights and commands
  incarnation          integer not null default 0,                   -- the cloud's
  mode                 text    not null check (mode in ('unenrolled', 'normal', 'restricted', 'readonly')),
  hlc_ms               integer not null default 0,                   -- hybrid logical clock: never goes back
  hlc_n                integer not null default 0,
  fingerprint          text,                                         -- of the machine at enrolment
  cloud_url            text,
  location             blob    check (length(location) = 16),
  currency             text,                                         -- ISO 4217
  newest_business_date text,                                         -- the label never goes back
  last_contact         integer,                                      -- newest answer of the cloud
  clock_offset_ms      integer                                       -- cloud's clock less ours at that answer
) strict;
insert into node_state (one, head, mode) values (1, zeroblob(32), 'unenrolled');

-- Every event of this node as the bytes that were hashed. Dense, chained, immutable; pruned by nothing yet.
create table outbox (
  seq      integer not null primary key,
  event_id blob    not null unique check (length(event_id) = 16),
  prev     blob    not null check (length(prev) = 32),   -- hash of the event before, as the header says
  hlc_ms   integer not null,                             -- logical clock, as the header says
  hlc_n    integer not null,
  header   text    not null,
  body     text    not null,
  hash     blob    not null check (length(hash) = 32)
) strict;

create trigger outbox_is_dense before insert on outbox
when new.seq is not (select last_seq + 1 from node_state)
begin select raise(abort, 'outbox: the number does not follow the last one'); end;

create trigger outbox_is_chained before insert on outbox
when new.prev is not (select head from node_state)
  or instr(new.header, '"prev":"' || lower(hex(new.prev)) || '"') = 0
  or instr(new.header, '"seq":' || new.seq || ',') = 0
begin select raise(abort, 'outbox: the header does not follow the head of the chain'); end;

create trigger outbox_advances_the_head after insert on outbox
begin update node_state set last_seq = new.seq, head = new.hash, hlc_ms = new.hlc_ms, hlc_n = new.hlc_n; end;

create trigger outbox_is_never_changed before update on outbox
begin select raise(abort, 'outbox: an event is never changed'); end;

create trigger outbox_is_never_deleted before delete on outbox
begin select raise(abort, 'outbox: an event is never deleted'); end;

create trigger head_moves_with_the_outbox before update of last_seq, head on node_state
when not exists (select 1 from outbox where seq = new.last_seq and hash = new.head)
begin select raise(abort, 'node_state: the head moves with the outbox alone'); end;

-- ------------------------------------------------------------------------------------------------ reference data
-- Copies of what the cloud owns. A row is replaced by a newer version of itself.

-- Up to where each feed was taken in.
create table feed_cursor (
  feed   text not null primary key,
  cursor text not null              -- the cloud's, opaque
) strict;

create table location (
  id        blob    not null primary key,
  version   integer not null,
  code      text    not null,
  name      text    not null,
  kind      text    not null,       -- shop, buying_station, warehouse
  time_zone text    not null,       -- IANA name
  address   text    not null
) strict, without rowid;

-- A selling point with a drawer; never removed, only made inactive.
create table register (
  id       blob    not null primary key,
  location blob    not null,
  name     text    not null,
  prefix   text    not null,        -- begins its receipt numbers
  active   integer not null check (active in (0, 1))
) strict, without rowid;

-- Who works here. The verifier is not the cloud's: it is bound to this node's key (see staff/pin.rs).
create table staff (
  id           blob    not null primary key,
  version      integer not null,
  name         text    not null,
  roles        text    not null,    -- JSON array of names, for the tile
  pin_salt     text,                -- argon2id parameters and salt; null: cannot sign in here
  pin_verifier blob,                -- HMAC of the argon2id output under the node's pepper
  active       integer not null check (active in (0, 1))
) strict, without rowid;

create table staff_permission (
  staff      blob not null,
  permission text not null,
  primary key (staff, permission)
) strict, without rowid;

create table category (
  id      blob    not null primary key,
  version integer not null,
  name    text    not null,
  parent  blob
) strict, without rowid;

-- What can be sold or bought. Retired, never removed: `active` is 0 then.
create table variant (
  no             integer not null primary key,   -- local, for the search index only
  id             blob    not null unique check (length(id) = 16),
  version        integer not null,
  product        blob    not null,
  sku            text    not null,
  name           text    not null,
  folded         text    not null,               -- name and SKU without accents, for search
  category       blob,
  unit           text    not null check (unit in ('piece', 'gram', 'millilitre', 'millimetre')),
  unit_price     text,                           -- exact decimal, major units; null: not for sale here
  price_quantity integer not null check (price_quantity > 0),
  price_version  integer not null,
  tax_rate_bps   integer not null check (tax_rate_bps between 0 and 10000),
  active         integer not null check (active in (0, 1))
) strict;
create index variant_by_sku on variant (sku collate nocase);
create index variant_by_folded on variant (folded, id);

-- What scanners find a variant by, as text: leading zeros count.
create table barcode (
  code     text    not null primary key,
  variant  blob    not null,
  quantity integer not null check (quantity > 0)   -- base units that one scan stands for
) strict, without rowid;
create index barcode_by_variant on barcode (variant);

create table supplier (
  id      blob    not null primary key,
  version integer not null,
  name    text    not null,
  folded  text    not null,
  code    text    not null,
  active  integer not null check (active in (0, 1))
) strict, without rowid;

-- Search: three letters and more by trigrams (rowid is variant.no), one and two by the table of grams.
create virtual table variant_search using fts5(folded, content='', contentless_delete=1, tokenize='trigram');

-- `place` 0: the name begins with it; 1: a later word does, or the script has no spaces between words.
create table variant_gram (
  gram  text    not null,
  place integer not null,
  no    integer not null,
  primary key (gram, place, no)
) strict, without rowid;

-- ------------------------------------------------------------------------------------------------ shifts and numbers

-- A till's open-to-close period. Changes once, when it is closed.
create table shift (
  id             blob    not null primary key,
  register       blob    not null,
  business_date  text    not null,
  opened_at      integer not null,
  opened_by      blob    not null,
  float_minor    integer not null check (float_minor >= 0),
  closed_at      integer,
  closed_by      blob,
  counted_minor  integer,
  expected_minor integer,
  z_number       integer,                          -- gapless per register and epoch
  request_hash   blob    not null,                 -- of the content that opened it
  seq            integer not null unique references outbox (seq),
  check ((closed_at is null) = (counted_minor is null)),
  check ((closed_at is null) = (expected_minor is null))
) strict, without rowid;
create unique index shift_is_open_once on shift (register) where closed_at is null;

create trigger shift_is_closed_once before update on shift
when old.closed_at is not null
  or new.id is not old.id or new.register is not old.register or new.business_date is not old.business_date
  or new.opened_at is not old.opened_at or new.opened_by is not old.opened_by or new.float_minor is not old.float_minor
  or new.request_hash is not old.request_hash or new.seq is not old.seq
begin select raise(abort, 'shift: changes once, when it is closed'); end;

create trigger shift_is_never_deleted before delete on shift
begin select raise(abort, 'shift: never deleted'); end;

-- The last number given in a series. Moves by one in the transaction of the document that takes it.
create table number_series (
  register blob    not null,
  epoch    integer not null,
  series   text    not null check (series in ('receipt', 'ticket', 'z')),
  last     integer not null,
  primary key (register, epoch, series)
) strict, without rowid;

create trigger number_series_has_no_gap before update on number_series
when new.last <> old.last + 1
begin select raise(abort, 'number_series: numbers are gapless'); end;

-- ------------------------------------------------------------------------------------------------ sales

-- A closed sale. Never changes.
create table sale (
  id             blob    not null primary key,
  seq            integer not null unique references outbox (seq),
  receipt_number text    not null unique,
  shift          blob    not null references shift (id),
  register       blob    not null,
  staff          blob    not null,
  business_date  text    not null,
  closed_at      integer not null,
  subtotal_minor integer not null,
  discount_minor integer not null,
  tax_minor      integer not null,
  total_minor    integer not null,
  change_minor   integer not null check (change_minor >= 0),
  request_hash   blob    not null
) strict, without rowid;
create index sale_by_shift on sale (shift);

create table sale_line (
  sale            blob    not null references sale (id),
  line            integer not null,               -- order of scanning, from 0
  variant         blob    not null,
  name            text    not null,               -- as it was then
  quantity        integer not null check (quantity > 0),
  unit            text    not null,
  unit_price      text    not null,               -- as charged
  price_quantity  integer not null,
  price_version   integer not null,
  price_reason    text,                           -- why another price than the list's
  gross_minor     integer not null,
  discount_minor  integer not null check (discount_minor between 0 and gross_minor),
  discount_reason text,
  tax_rate_bps    integer not null,
  total_minor     integer not null check (total_minor = gross_minor - discount_minor),
  primary key (sale, line)
) strict, without rowid;

create table tender (
  sale         blob    not null references sale (id),
  position     integer not null,
  kind         text    not null check (kind in ('cash', 'card', 'coupon')),
  amount_minor integer not null check (amount_minor > 0),
  reference    text,
  primary key (sale, position)
) strict, without rowid;

create trigger sale_is_never_changed before update on sale
begin select raise(abort, 'sale: never changed'); end;
create trigger sale_is_never_deleted before delete on sale
begin select raise(abort, 'sale: never deleted'); end;
create trigger sale_line_is_never_changed before update on sale_line
begin select raise(abort, 'sale_line: never changed'); end;
create trigger sale_line_is_never_deleted before delete on sale_line
begin select raise(abort, 'sale_line: never deleted'); end;
create trigger tender_is_never_changed before update on tender
begin select raise(abort, 'tender: never changed'); end;
create trigger tender_is_never_deleted before delete on tender
begin select raise(abort, 'tender: never deleted'); end;

-- ------------------------------------------------------------------------------------------------ purchases

-- Goods bought on the spot. Never changes.
create table purchase (
  id                blob    not null primary key,
  seq               integer not null unique references outbox (seq),
  ticket_number     text    not null unique,
  shift             blob    not null references shift (id),
  register          blob    not null,
  staff             blob    not null,
  supplier          blob    not null,
  supplier_name     text    not null,               -- as it was then
  supplier_document text,
  business_date     text    not null,
  closed_at         integer not null,
  payment           text    not null check (payment in ('cash', 'account')),
  total_minor       integer not null check (total_minor >= 0),
  request_hash      blob    not null
) strict, without rowid;
create index purchase_by_shift on purchase (shift);

create table purchase_line (
  purchase      blob    not null references purchase (id),
  line          integer not null,
  variant       blob    not null,
  name          text    not null,
  unit          text    not null,
  quantity      integer not null check (quantity > 0),
  gross         integer,                            -- grams; null when it was counted
  tare          integer,
  manual        integer check (manual in (0, 1)),   -- typed by hand, not read from the scale
  unit_cost     text    not null,
  cost_quantity integer not null,
  cost_minor    integer not null check (cost_minor >= 0),
  primary key (purchase, line)
) strict, without rowid;

create trigger purchase_is_never_changed before update on purchase
begin select raise(abort, 'purchase: never changed'); end;
create trigger purchase_is_never_deleted before delete on purchase
begin select raise(abort, 'purchase: never deleted'); end;
create trigger purchase_line_is_never_changed before update on purchase_line
begin select raise(abort, 'purchase_line: never changed'); end;
create trigger purchase_line_is_never_deleted before delete on purchase_line
begin select raise(abort, 'purchase_line: never deleted'); end;

-- ------------------------------------------------------------------------------------------------ stock

-- On hand by variant: a projection of the ledger, moved by it alone. Rights (node_rights, exportable, claim_bound)
-- get their columns and guards here when they land.
create table stock (
  variant blob    not null primary key,
  on_hand integer not null check (on_hand >= 0),
  trades  integer not null default 0                -- sales and purchases of it, for "often traded here"
) strict, without rowid;
create index stock_by_trades on stock (trades desc) where trades > 0;

-- The stock ledger: append-only. On hand is the sum of its movements.
create table stock_movement (
  seq      integer not null references outbox (seq),  -- the event that moved it
  variant  blob    not null,
  quantity integer not null check (quantity <> 0),     -- negative when stock leaves
  reason   text    not null check (reason in ('sale', 'purchase', 'count', 'found')),
  primary key (seq, variant)
) strict, without rowid;

create trigger stock_follows_the_ledger after insert on stock_movement
begin
  insert into stock (variant, on_hand) values (new.variant, 0) on conflict (variant) do nothing;
  update stock
     set on_hand = on_hand + new.quantity, trades = trades + (new.reason in ('sale', 'purchase'))
   where variant = new.variant;
end;

create trigger stock_movement_is_never_changed before update on stock_movement
begin select raise(abort, 'stock_movement: never changed'); end;
create trigger stock_movement_is_never_deleted before delete on stock_movement
begin select raise(abort, 'stock_movement: never deleted'); end;

-- A count of some variants. Never changes.
create table stock_count (
  id           blob    not null primary key,
  reason       text    not null check (reason in ('opening', 'count')),
  counted_at   integer not null,
  staff        blob    not null,
  request_hash blob    not null,
  seq          integer not null unique references outbox (seq)
) strict, without rowid;

create table stock_count_line (
  stock_count blob    not null references stock_count (id),
  variant     blob    not null,
  expected    integer not null,
  counted     integer not null,
  primary key (stock_count, variant)
) strict, without rowid;

-- ------------------------------------------------------------------------------------------------ people at tills

-- Who is signed in at which register. Deleted at sign-out.
create table session (
  id_hash    blob    not null primary key,   -- SHA-256 of the cookie
  staff      blob    not null,
  register   blob    not null,
  created_at integer not null,
  expires_at integer not null
) strict, without rowid;

-- Wrong PINs in a row, per person and per register. Reset by a right one.
create table pin_try (
  scope        text    not null check (scope in ('staff', 'register')),
  id           blob    not null,
  failures     integer not null,
  locked_until integer not null,
  primary key (scope, id)
) strict, without rowid;

-- Writes that were refused because their id stands for something else; kept to be looked at. Never changes.
create table refused_write (
  noun         text    not null,
  id           blob    not null,
  content_hash blob    not null,
  content      text    not null,             -- JSON
  staff        blob    not null,
  refused_at   integer not null,
  seq          integer not null unique references outbox (seq),
  primary key (noun, id, content_hash)
) strict, without rowid;
