-- What can be sold and bought, at which price, from whom. Rows change; none is removed, because history names them.

-- A shelf of the catalogue.
create table category (
  id     uuid primary key,
  name   text not null check (name <> ''),
  parent uuid references category
);

-- What is described.
create table product (
  id          uuid primary key,
  name        text not null check (name <> ''),
  category_id uuid references category
);
create index product_category on product (category_id);

-- A tax rate that prices include.
create table tax (
  id        uuid    primary key,
  name      text    not null,
  rate_bps  integer not null unique check (rate_bps between 0 and 10000)  -- basis points: 700 is 7 %
);

-- What is sold, priced and counted. Retired by `active`.
create table variant (
  id         uuid    primary key,
  product_id uuid    not null references product,
  sku        text    not null unique,
  name       text    not null check (name <> ''),                     -- product and variant in one name
  unit       text    not null check (unit in ('piece', 'gram', 'millilitre', 'millimetre')),  -- never changes
  tax_id     uuid    references tax,
  active     boolean not null default true
);
create index variant_product on variant (product_id);
create index variant_name on variant (lower(name), id);

-- What scanners find a variant by. A barcode stands for one variant only.
create table barcode (
  code       text   primary key,
  variant_id uuid   not null references variant,
  quantity   bigint not null check (quantity > 0)                     -- base units that one scan stands for
);
create index barcode_variant on barcode (variant_id);

-- A list of prices. One list, `standard`, exists so far.
create table price_list (
  id           uuid    primary key,
  code         text    not null unique,
  tax_included boolean not null                                       -- frozen
);

-- A price of a variant from an instant on. A new price is a new version; the old one is ended, never changed.
create table price (
  price_list_id uuid        not null references price_list,
  variant_id    uuid        not null references variant,
  version       bigint      not null check (version > 0),             -- counts the prices of the variant in the list
  amount        numeric     not null check (amount >= 0 and scale(amount) <= 8),  -- major units per `per_quantity`
  per_quantity  bigint      not null check (per_quantity > 0),        -- base units
  valid_from    timestamptz not null,
  valid_until   timestamptz check (valid_until > valid_from),
  primary key (price_list_id, variant_id, version)
);
create index price_variant on price (variant_id, valid_from desc);
create index price_from on price (valid_from);
create index price_until on price (valid_until) where valid_until is not null;

-- From whom we buy.
create table supplier (
  id     uuid    primary key,
  name   text    not null check (name <> ''),
  code   text    not null unique,
  active boolean not null default true
);

-- The newest state of each entity that edges keep a copy of, as they get it (feeds of the wire). Written by
-- triggers in the transaction that changes the base tables, so it cannot lag behind or be forgotten.
create table reference_entity (
  feed        text   not null check (feed in ('location', 'staff', 'category', 'variant', 'supplier')),
  location_id uuid   not null,              -- whom it is for; all zeros: every location
  entity      uuid   not null,
  version     bigint not null,              -- counts the changes of the entity
  xid         bigint not null,              -- the writing transaction: readers only pass what is older than every running one
  state       jsonb,                        -- null: no longer for this location
  primary key (feed, location_id, entity)
);
create index reference_entity_cursor on reference_entity (feed, location_id, xid, entity);
create index reference_entity_xid on reference_entity (xid);
