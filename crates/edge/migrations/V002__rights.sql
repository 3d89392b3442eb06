-- Rights: the node's account of every variant, debited in the transaction of the sale (sync.md 2.1-2.7).

-- ------------------------------------------------------------------------------------------------ the node

alter table node_state add column restricted_cause  text;      -- `machine`, `rollback`, `fork`, `fenced`; null: normal
alter table node_state add column restricted_detail text;
alter table node_state add column restricted_seq    integer;   -- counts after this event are trusted
alter table node_state add column clock_confirmed_ms integer;  -- up to here somebody has confirmed that the clock is right
alter table node_state add column cloud_incarnation_seen integer not null default 0;

-- ------------------------------------------------------------------------------------------------ the ledger

drop trigger stock_follows_the_ledger;
drop trigger stock_movement_is_never_changed;
drop trigger stock_movement_is_never_deleted;
alter table stock_movement rename to stock_movement_1;

-- The stock ledger: append-only. Every balance of `stock` is the sum of its movements by bucket.
create table stock_movement (
  seq      integer not null references outbox (seq),   -- the event that moved it
  variant  blob    not null,
  bucket   text    not null check (bucket in ('N', 'C', 'D', 'K', 'U', 'T')),
  quantity integer not null check (quantity <> 0),      -- base units, signed
  weak     integer not null default 0 check (weak in (0, 1)),
  reason   text    not null,                            -- of the event
  primary key (seq, variant, bucket)
) strict, without rowid;
insert into stock_movement (seq, variant, bucket, quantity, reason)
select seq, variant, 'N', quantity, reason from stock_movement_1;
drop table stock_movement_1;

alter table stock rename to stock_1;
drop index stock_by_trades;

-- The account of a variant: retail::rights::NodeAccount as a row. The checks are the last guard.
create table stock (
  variant     blob    not null primary key,
  node_rights integer not null default 0 check (node_rights >= 0),   -- N: tills may sell it
  exportable  integer not null default 0 check (exportable between 0 and node_rights),
  claim_bound integer not null default 0 check (claim_bound >= 0),   -- C: the cloud may have promised it
  debt        integer not null default 0 check (debt between 0 and claim_bound),   -- D: claims without a unit
  picked      integer not null default 0 check (picked >= 0),        -- K
  unsellable  integer not null default 0 check (unsellable >= 0),    -- U
  shipped     integer not null default 0 check (shipped >= 0),       -- T
  on_hand     integer not null generated always as (node_rights + claim_bound - debt + picked + unsellable) stored,
  counted_seq integer not null default 0,            -- the newest count of it; a restricted node trusts only later ones
  trades      integer not null default 0             -- sales and purchases of it, for "often traded here"
) strict, without rowid;
insert into stock (variant, node_rights, trades) select variant, on_hand, trades from stock_1;
drop table stock_1;
create index stock_by_trades on stock (trades desc) where trades > 0;

create trigger stock_movement_is_never_changed before update on stock_movement
begin select raise(abort, 'stock_movement: never changed'); end;
create trigger stock_movement_is_never_deleted before delete on stock_movement
begin select raise(abort, 'stock_movement: never deleted'); end;

-- ------------------------------------------------------------------------------------------------ commands

-- What the cloud has told this node, by its place in the stream. Never changes.
create table command (
  idx         integer not null,
  epoch       integer not null,
  incarnation integer not null,
  id          blob    not null unique check (length(id) = 16),
  kind        text    not null,
  body        text    not null,                        -- JSON
  seq         integer not null unique references outbox (seq),   -- the event that is its effect
  primary key (epoch, incarnation, idx)
) strict, without rowid;

create trigger command_is_never_changed before update on command
begin select raise(abort, 'command: never changed'); end;
create trigger command_is_never_deleted before delete on command
begin select raise(abort, 'command: never deleted'); end;

-- Online orders to be picked from this shelf.
create table pick (
  reservation  blob    not null primary key check (length(reservation) = 16),
  online_order blob    not null check (length(online_order) = 16),
  order_number text    not null,
  customer     text    not null,
  variant      blob    not null,
  quantity     integer not null check (quantity > 0),  -- promised
  picked       integer not null default 0 check (picked between 0 and quantity),
  state        text    not null check (state in ('open', 'picked', 'short', 'cancelled', 'handed_over')),
  received_at  integer not null,
  changed_at   integer not null
) strict, without rowid;
create index pick_by_order on pick (online_order);
create index pick_open on pick (received_at) where state in ('open', 'picked');
