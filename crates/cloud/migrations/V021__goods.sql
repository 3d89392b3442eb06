-- Files for everything that a shop moves in with, and locations that people change in the office.

alter table import drop constraint import_kind_check;
alter table import add constraint import_kind_check check (kind in (
  'products', 'categories', 'suppliers', 'brands', 'taxes', 'price_lists', 'prices', 'stock', 'staff', 'locations'));

alter table location
  add column version bigint  not null default 1,               -- counts the changes of it and of its registers
  add column closed  boolean not null default false;           -- trades no more; its figures stay

-- Stock that was there when the system was taken into use, as a document in `office_stock` said it. One for each variant
-- and location: what is opened twice would count twice.
create table opening_stock (
  location_id uuid   not null references location,
  variant_id  uuid   not null references variant,
  quantity    bigint not null check (quantity >= 0),           -- base units
  document_id uuid   not null,
  import_id   uuid   not null references import,
  primary key (location_id, variant_id)
);
select isolate('opening_stock');
create index opening_stock_import on opening_stock (import_id);
create trigger opening_stock_append_only before update or delete on opening_stock
  for each row execute function refuse_change();

alter table office_stock drop constraint office_stock_kind_check;
alter table office_stock add constraint office_stock_kind_check check (kind in ('count', 'grant', 'opening'));

-- Whoever manages roles may manage locations from the beginning, or nobody could give it to anybody. The shops do not ask
-- for it, so they are told nothing.
insert into permission (code) values ('location.manage') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, 'location.manage' from role_permission rp where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
