-- What a catalogue needs beyond what a till charges: descriptions, brands, options (size, colour), tags, units by name,
-- where a variant is bought, price lists for a time, and files that move a shop in. Rows that two people may edit carry
-- `version`, which counts their changes; the history of each is in the audit.

-- Who makes it.
create table brand (
  id      uuid   primary key,
  name    text   not null check (name = btrim(name) and name <> ''),
  version bigint not null default 1
);
create unique index brand_name on brand (lower(name));
grant update on brand to branchline_app;

-- How people count and price what is kept in base units: 1 kg is 1,000 g. Fixed by a build; words are the page's.
create table unit (
  code   text   primary key,
  base   text   not null check (base in ('piece', 'gram', 'millilitre', 'millimetre')),
  factor bigint not null check (factor > 0),                 -- base units in one
  unique (code, base)
);
insert into unit (code, base, factor) values
  ('piece', 'piece', 1), ('pair', 'piece', 2), ('dozen', 'piece', 12), ('hundred', 'piece', 100),
  ('g', 'gram', 1), ('100g', 'gram', 100), ('kg', 'gram', 1000), ('ml', 'millilitre', 1), ('l', 'millilitre', 1000),
  ('mm', 'millimetre', 1), ('cm', 'millimetre', 10), ('m', 'millimetre', 1000);

alter table category
  add column code    text unique check (code <> ''),         -- what another system calls it; null: none
  add column version bigint not null default 1;
create index category_parent on category (parent);
-- Two shelves of one name beside each other could not be told apart: the later ones get a part of their id.
update category c set name = c.name || ' ' || left(c.id::text, 8)
 where exists (select from category other
                where lower(other.name) = lower(c.name) and other.parent is not distinct from c.parent and other.id < c.id);
create unique index category_name on category (coalesce(parent, '00000000-0000-0000-0000-000000000000'), lower(name));

-- A category is not below itself. Moves are taken one after the other, so that two cannot make a loop together.
create function refuse_category_loop() returns trigger language plpgsql as $$
begin
  if new.parent is null then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtext('category.parent'));
  if exists (
    with recursive above (id, parent) as (
      select c.id, c.parent from category c where c.id = new.parent
      union
      select c.id, c.parent from category c join above on c.id = above.parent
    ) select from above where above.id = new.id
  ) then
    raise exception 'category % would be below itself', new.id
      using errcode = 'check_violation', constraint = 'category_loop';
  end if;
  return null;
end $$;
create trigger refuse_category_loop after insert or update of parent on category
  for each row execute function refuse_category_loop();

alter table product
  add column description text   not null default '',
  add column brand_id    uuid   references brand,
  add column tags        text[] not null default '{}',
  add column version     bigint not null default 1;
create index product_brand on product (brand_id) where brand_id is not null;
create index product_name on product (lower(name), id);
create index product_tags on product using gin (tags);

-- In what the variants of a product differ, in the order of `place`, each with its choices: size: S, M, L.
create table product_option (
  product_id uuid     not null references product,
  place      smallint not null check (place between 1 and 3),
  name       text     not null check (name = btrim(name) and name <> ''),
  choices    text[]   not null check (cardinality(choices) between 1 and 100 and array_position(choices, null) is null),
  primary key (product_id, place)
);
create unique index product_option_name on product_option (product_id, lower(name));
grant update, delete on product_option to branchline_app;

alter table variant
  add column options text[] not null default '{}',           -- a choice of each option, by place; none: it has no options
  add column sold_by text,                                   -- the unit that people count and price it in; null: the base unit
  add foreign key (sold_by, unit) references unit (code, base);
-- One SKU for each cell of the matrix, retired ones included: what is made again is taken back.
create unique index variant_options on variant (product_id, options) where options <> '{}';

-- What a variant is counted in never changes: every figure of the past would mean something else.
create function refuse_unit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the unit of variant % never changes', old.id
    using errcode = 'check_violation', constraint = 'variant_unit_frozen';
end $$;
create trigger variant_unit_frozen before update of unit on variant
  for each row when (old.unit is distinct from new.unit) execute function refuse_unit_change();

-- A variant that is sold has one choice of each option of its product; a retired one keeps what it had.
create function check_options() returns trigger language plpgsql as $$
begin
  if exists (
    select from changed v
     where v.active
       and (cardinality(v.options) <> (select count(*) from product_option o where o.product_id = v.product_id)
            or exists (select from product_option o
                        where o.product_id = v.product_id and not (v.options[o.place] = any (o.choices))))
  ) then
    raise exception 'a variant has a choice that its product does not offer'
      using errcode = 'check_violation', constraint = 'variant_choice';
  end if;
  return null;
end $$;
create trigger check_options_insert after insert on variant referencing new table as changed
  for each statement execute function check_options();
