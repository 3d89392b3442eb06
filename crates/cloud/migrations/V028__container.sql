-- Containers that goods are weighed in: crates, sacks, drums, with what an empty one weighs. Rows change; none is removed,
-- because purchases name them.
create table container (
  id      uuid    primary key,
  name    text    not null check (name = btrim(name) and name <> ''),
  code    text    not null unique check (code <> ''),
  tare    bigint  not null check (tare between 1 and 1000000),   -- grams of an empty one
  active  boolean not null default true,                         -- false: not for new purchases
  version bigint  not null default 1                             -- counts its changes
);
grant update on container to branchline_app;

alter table reference_entity drop constraint reference_entity_feed_check;
alter table reference_entity add constraint reference_entity_feed_check
  check (feed in ('location', 'staff', 'category', 'variant', 'promotion', 'supplier', 'patron', 'container'));

alter table import drop constraint import_kind_check;
alter table import add constraint import_kind_check check (kind in (
  'products', 'categories', 'suppliers', 'brands', 'taxes', 'price_lists', 'prices', 'stock', 'staff', 'locations',
  'containers'));

-- What the tare of a line is made of, as it was then; null: it was typed, or nothing but the goods was on the scale.
-- `manual_tare` is null for lines from before there were containers: every tare was typed then.
alter table purchase_line
  add column container_id    uuid,
  add column container_name  text,
  add column container_grams bigint,                              -- of an empty one
  add column containers      bigint,
  add column manual_tare     boolean;
