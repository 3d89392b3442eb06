-- What we owe suppliers, and why. Purchases, and those that were taken back, come from the shops; what is written at the
-- head office stands here. What is of the whole company stands under no location, and only those who see all see it.

-- A payment, a supplier's credit note, what was owed at the beginning, or the reversal of one of these. Append-only.
create table supplier_document (
  location_id   uuid        not null,        -- whose account; the zero id: the company's
  id            uuid        not null,        -- made by the client
  supplier_id   uuid        not null,
  kind          text        not null check (kind in ('payment', 'credit_note', 'opening_balance', 'reversal')),
  business_date date        not null,        -- as the document says
  amount_minor  bigint      not null,        -- positive; an opening balance below zero: the supplier owes us
  method        text,                        -- of a payment: `cash`, `bank_transfer`, `other`
  reference     text,                        -- the bank's or the supplier's number of it
  note          text,                        -- of a reversal: why
  reverses      uuid,                        -- the document that counts no longer
  staff_id      uuid,
  recorded_at   timestamptz not null,
  primary key (location_id, id),
  check (amount_minor > 0 or kind in ('opening_balance', 'reversal') and amount_minor <> 0),
  check ((reverses is not null) = (kind = 'reversal')),
  check (method is null or kind = 'payment')
);
create unique index supplier_document_reverses on supplier_document (location_id, reverses) where reverses is not null;
create index supplier_document_date on supplier_document (location_id, business_date);
create trigger supplier_document_append_only before update or delete on supplier_document
  for each row execute function refuse_change();
revoke update, delete on supplier_document from branchline_app;
select isolate('supplier_document');

-- The ledger: one row for everything that happened with a supplier, kept in the transaction that writes the document
-- itself. `summary.audit` compares it every night and rebuild_summaries() makes it again, as the figures from it.
create table supplier_entry (
  location_id   uuid        not null,
  supplier_id   uuid        not null,
  business_date date        not null,
  at            timestamptz not null,
  id            uuid        not null,        -- of the document
  kind          text        not null,        -- `purchase`, `purchase_reversal`, or as in supplier_document
  owed_minor    bigint      not null,        -- what it adds to what is owed
  amount_minor  bigint      not null,        -- what it says
  reference     text,                        -- the supplier's own number of it
  reference_key text,                        -- the same as it is compared: a column, or policies keep it from the index
  reverses      uuid,                        -- the document that counts no longer
  due_date      date        not null,        -- from when it is owed: a reversal takes back what it reverses, not the oldest
  due_minor     bigint      not null,        -- what it adds to what has been bought and not paid at once
  primary key (location_id, supplier_id, business_date, at, id, kind) include (owed_minor)
);
create index supplier_entry_date on supplier_entry (location_id, business_date);
create index supplier_entry_reference on supplier_entry (location_id, supplier_id, reference_key)
  where reference_key is not null and kind <> 'reversal';
create index supplier_entry_reverses on supplier_entry (location_id, reverses) where reverses is not null;
grant update, delete on supplier_entry to branchline_app;
select isolate('supplier_entry');

create table daily_supplier (
  location_id   uuid   not null,
  business_date date   not null,
  supplier_id   uuid   not null,
  entries       bigint not null,
  owed_minor    bigint not null,
  due_minor     bigint not null,
  primary key (location_id, supplier_id, business_date)
);
create index daily_supplier_date on daily_supplier (location_id, business_date);
grant update, delete on daily_supplier to branchline_app;
select isolate('daily_supplier');

create table supplier_balance (
  location_id uuid   not null,
  supplier_id uuid   not null,
  entries     bigint not null,
  owed_minor  bigint not null,               -- below zero: paid in advance
  primary key (location_id, supplier_id)
);
create index supplier_balance_supplier on supplier_balance (supplier_id, location_id);
grant update, delete on supplier_balance to branchline_app;
select isolate('supplier_balance');

-- What was bought before there were accounts.
insert into supplier_entry (location_id, supplier_id, business_date, at, id, kind, owed_minor, amount_minor, reference,
  reference_key, reverses, due_date, due_minor)
select p.location_id, p.supplier_id, p.business_date, p.closed_at, p.id, 'purchase', owed.minor, p.total_minor,
       p.supplier_document, nullif(lower(btrim(p.supplier_document)), ''), null, p.business_date, owed.minor
  from purchase p
 cross join lateral (select case p.payment_kind when 'account' then p.total_minor else 0 end as minor) owed
union all
select r.location_id, p.supplier_id, r.business_date, r.reversed_at, r.id, 'purchase_reversal', owed.minor, r.total_minor,
       null, null, r.purchase_id, r.purchase_date, owed.minor
  from purchase_reversal r
  join purchase p on p.location_id = r.location_id and p.business_date = r.purchase_date and p.id = r.purchase_id
 cross join lateral (select case r.payment_kind when 'account' then -r.total_minor else 0 end as minor) owed;
insert into daily_supplier (location_id, business_date, supplier_id, entries, owed_minor, due_minor)
select part.location_id, part.date, part.supplier_id, sum(part.entries)::bigint, sum(part.owed)::bigint, sum(part.due)::bigint
  from (select location_id, supplier_id, business_date as date, 1 as entries, owed_minor as owed, 0 as due from supplier_entry
        union all select location_id, supplier_id, due_date, 0, 0, due_minor from supplier_entry) part
 group by part.location_id, part.date, part.supplier_id;
insert into supplier_balance (location_id, supplier_id, entries, owed_minor)
select location_id, supplier_id, sum(entries)::bigint, sum(owed_minor)::bigint
  from daily_supplier group by location_id, supplier_id;

-- Whoever manages roles may give it from the beginning, or nobody could give it to anybody.
insert into permission (code) values ('supplier.pay') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, 'supplier.pay' from role_permission rp where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
