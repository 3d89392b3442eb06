-- What is charged for bringing an order, after promotions; inside total_minor.
alter table online_order
  add column shipping_method text   check (shipping_method <> ''),
  add column shipping_minor  bigint not null default 0 check (shipping_minor between 0 and total_minor);
