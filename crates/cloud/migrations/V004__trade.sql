-- The ledgers of trade. Append-only, partitioned by month of business_date; location_id is the distribution column.
-- Months are made by ensure_month(); a date that no clock should show falls into the default partition.

-- The stock ledger. On hand is the sum of its movements.
create table stock_movement (
  location_id   uuid        not null,
  business_date date        not null,
  event_id      uuid        not null,
  line          integer     not null,        -- place in the event, from 0
  variant_id    uuid        not null,
  bucket        text        not null,        -- account of the location: N, the node's sellable units
  quantity      bigint      not null,        -- base units; negative when stock leaves the location
  reason        text        not null,        -- the event's type
  occurred_at   timestamptz not null,        -- by the node's clock
  primary key (location_id, business_date, event_id, line)
) partition by range (business_date);

-- The sum of the ledger by variant. Changes with every movement; can be rebuilt.
create table stock_balance (
  location_id uuid   not null,
  variant_id  uuid   not null,
  on_hand     bigint not null,               -- base units
  primary key (location_id, variant_id)
);
create index stock_balance_variant on stock_balance (variant_id);

-- A till's open-to-close period. Changes once, when it closes.
create table shift (
  location_id    uuid        not null,
  business_date  date        not null,
  id             uuid        not null,
  node_id        uuid        not null,
  register_id    uuid,
  opened_by      uuid,
  opened_at      timestamptz,                -- null: the opening has not arrived yet
  float_minor    bigint,                     -- cash put in
  closed_by      uuid,
  closed_at      timestamptz,
  sales          bigint,
  expected_minor bigint,
  counted_minor  bigint,                     -- blind count; over or short is its difference to expected
  primary key (location_id, id)
);
create index shift_date on shift (location_id, business_date);

-- A sale as the node closed it. Append-only.
create table sale (
  location_id     uuid        not null,
  business_date   date        not null,      -- of the shift, not of the calendar
  id              uuid        not null,
  node_id         uuid        not null,
  epoch           bigint      not null,
  seq             bigint      not null,
  channel         text        not null,      -- `till`
  register_id     uuid,
  staff_id        uuid,
  customer_id     uuid,
  shift_id        uuid        not null,
  receipt_number  text        not null,
  closed_at       timestamptz not null,      -- by the node's clock
  local_hour      smallint    not null check (local_hour between 0 and 23),  -- in the location's zone when it was applied
  clock_behind_ms bigint      not null,
  lines           integer     not null,
  units           bigint      not null,      -- pieces, and one for each line by weight, volume or length
  subtotal_minor  bigint      not null,
  discount_minor  bigint      not null,
  tax_minor       bigint      not null,      -- inside the total
  total_minor     bigint      not null,
  change_minor    bigint      not null,
  taxes           jsonb       not null,      -- by rate
  received_at     timestamptz not null,
  applied_at      timestamptz not null,
  primary key (location_id, business_date, id)
) partition by range (business_date);
create index sale_receipt on sale (location_id, receipt_number text_pattern_ops);

-- A product on a sale, as charged. Append-only.
create table sale_line (
  location_id     uuid    not null,
  business_date   date    not null,
  sale_id         uuid    not null,
  line            integer not null,          -- from 0
  variant_id      uuid    not null,
  quantity        bigint  not null,          -- base units
  unit_price      numeric not null,          -- major units per `price_quantity`
  price_quantity  bigint  not null,
  price_version   bigint  not null,          -- the one that the node had (pitfall 34)
  price_reason    text,
  gross_minor     bigint  not null,
  discount_minor  bigint  not null,
  discount_reason text,
  tax_rate_bps    bigint  not null,
  total_minor     bigint  not null,
  units           bigint  not null,          -- as in sale
  primary key (location_id, business_date, sale_id, line)
) partition by range (business_date);

-- A payment. Append-only.
create table tender (
  location_id   uuid    not null,
  business_date date    not null,
  sale_id       uuid    not null,
  line          integer not null,
  kind          text    not null,            -- `cash`, `card`, `coupon`
  amount_minor  bigint  not null,            -- handed over
  reference     text,
  primary key (location_id, business_date, sale_id, line)
) partition by range (business_date);

-- Goods bought on the spot from a supplier. Append-only.
create table purchase (
  location_id       uuid        not null,
  business_date     date        not null,
  id                uuid        not null,
  node_id           uuid        not null,
  epoch             bigint      not null,
  seq               bigint      not null,
  register_id       uuid,
  staff_id          uuid,
  shift_id          uuid        not null,
  ticket_number     text        not null,
  supplier_id       uuid        not null,
  supplier_document text,
  closed_at         timestamptz not null,
  local_hour        smallint    not null check (local_hour between 0 and 23),
  clock_behind_ms   bigint      not null,
  lines             integer     not null,
  payment_kind      text        not null,    -- `cash`, `account`
  total_minor       bigint      not null,
  received_at       timestamptz not null,
  applied_at        timestamptz not null,
  primary key (location_id, business_date, id)
) partition by range (business_date);
create index purchase_ticket on purchase (location_id, ticket_number text_pattern_ops);

-- A product on a purchase. Append-only.
create table purchase_line (
  location_id   uuid    not null,
  business_date date    not null,
  purchase_id   uuid    not null,
  line          integer not null,
  variant_id    uuid    not null,
  quantity      bigint  not null,            -- base units taken into stock
  gross_grams   bigint,                      -- the weighing, when there was one
  tare_grams    bigint,
  manual_weight boolean,                     -- typed, not read from the scale
  unit_cost     numeric not null,            -- major units per `cost_quantity`
  cost_quantity bigint  not null,
  cost_minor    bigint  not null,
  primary key (location_id, business_date, purchase_id, line)
) partition by range (business_date);

-- The months are partitions of these.
do $$
declare
  parent text;
begin
  foreach parent in array array['stock_movement', 'sale', 'sale_line', 'tender', 'purchase', 'purchase_line'] loop
    execute format('create table %I partition of %I default', parent || '_undated', parent);
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()',
      parent || '_append_only', parent);
  end loop;
end $$;
