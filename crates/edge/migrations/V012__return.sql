-- Goods that came back over the counter, of sales of this shop. The sale itself never changes. A return bears a number of
-- its register's receipts. Never changes.
create table sale_return (
  id             blob    not null primary key check (length(id) = 16),   -- made by the till
  seq            integer not null unique references outbox (seq),
  receipt_number text    not null unique,
  sale           blob    not null references sale (id),
  shift          blob    not null references shift (id),                 -- whose drawer the money came from
  register       blob    not null check (length(register) = 16),
  staff          blob    not null check (length(staff) = 16),
  approved_by    blob    check (approved_by is null or length(approved_by) = 16),
  reason         text    not null check (reason <> ''),                  -- retail::returns::REASONS
  note           text,
  policy         text    not null check (policy in ('reprice', 'pro_rata')),
  business_date  text    not null,                                       -- of the return
  returned_at    integer not null,
  total_minor    integer not null check (total_minor >= 0),              -- what the customer got
  taxes          text    not null,                                       -- JSON: the tax inside it, by rate, as in the event
  reasons        text    not null,                                       -- JSON: lost discounts and charged gifts, as in the event
  request_hash   blob    not null
) strict, without rowid;
create index sale_return_by_sale on sale_return (sale);
create index sale_return_by_shift on sale_return (shift);

create table sale_return_line (
  sale_return blob    not null references sale_return (id),
  line        integer not null,                                          -- from 0
  sale        blob    not null,
  sale_line   integer not null,                                          -- its place on the sale
  quantity    integer not null check (quantity >= 0),                    -- base units; 0: gets more for what came back before
  condition   text    check (condition in ('sellable', 'damaged')),
  total_minor integer not null check (total_minor >= 0),                 -- what the customer got for it
  primary key (sale_return, line),
  foreign key (sale, sale_line) references sale_line (sale, line),
  check ((condition is null) = (quantity = 0))
) strict, without rowid;
create index sale_return_line_by_sale on sale_return_line (sale, sale_line);

-- How a refund was given.
create table refund_tender (
  sale_return  blob    not null references sale_return (id),
  position     integer not null,
  kind         text    not null check (kind in ('cash', 'card')),
  amount_minor integer not null check (amount_minor > 0),
  reference    text,
  primary key (sale_return, position)
) strict, without rowid;

-- The right to a refund: each unit comes back once, and nobody gets more for a line than was paid for it, whichever tills
-- ask at the same time.
create trigger sale_return_line_is_of_its_sale before insert on sale_return_line
when not exists (select 1 from sale_return r where r.id = new.sale_return and r.sale = new.sale)
begin select raise(abort, 'sale_return_line: another sale'); end;
create trigger sale_return_line_comes_back_once before insert on sale_return_line
when (select coalesce(sum(b.quantity), 0) + new.quantity from sale_return_line b
       where b.sale = new.sale and b.sale_line = new.sale_line)
   > (select s.quantity from sale_line s where s.sale = new.sale and s.line = new.sale_line)
begin select raise(abort, 'sale_return_line: more than was sold'); end;
create trigger sale_return_line_is_refunded_once before insert on sale_return_line
when (select coalesce(sum(b.total_minor), 0) + new.total_minor from sale_return_line b
       where b.sale = new.sale and b.sale_line = new.sale_line)
   > (select s.total_minor from sale_line s where s.sale = new.sale and s.line = new.sale_line)
begin select raise(abort, 'sale_return_line: more than was paid'); end;
create trigger refund_tender_is_within_its_return before insert on refund_tender
when (select coalesce(sum(t.amount_minor), 0) + new.amount_minor from refund_tender t where t.sale_return = new.sale_return)
   > (select r.total_minor from sale_return r where r.id = new.sale_return)
begin select raise(abort, 'refund_tender: more than the refund'); end;

create trigger sale_return_is_never_changed before update on sale_return
begin select raise(abort, 'sale_return: never changed'); end;
create trigger sale_return_is_never_deleted before delete on sale_return
begin select raise(abort, 'sale_return: never deleted'); end;
create trigger sale_return_line_is_never_changed before update on sale_return_line
begin select raise(abort, 'sale_return_line: never changed'); end;
create trigger sale_return_line_is_never_deleted before delete on sale_return_line
begin select raise(abort, 'sale_return_line: never deleted'); end;
create trigger refund_tender_is_never_changed before update on refund_tender
begin select raise(abort, 'refund_tender: never changed'); end;
create trigger refund_tender_is_never_deleted before delete on refund_tender
begin select raise(abort, 'refund_tender: never deleted'); end;
