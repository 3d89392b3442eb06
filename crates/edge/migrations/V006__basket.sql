-- The basket at the till: who lets a line be cheaper, what was taken out again before it was paid, and baskets that wait.

-- Who has let the price or the discount of a line be, by a word of theirs.
alter table sale_line add column approved_by blob check (approved_by is null or length(approved_by) = 16);

-- A word for one line of a basket: cheaper, by whom and why. It stays with the basket. Never changes.
create table line_approval (
  id             blob    not null primary key check (length(id) = 16),   -- made by the till
  sale           blob    not null check (length(sale) = 16),             -- of the sale that the basket becomes
  variant        blob    not null check (length(variant) = 16),
  quantity       integer not null check (quantity > 0),                  -- base units; it counts for no more
  unit_price     text,                                                   -- decimal, for as many base units as the list's
  price_reason   text,
  discount_minor integer not null check (discount_minor >= 0),
  discount_bps   integer check (discount_bps between 1 and 10000),
  discount_reason text,
  approver       blob    not null check (length(approver) = 16),
  register       blob    not null check (length(register) = 16),
  approved_at    integer not null,
  request_hash   blob    not null,
  check (unit_price is null or price_reason is not null),
  check ((discount_minor = 0 and discount_bps is null) or discount_reason is not null)
) strict, without rowid;

create trigger line_approval_is_never_changed before update on line_approval
begin select raise(abort, 'line_approval: never changed'); end;
create trigger line_approval_is_never_deleted before delete on line_approval
begin select raise(abort, 'line_approval: never deleted'); end;

-- Lines, or all of a basket, that were taken out before they were paid. Never changes.
create table basket_void (
  id            blob    not null primary key check (length(id) = 16),
  seq           integer not null unique references outbox (seq),
  sale          blob    not null check (length(sale) = 16),              -- of the sale that the basket was to become
  is_whole      integer not null check (is_whole in (0, 1)),
  shift         blob    not null check (length(shift) = 16),
  register      blob    not null check (length(register) = 16),
  staff         blob    not null check (length(staff) = 16),
  approved_by   blob    check (approved_by is null or length(approved_by) = 16),
  reason        text    not null,
  total_minor   integer not null,
  voided_at     integer not null,
  request_hash  blob    not null
) strict, without rowid;
create index basket_void_by_sale on basket_void (sale);
create index basket_void_by_shift on basket_void (shift);

create table basket_void_line (
  basket_void blob    not null references basket_void (id),
  line        integer not null,
  variant     blob    not null check (length(variant) = 16),
  quantity    integer not null check (quantity > 0),                     -- base units
  total_minor integer not null,                                          -- what the customer would have paid for it
  primary key (basket_void, line)
) strict, without rowid;

create trigger basket_void_is_never_changed before update on basket_void
begin select raise(abort, 'basket_void: never changed'); end;
create trigger basket_void_is_never_deleted before delete on basket_void
begin select raise(abort, 'basket_void: never deleted'); end;
create trigger basket_void_line_is_never_changed before update on basket_void_line
begin select raise(abort, 'basket_void_line: never changed'); end;
create trigger basket_void_line_is_never_deleted before delete on basket_void_line
begin select raise(abort, 'basket_void_line: never deleted'); end;

-- A basket that waits, for any till of the shop. It holds no stock and no rights; prices are read again when it is recalled.
create table parked_basket (
  id             blob    not null primary key check (length(id) = 16),   -- made by the till
  sale           blob    not null check (length(sale) = 16),
  name           text    not null,                                       -- what the cashier wrote; may be empty
  register       blob    not null check (length(register) = 16),         -- where it was parked
  staff          blob    not null check (length(staff) = 16),
  shift          blob    check (shift is null or length(shift) = 16),    -- null: handed over to the next one of its register
  parked_at      integer not null,
  lines          text    not null,                                       -- JSON: what is in it, and the prices of then
  line_count     integer not null check (line_count > 0),
  total_minor    integer not null,
  request_hash   blob    not null,
  state          text    not null check (state in ('parked', 'recalled')),
  recalled_at    integer,
  recalled_register blob check (recalled_register is null or length(recalled_register) = 16),
  recalled_staff blob    check (recalled_staff is null or length(recalled_staff) = 16),
  handed_over_at integer,
  handed_over_by blob    check (handed_over_by is null or length(handed_over_by) = 16),
  check ((state = 'parked') = (recalled_at is null)),
  check ((state = 'parked') = (recalled_register is null))
) strict, without rowid;
create unique index parked_basket_once on parked_basket (sale) where state = 'parked';
create index parked_basket_by_age on parked_basket (parked_at) where state = 'parked';

create trigger parked_basket_is_recalled_once before update of state, recalled_at, recalled_register on parked_basket
when old.state = 'recalled'
begin select raise(abort, 'parked_basket: one till has it'); end;
create trigger parked_basket_keeps_its_content before update of id, sale, name, register, staff, parked_at, lines, total_minor
  on parked_basket
begin select raise(abort, 'parked_basket: its content never changes'); end;
create trigger parked_basket_is_never_deleted before delete on parked_basket
begin select raise(abort, 'parked_basket: never deleted'); end;
