-- Rights: the node's account of every variant, debited in the transaction of the sale (sync.md 2.1-2.7).

-- ------------------------------------------------------------------------------------------------ the node

alter table node_state add column restricted_cause  text;      -- `machine`, `rollback`, `fork`, `fenced`; null: normal
alter table node_state add column restricted_detail text;
alter table node_state add column restricted_seq    integer;   -- counts after this event are trusted
alter table node_state add column clock_confirmed_ms integer;  -- somebody has confirmed the clock when it said this
alter table node_state add column restored  integer not null default 0 check (restored in (0, 1));   -- from a backup: not compared yet
alter table node_state add column seen_seq  integer;           -- somebody has seen this event, which the file has lost
alter table node_state add column seen_hash blob check (length(seen_hash) = 32);

-- Epochs of this shop that are over. Their files stay beside this one until the cloud has every event of them.
create table past_epoch (
  file     text    not null primary key,             -- its name without `.db`; the key has the same one
  node     blob    not null check (length(node) = 16),
  epoch    integer not null,
  last_seq integer not null,                         -- its newest event
  kept     integer not null,                         -- the cloud holds its events up to here,
  incarnation integer not null                       -- as it said in this incarnation
) strict, without rowid;

-- ------------------------------------------------------------------------------------------------ the ledger

drop trigger stock_follows_the_ledger;
drop trigger stock_movement_is_never_changed;
drop trigger stock_movement_is_never_deleted;
alter table stock_movement rename to stock_movement_1;

-- The stock ledger: append-only. Every balance of `stock` is the sum of its movements by bucket, and every movement
-- stands in the header of its event.
create table stock_movement (
  seq      integer not null references outbox (seq),   -- the event that moved it
  variant  blob    not null check (length(variant) = 16),
  bucket   text    not null check (bucket in ('N', 'C', 'D', 'K', 'U', 'T')),
  weak     integer not null default 0 check (weak in (0, 1)),
  quantity integer not null check (quantity <> 0),      -- base units, signed
  kind     text    not null,                            -- of the event
  primary key (seq, variant, bucket, weak)
) strict, without rowid;
insert into stock_movement (seq, variant, bucket, quantity, kind)
select m.seq, m.variant, 'N', m.quantity, o.header ->> 'type'
  from stock_movement_1 m join outbox o on o.seq = m.seq;
drop table stock_movement_1;

alter table stock rename to stock_1;
drop index stock_by_trades;

-- The account of a variant: retail::rights::NodeAccount as a row. The checks are the last guard.
create table stock (
  variant     blob    not null primary key check (length(variant) = 16),
  node_rights integer not null check (node_rights >= 0),             -- N: tills may sell it
  exportable  integer not null check (exportable between 0 and node_rights),   -- the part with strong evidence
  claim_bound integer not null check (claim_bound >= 0),             -- C: the cloud may have promised it
  debt        integer not null check (debt between 0 and claim_bound),   -- D: claims without a unit
  picked      integer not null check (picked >= 0),                  -- K
  unsellable  integer not null check (unsellable >= 0),              -- U
  shipped     integer not null check (shipped >= 0),                 -- T
  on_hand     integer not null generated always as (node_rights + claim_bound - debt + picked + unsellable) stored,
  moved_seq   integer not null,                      -- the newest event about it
  counted_seq integer not null default 0,            -- the newest count of it; a restricted node trusts only later ones
  doubted_seq integer not null default 0,            -- the newest event that asks for a count of it
  trades      integer not null default 0             -- sales and purchases of it, for "often traded here"
) strict, without rowid;
insert into stock (variant, node_rights, exportable, claim_bound, debt, picked, unsellable, shipped, moved_seq,
                   counted_seq, trades)
select s.variant, s.on_hand, s.on_hand, 0, 0, 0, 0, 0,
       coalesce((select max(m.seq) from stock_movement m where m.variant = s.variant), 0),
       coalesce((select max(c.seq) from stock_count c join stock_count_line l on l.stock_count = c.id
                  where l.variant = s.variant), 0),
       s.trades
  from stock_1 s;
drop table stock_1;
create index stock_by_trades on stock (trades desc) where trades > 0;
create index stock_to_count on stock (doubted_seq) where doubted_seq > counted_seq;

create trigger stock_movement_is_of_the_newest_event before insert on stock_movement
when new.seq is not (select last_seq from node_state)
begin select raise(abort, 'stock_movement: only the newest event moves stock'); end;

-- The header writes a move as {"variant":"…","bucket":"N","quantity":-1} or with ,"weak":true at the end.
create trigger stock_movement_stands_in_its_header before insert on stock_movement
when not exists (
  select 1 from outbox o where o.seq = new.seq
     and instr(o.header, '{"variant":"' ||
           lower(substr(hex(new.variant), 1, 8) || '-' || substr(hex(new.variant), 9, 4) || '-' ||
                 substr(hex(new.variant), 13, 4) || '-' || substr(hex(new.variant), 17, 4) || '-' ||
                 substr(hex(new.variant), 21)) ||
           '","bucket":"' || new.bucket || '","quantity":' || new.quantity ||
           iif(new.weak, ',"weak":true}', '}')) > 0)