create trigger check_options_update after update on variant referencing new table as changed
  for each statement execute function check_options();

-- Where a variant is bought, and as what.
create table variant_supplier (
  variant_id  uuid   not null references variant,
  supplier_id uuid   not null references supplier,
  code        text   not null default '',                    -- the supplier's own code for it
  pack_size   bigint not null check (pack_size > 0),         -- base units in one pack
  primary key (variant_id, supplier_id)
);
create index variant_supplier_supplier on variant_supplier (supplier_id, variant_id);
grant update, delete on variant_supplier to branchline_app;

alter table supplier
  add column phone   text   not null default '',
  add column email   text   not null default '',
  add column address text   not null default '',
  add column version bigint not null default 1;
create index supplier_name on supplier (lower(name), id);

alter table tax add column version bigint not null default 1;

-- A list has a time in which it counts, and a rank. At one instant and for one variant the list with the highest
-- priority counts that has a price for it; lists of one priority never overlap in time, so it is always one.
alter table price_list
  add column name        text        not null default '',
  add column currency    text        check (currency ~ '^[A-Z]{3}$'),   -- null: the company's
  add column priority    integer     not null default 0 check (priority between 0 and 1000),
  add column valid_from  timestamptz not null default '-infinity',
  add column valid_until timestamptz,
  add column version     bigint      not null default 1,
  add constraint price_list_ends check (valid_until > valid_from),
  add constraint price_list_overlap
    exclude using gist (int4range(priority, priority, '[]') with &&, tstzrange(valid_from, valid_until) with &&);
grant update on price_list to branchline_app;

update price_list set name = 'Standard' where code = 'standard';
insert into price_list (id, code, name, tax_included) values ('01900000-0000-7000-8000-000000000001', 'standard', 'Standard', true)
on conflict (code) do nothing;

-- A line of a sale names the version of its price: it is one among all lists of the variant.
create unique index price_version on price (variant_id, version);
-- A price that has not begun may be taken back: nothing names it.
grant delete on price to branchline_app;
create function refuse_past_price() returns trigger language plpgsql as $$
begin
  if old.valid_from <= moment() then
    raise exception 'a price that counted is not removed' using errcode = 'check_violation', constraint = 'price_past';
  end if;
  return old;
end $$;
create trigger refuse_past_price before delete on price for each row execute function refuse_past_price();

-- What a product is found by: the beginnings of words of its names, brand, SKUs, barcodes and supplier's codes, without
-- accents. Kept by triggers.
create table product_search (
  product_id uuid     primary key references product,
  name       text     not null,                              -- in small letters: the order of lists
  words      tsvector not null
);
create index product_search_words on product_search using gin (words);
grant update on product_search to branchline_app;

-- A file that somebody gives us, and how far it is taken in.
create table import (
  id          uuid        primary key,
  kind        text        not null check (kind in ('products', 'categories', 'suppliers')),
  file_name   text        not null,
  options     jsonb       not null,                          -- delimiter, encoding, columns, as told or guessed
  state       text        not null check (state in ('uploading', 'waiting', 'running', 'done', 'cancelled', 'failed')),
  is_dry      boolean     not null default false,
  rows        bigint      not null default 0,                -- in the file, without the header
  next_row    bigint      not null default 0,                -- those before it are taken in or refused
  created     bigint      not null default 0,
  changed     bigint      not null default 0,
  unchanged   bigint      not null default 0,
  refused     bigint      not null default 0,
  failure     jsonb,                                         -- why the file as a whole was refused
  staff_id    uuid        references staff,                  -- null: from the command line
  begun_at    timestamptz not null,                          -- system clock, as the next
  ended_at    timestamptz
);
create index import_newest on import (begun_at desc, id desc);
grant update on import to branchline_app;

-- The file as it came, in pieces.
create table import_part (
  import_id uuid    not null references import,
  place     integer not null check (place >= 0),
  content   bytea   not null,
  primary key (import_id, place)
);
grant update, delete on import_part to branchline_app;

-- A row that was refused, with each reason.
create table import_error (
  import_id uuid   not null references import,
  id        bigint generated always as identity,
  line      bigint not null,                                 -- in the file, from 1
  field     text   not null,                                 -- our name of the column; '': the whole row
  code      text   not null,
  value     text   not null,
  primary key (import_id, id)
);
grant delete on import_error to branchline_app;

-- Whoever manages roles may manage the catalogue from the beginning, or nobody could give it to anybody. The shops ask
-- for none of these, so they are told nothing.
insert into permission (code) values ('catalog.read'), ('catalog.manage'), ('price.manage') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, given.code
  from role_permission rp cross join (values ('catalog.read'), ('catalog.manage'), ('price.manage')) given (code)
 where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
