-- Limits of promotions and vouchers as rights (ADR 25): what this node may use of each without asking anybody.

-- What moved, as the header of its event says: positive when the cloud's part came, negative when a sale has used it or it
-- went back. Append-only; the balance of `allowance` is the sum.
create table allowance_movement (
  seq      integer not null references outbox (seq),
  kind     text    not null,                          -- as in the header: `promotion.units`, `voucher`, …
  key      blob    not null check (length(key) = 16),
  quantity integer not null check (quantity <> 0),    -- uses, units or minor units, signed
  primary key (seq, kind, key)
) strict, without rowid;

create table allowance (
  kind       text    not null,
  key        blob    not null check (length(key) = 16),
  available  integer not null check (available >= 0),
  moved_seq  integer not null,                        -- the newest event about it
  changed_at integer not null,                        -- when that was, by this node's clock
  primary key (kind, key)
) strict, without rowid;
create index allowance_idle on allowance (changed_at) where available > 0;

create trigger allowance_movement_is_of_the_newest_event before insert on allowance_movement
when new.seq is not (select last_seq from node_state)
begin select raise(abort, 'allowance_movement: only the newest event moves allowances'); end;

-- The header writes a claim as {"kind":"…","key":"…","quantity":-1}.
create trigger allowance_movement_stands_in_its_header before insert on allowance_movement
when not exists (
  select 1 from outbox o where o.seq = new.seq
     and instr(o.header, '{"kind":"' || new.kind || '","key":"' ||
           lower(substr(hex(new.key), 1, 8) || '-' || substr(hex(new.key), 9, 4) || '-' ||
                 substr(hex(new.key), 13, 4) || '-' || substr(hex(new.key), 17, 4) || '-' ||
                 substr(hex(new.key), 21)) ||
           '","quantity":' || new.quantity || '}') > 0)
begin select raise(abort, 'allowance_movement: its event does not say so'); end;

create trigger allowance_movement_is_never_changed before update on allowance_movement
begin select raise(abort, 'allowance_movement: never changed'); end;
create trigger allowance_movement_is_never_deleted before delete on allowance_movement
begin select raise(abort, 'allowance_movement: never deleted'); end;

create trigger allowance_moves_with_its_event before update on allowance
when new.kind is not old.kind or new.key is not old.key
  or new.moved_seq <= old.moved_seq
  or new.moved_seq is not (select last_seq from node_state)
  or new.available - old.available
     is not (select m.quantity from allowance_movement m
              where m.seq = new.moved_seq and m.kind = new.kind and m.key = new.key)
begin select raise(abort, 'allowance: moves by what the newest event says'); end;

create trigger allowance_begins_with_its_event before insert on allowance
when new.moved_seq is not (select last_seq from node_state)
  or new.available
     is not (select m.quantity from allowance_movement m
              where m.seq = new.moved_seq and m.kind = new.kind and m.key = new.key)
begin select raise(abort, 'allowance: begins with what the newest event says'); end;

create trigger allowance_is_never_deleted before delete on allowance
begin select raise(abort, 'allowance: never deleted'); end;

-- Vouchers that the cloud has resolved for this shop, beside those of the feed.
create table resolved_voucher (
  voucher   blob    not null primary key check (length(voucher) = 16),
  promotion blob    not null check (length(promotion) = 16),
  limited   integer not null check (limited in (0, 1))      -- its uses are counted: a sale takes the right to one
) strict, without rowid;
