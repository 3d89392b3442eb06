-- Purchases that were taken back: voided, or replaced by another. The purchase itself never changes; what it brought and
-- cost goes out again by the event of this row. Never changes.
create table purchase_reversal (
  id            blob    not null primary key check (length(id) = 16),   -- of the void; or of the purchase that replaces it
  seq           integer not null unique references outbox (seq),
  purchase      blob    not null unique references purchase (id),       -- what is taken back, once
  replacement   blob    references purchase (id),                       -- null: a void
  ticket_number text    not null unique,                                -- of this document, in the series of purchases
  shift         blob    not null references shift (id),
  register      blob    not null check (length(register) = 16),
  staff         blob    not null check (length(staff) = 16),
  approved_by   blob    check (approved_by is null or length(approved_by) = 16),
  reason        text    not null check (reason <> ''),
  business_date text    not null,                                       -- of the reversal
  reversed_at   integer not null,
  payment       text    not null check (payment in ('cash', 'account')),   -- as the purchase was paid
  total_minor   integer not null check (total_minor >= 0),              -- what the purchase cost
  request_hash  blob    not null,
  check (replacement is null or replacement = id)
) strict, without rowid;
create index purchase_reversal_by_shift on purchase_reversal (shift);

create trigger purchase_reversal_is_exact before insert on purchase_reversal
when not exists (select 1 from purchase p
                  where p.id = new.purchase and p.payment = new.payment and p.total_minor = new.total_minor)
begin select raise(abort, 'purchase_reversal: not what the purchase says'); end;
create trigger purchase_reversal_is_never_changed before update on purchase_reversal
begin select raise(abort, 'purchase_reversal: never changed'); end;
create trigger purchase_reversal_is_never_deleted before delete on purchase_reversal
begin select raise(abort, 'purchase_reversal: never deleted'); end;
