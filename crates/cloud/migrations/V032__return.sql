-- Goods that came back over the counter of a shop. The sale stays as it is; what came back counts the other way round, on
-- the business date of its return. Append-only.
create table sale_return (
  location_id    uuid        not null,
  business_date  date        not null,       -- of the return's shift
  id             uuid        not null,
  node_id        uuid        not null,
  epoch          bigint      not null,
  seq            bigint      not null,
  register_id    uuid,
  staff_id       uuid,
  shift_id       uuid        not null,
  receipt_number text        not null,       -- of the return, in the register's series of receipts
  sale_id        uuid        not null,       -- what the goods were sold by
  sale_date      date        not null,       -- its business date
  sale_number    text        not null,       -- its receipt's number
  customer_id    uuid,
  reason         text        not null,       -- retail::returns::REASONS
  note           text,
  policy         text        not null,       -- `reprice`, `pro_rata`
  approved_by    uuid,
  lines          integer     not null,
  units          bigint      not null,       -- as in sale, positive
  tax_minor      bigint      not null,       -- inside the total, positive
  total_minor    bigint      not null,       -- what the customer got, positive
  taxes          jsonb       not null,       -- by rate
  reasons        jsonb       not null,       -- discounts that were lost, gifts that were charged, what was released
  returned_at    timestamptz not null,       -- by the node's clock
  local_hour     smallint    not null check (local_hour between 0 and 23),
  received_at    timestamptz not null,
  applied_at     timestamptz not null,
  salvaged       boolean     not null,
  primary key (location_id, business_date, id)
) partition by range (business_date);
create index sale_return_sale on sale_return (location_id, sale_id);
create index sale_return_receipt on sale_return (location_id, receipt_number text_pattern_ops);

-- So much of a line of a sale, in one condition. Append-only.
create table sale_return_line (
  location_id   uuid    not null,
  business_date date    not null,
  return_id     uuid    not null,
  line          integer not null,            -- from 0
  sale_id       uuid    not null,
  sale_line     integer not null,            -- its place on the sale
  variant_id    uuid    not null,
  quantity      bigint  not null,            -- base units; 0: it came back before, and gets more now
  condition     text,                        -- `sellable`, `damaged`
  units         bigint  not null,            -- as in sale
  tax_rate_bps  bigint  not null,
  total_minor   bigint  not null,            -- what the customer got for it
  primary key (location_id, business_date, return_id, line)
) partition by range (business_date);

-- How a refund was given. Append-only.
create table refund_tender (
  location_id   uuid    not null,
  business_date date    not null,
  return_id     uuid    not null,
  line          integer not null,
  kind          text    not null,            -- `cash`, `card`
  amount_minor  bigint  not null,            -- positive
  reference     text,
  primary key (location_id, business_date, return_id, line)
) partition by range (business_date);

-- The right to a refund: no more of a line comes back than was sold. What a shop has taken back beyond that (a lost node, a
-- restored one) is money that is gone: it is counted as excess, and somebody looks at it.
create table sale_line_returned (
  location_id uuid    not null,
  sale_id     uuid    not null,
  line        integer not null,
  sold        bigint  not null check (sold >= 0),                        -- base units
  returned    bigint  not null check (returned between 0 and sold),
  excess      bigint  not null check (excess >= 0),
  primary key (location_id, sale_id, line)
);
grant update on sale_line_returned to branchline_app;
select isolate('sale_line_returned');

do $$
declare
  parent text;
  month  record;
begin
  foreach parent in array array['sale_return', 'sale_return_line', 'refund_tender'] loop
    execute format('create table %I partition of %I default', parent || '_undated', parent);
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()',
      parent || '_append_only', parent);
    execute format('revoke update, delete on %I from branchline_app', parent);
    perform isolate(parent::regclass);
    -- The months that sales have already.
    for month in
      select right(child.relname, 8) as suffix, to_date(right(child.relname, 7), 'YYYY_MM') as first
        from pg_inherits join pg_class child on child.oid = inhrelid
       where inhparent = 'sale'::regclass and child.relname ~ '_\d{4}_\d{2}$'
    loop
      execute format('create table %I partition of %I for values from (%L) to (%L)',
        parent || month.suffix, parent, month.first, (month.first + interval '1 month')::date);
    end loop;
    for month in
      select c.oid::regclass as part from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = parent::regclass
    loop
      execute format('alter table %s enable row level security', month.part);
      execute format('alter table %s force row level security', month.part);
    end loop;
  end loop;
end $$;

-- Whoever manages roles may give it from the beginning, or nobody could give it to anybody.
insert into permission (code) values ('return.create') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, 'return.create' from role_permission rp where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