begin select raise(abort, 'stock_movement: its event does not say so'); end;

create trigger stock_movement_is_never_changed before update on stock_movement
begin select raise(abort, 'stock_movement: never changed'); end;
create trigger stock_movement_is_never_deleted before delete on stock_movement
begin select raise(abort, 'stock_movement: never deleted'); end;

-- An account moves by what the newest event says about it, once.
create trigger stock_moves_with_its_event before update on stock
when new.variant is not old.variant
  or new.moved_seq <= old.moved_seq
  or new.moved_seq is not (select last_seq from node_state)
  or (new.node_rights - old.node_rights, new.claim_bound - old.claim_bound, new.debt - old.debt,
      new.picked - old.picked, new.unsellable - old.unsellable, new.shipped - old.shipped)
     is not (select coalesce(sum(quantity) filter (where bucket = 'N'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'C'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'D'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'K'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'U'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'T'), 0)
               from stock_movement where seq = new.moved_seq and variant = new.variant)
begin select raise(abort, 'stock: an account moves by what the newest event says'); end;

create trigger stock_begins_with_its_event after insert on stock
when new.moved_seq is not (select last_seq from node_state)
  or (new.node_rights, new.claim_bound, new.debt, new.picked, new.unsellable, new.shipped)
     is not (select coalesce(sum(quantity) filter (where bucket = 'N'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'C'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'D'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'K'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'U'), 0),
                    coalesce(sum(quantity) filter (where bucket = 'T'), 0)
               from stock_movement where seq = new.moved_seq and variant = new.variant)
begin select raise(abort, 'stock: an account begins with what the newest event says'); end;

create trigger stock_is_never_deleted before delete on stock
begin select raise(abort, 'stock: never deleted'); end;

-- ------------------------------------------------------------------------------------------------ the till's dialog

-- Units per business date that supervisors may sell although they may be promised online; null: the default.
alter table location add column override_allowance integer check (override_allowance >= 0);

-- A sale of units that may be promised online, by a supervisor. Never changes.
create table sale_override (
  seq           integer not null primary key references outbox (seq),
  sale          blob    not null check (length(sale) = 16),
  supervisor    blob    not null check (length(supervisor) = 16),
  reason        text    not null,
  business_date text    not null,
  units         integer not null check (units > 0)    -- pieces; a started kilogram, litre or metre counts as one
) strict, without rowid;
create index sale_override_by_date on sale_override (business_date);

create trigger sale_override_is_never_changed before update on sale_override
begin select raise(abort, 'sale_override: never changed'); end;
create trigger sale_override_is_never_deleted before delete on sale_override
begin select raise(abort, 'sale_override: never deleted'); end;

-- ------------------------------------------------------------------------------------------------ commands

-- Messages of the cloud that this node has taken, by their place in the stream. Never changes.
create table command (
  epoch       integer not null,
  incarnation integer not null,
  idx         integer not null,
  seq         integer not null unique references outbox (seq),   -- the event that is its effect
  kind        text    not null,                                  -- of that event
  primary key (epoch, incarnation, idx)
) strict, without rowid;

create trigger command_is_never_changed before update on command
begin select raise(abort, 'command: never changed'); end;
create trigger command_is_never_deleted before delete on command
begin select raise(abort, 'command: never deleted'); end;

-- Online orders to be picked from this shelf. A row follows the events that name it.
create table pick (
  reservation  blob    not null primary key check (length(reservation) = 16),
  online_order blob    not null check (length(online_order) = 16),
  order_number text    not null,
  customer     text    not null,
  line         integer not null,                       -- its place in the order
  variant      blob    not null check (length(variant) = 16),
  quantity     integer not null check (quantity > 0),  -- promised
  picked       integer not null default 0 check (picked between 0 and quantity),
  state        text    not null check (state in ('open', 'picked', 'short', 'cancelled', 'handed_over')),
  received_at  integer not null,
  changed_at   integer not null,
  changed_seq  integer not null references outbox (seq),   -- the newest event about it
  check (state in ('picked', 'handed_over') or picked = 0)
) strict, without rowid;
create index pick_by_order on pick (online_order);
create index pick_open on pick (received_at) where state in ('open', 'picked');

create trigger pick_moves_with_an_event before update on pick
when new.reservation is not old.reservation or new.online_order is not old.online_order
  or new.variant is not old.variant or new.changed_seq <= old.changed_seq
  or new.changed_seq is not (select last_seq from node_state)
begin select raise(abort, 'pick: changes with an event about it'); end;
create trigger pick_is_never_deleted before delete on pick
begin select raise(abort, 'pick: never deleted'); end;

-- Units that the head office expects on the shelf although the book has another number: to be counted by people.
create table count_task (
  variant  blob    not null primary key check (length(variant) = 16),
  expected integer not null check (expected >= 0),
  seq      integer not null references outbox (seq)    -- the event that asked; done by a later count
) strict, without rowid;
