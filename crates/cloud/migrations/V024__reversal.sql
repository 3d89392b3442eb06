-- Purchases that were taken back at a buying station: voided, or replaced by another. The purchase stays as it is; its
-- lines count again, the other way round, on the business date of this row. Append-only.
create table purchase_reversal (
  location_id    uuid        not null,
  business_date  date        not null,       -- of the void or the correction
  id             uuid        not null,       -- of the void; or of the purchase that stands in its place
  node_id        uuid        not null,
  epoch          bigint      not null,
  seq            bigint      not null,
  register_id    uuid,
  staff_id       uuid,
  shift_id       uuid        not null,
  ticket_number  text        not null,       -- of the void or the correction
  purchase_id    uuid        not null,       -- what was taken back
  purchase_date  date        not null,       -- its business date
  replacement_id uuid,                       -- null: a void
  reason         text        not null,
  approved_by    uuid,
  payment_kind   text        not null,       -- as the purchase was paid, and is paid back
  total_minor    bigint      not null,       -- what the purchase cost
  reversed_at    timestamptz not null,       -- by the node's clock
  local_hour     smallint    not null check (local_hour between 0 and 23),
  received_at    timestamptz not null,
  applied_at     timestamptz not null,
  salvaged       boolean     not null,
  primary key (location_id, id),
  check (replacement_id is null or replacement_id = id)
);
create unique index purchase_reversal_once on purchase_reversal (location_id, purchase_id);
create index purchase_reversal_date on purchase_reversal (location_id, business_date);
create trigger purchase_reversal_append_only before update or delete on purchase_reversal
  for each row execute function refuse_change();
revoke update, delete on purchase_reversal from branchline_app;
select isolate('purchase_reversal');

-- Whoever manages roles may give it from the beginning, or nobody could give it to anybody.
insert into permission (code) values ('purchase.void') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, 'purchase.void' from role_permission rp where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
