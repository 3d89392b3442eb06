-- Figures by day, hour and product. Kept by apply in the transaction that writes the raw rows, so they are equal to
-- them at every instant; `summary.audit` compares them every night and rebuild_summaries() makes them again.

create table daily_sales (
  location_id    uuid   not null,
  business_date  date   not null,
  sales          bigint not null,
  lines          bigint not null,
  units          bigint not null,            -- as in sale
  revenue_minor  bigint not null,            -- what customers paid, tax included
  discount_minor bigint not null,
  tax_minor      bigint not null,
  primary key (location_id, business_date)
);

create table hourly_sales (
  location_id   uuid     not null,
  business_date date     not null,
  hour          smallint not null,           -- of the location's clock
  sales         bigint   not null,
  revenue_minor bigint   not null,
  primary key (location_id, business_date, hour)
);

create table daily_product (
  location_id   uuid   not null,
  business_date date   not null,
  variant_id    uuid   not null,
  lines         bigint not null,
  quantity      bigint not null,             -- base units
  revenue_minor bigint not null,
  primary key (location_id, business_date, variant_id)
);

create table daily_purchase (
  location_id   uuid   not null,
  business_date date   not null,
  purchases     bigint not null,
  total_minor   bigint not null,
  primary key (location_id, business_date)
);

create table hourly_purchase (
  location_id   uuid     not null,
  business_date date     not null,
  hour          smallint not null,
  purchases     bigint   not null,
  total_minor   bigint   not null,
  primary key (location_id, business_date, hour)
);

create table daily_product_purchase (
  location_id   uuid   not null,
  business_date date   not null,
  variant_id    uuid   not null,
  lines         bigint not null,
  quantity      bigint not null,             -- base units
  cost_minor    bigint not null,
  primary key (location_id, business_date, variant_id)
);

-- Counts the changes of a location's figures: what a cache keeps is right as long as the number is.
create table summary_version (
  location_id uuid   primary key,
  version     bigint not null
);

-- What a comparison of figures with raw rows has found. Append-only.
create table summary_difference (
  id            bigint      generated always as identity primary key,
  found_at      timestamptz not null,
  location_id   uuid        not null,
  business_date date        not null,
  summary       text        not null,        -- the table
  kept          jsonb       not null,        -- what the summary said
  raw           jsonb       not null         -- what the raw rows say
);
create trigger summary_difference_append_only before update or delete on summary_difference
  for each row execute function refuse_change();
