-- Promotions as the cloud has made them, what they ask about goods and customers, and what they did to a sale.

-- Every version of a promotion that this shop was ever told, as the bytes that the cloud keeps: a sale is explained, and a
-- return priced, by the version of then. Never changes, never goes.
create table promotion_version (
  id       blob    not null check (length(id) = 16),
  version  integer not null check (version > 0),
  document text    not null,                          -- JSON
  primary key (id, version)
) strict, without rowid;

create trigger promotion_version_is_never_changed before update on promotion_version
begin select raise(abort, 'promotion_version: never changed'); end;
create trigger promotion_version_is_never_deleted before delete on promotion_version
begin select raise(abort, 'promotion_version: never deleted'); end;

-- Which version of a promotion counts, and whether it runs. A row is replaced by a newer state of itself.
create table promotion (
  id      blob    not null primary key check (length(id) = 16),
  version integer not null,                           -- of the state, as the feed counts
  counts  integer not null,                           -- the version that counts
  running integer not null check (running in (0, 1)), -- 0: stopped, or no longer for this shop
  foreign key (id, counts) references promotion_version (id, version)
) strict, without rowid;

-- Codes that many share and that need nobody's leave, in their one form.
create table promotion_code (
  code      text not null,
  promotion blob not null references promotion (id),
  voucher   blob not null check (length(voucher) = 16),
  primary key (code, promotion)
) strict, without rowid;
create index promotion_code_by_promotion on promotion_code (promotion);

-- Counts every change of what runs, so that nobody prices by promotions of a moment ago. One row.
create table promotion_change (
  one     integer not null primary key check (one = 1),
  changes integer not null
) strict, without rowid;
insert into promotion_change (one, changes) values (1, 0);

create trigger promotion_added after insert on promotion
begin update promotion_change set changes = changes + 1; end;
create trigger promotion_changed after update on promotion
begin update promotion_change set changes = changes + 1; end;
create trigger promotion_code_added after insert on promotion_code
begin update promotion_change set changes = changes + 1; end;
create trigger promotion_code_removed after delete on promotion_code
begin update promotion_change set changes = changes + 1; end;

-- What promotions ask about goods.
alter table variant add column brand text;
alter table variant add column tags text not null default '[]';              -- JSON array of names
alter table variant add column undiscountable integer not null default 0 check (undiscountable in (0, 1));
alter table variant add column minimum integer;                              -- millionths of a minor unit for one base unit
alter table variant add column cost integer;                                 -- millionths of a minor unit for one base unit

-- What promotions ask about customers.
alter table patron add column segments text not null default '[]';           -- JSON array of names
alter table patron add column birthday text;                                 -- in the year 2000
alter table patron add column purchases integer not null default 0;          -- as far as promotions ask

-- The feeds have said these things to earlier versions, which did not keep them.
delete from feed_cursor where feed in ('variant', 'patron');

-- What promotions had to do with a sale: JSON of the body's `promotions`; null: there were none to ask.
alter table sale add column promotions text;
alter table sale_line add column promoted_minor integer not null default 0;  -- the part of the discount that promotions gave
alter table sale_line add column is_gift integer not null default 0 check (is_gift in (0, 1));  -- a promotion has added it

-- A basket that waits keeps its vouchers, and when it was begun.
alter table parked_basket add column vouchers text not null default '[]';    -- JSON array of ids
alter table parked_basket add column begun_at integer;
