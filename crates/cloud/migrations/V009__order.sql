-- Online orders: promises to customers who are not in a shop. An order becomes sales when it is handed over.
--
-- Orders, lines and reservations have no foreign keys: they are written only by checkout, together and in bulk, and a
-- check for each row (and a lock on the channel's row for each order) would cost more than writing it.

-- Who may place orders from outside: the web shop's server, a marketplace. The key is shown once.
create table channel (
  id         uuid        primary key,
  name       text        not null unique check (name <> ''),
  key_hash   bytea       not null unique check (octet_length(key_hash) = 32),   -- SHA-256
  active     boolean     not null default true,
  created_at timestamptz not null
);

-- Numbers of orders. They may have gaps: a cart that is refused uses one up.
create sequence order_number;

create table online_order (
  id           uuid        primary key,                 -- made by the client; repeating it gives the first answer
  channel_id   uuid,                                    -- null: by staff, for a customer on the phone
  placed_by    text        not null,                    -- `channel:<id>` or `staff:<id>`
  number       text        not null unique,
  customer     text        not null default '',         -- as it is called out at the counter
  location_id  uuid,                                    -- where it is picked up; null: from anywhere
  state        text        not null check (state in
    ('held', 'claimed', 'cancelling', 'picked', 'handed_over', 'cancelled', 'expired')),
  total_minor  bigint      not null check (total_minor >= 0),
  tax_minor    bigint      not null,
  request_hash bytea       not null,
  placed_at    timestamptz not null,                    -- business clock
  hold_until   timestamptz not null,                    -- system clock
  claimed_at   timestamptz,                             -- business clock, like closed_at
  payment      text,                                    -- the payment's own number
  closed_at    timestamptz,
  close_reason text
);
create index online_order_newest on online_order (placed_at desc, id);
create index online_order_due on online_order (hold_until) where state = 'held';

-- What was ordered, at the price that counted then. `lost` grows when units can be delivered from nowhere.
create table online_order_line (
  order_id       uuid    not null,
  line           integer not null,                      -- from 0
  variant_id     uuid    not null,
  quantity       bigint  not null check (quantity > 0), -- base units
  unit_price     numeric not null,                      -- major units per `price_quantity`
  price_quantity bigint  not null,
  price_version  bigint  not null,
  tax_rate_bps   bigint  not null,
  total_minor    bigint  not null,
  lost           bigint  not null default 0 check (lost between 0 and quantity),
  primary key (order_id, line)
);

-- A promise: so many units of a variant from one location. Takes only the steps of retail::rights::ReservationState,
-- each under this row's lock and together with the account in cloud_rights.
create table reservation (
  id          uuid        primary key,
  order_id    uuid        not null,
  line        integer     not null,
  location_id uuid        not null,
  variant_id  uuid        not null,
  quantity    bigint      not null check (quantity > 0),
  picked      bigint      not null default 0 check (picked between 0 and quantity),
  state       text        not null check (state in
    ('held', 'claimed', 'cancelling', 'picked', 'handed_over', 'expired', 'cancelled', 'short', 'broken')),
  why         text,                                     -- of `cancelling`: what it will be, `cancelled` or `broken`
  cause       text,                                     -- of a broken promise: `override`, `count`
  sourced_at  timestamptz,                              -- units that were not delivered were looked for elsewhere
  changed_at  timestamptz not null                      -- business clock
);
create index reservation_order on reservation (order_id);
create index reservation_promised on reservation (location_id, variant_id, id) where state in ('held', 'claimed', 'cancelling');
create index reservation_open on reservation (order_id)
  where sourced_at is null and (state in ('short', 'broken') or state = 'picked' and picked < quantity);

-- What is to be told outside about an order (mail, web hook, search): written with it, sent by a job.
create table order_outbox (
  id       bigint      generated always as identity primary key,
  order_id uuid        not null,
  kind     text        not null,         -- `placed`, `claimed`, `picked`, `handed_over`, `sourced`, `lost`, `cancelled`, `expired`
  payload  jsonb       not null,
  at       timestamptz not null,
  sent_at  timestamptz
);
create index order_outbox_unsent on order_outbox (id) where sent_at is null;

-- A count or a gift of rights that the head office has entered: repeating its id changes nothing. Append-only.
create table office_stock (
  id          uuid        primary key,
  location_id uuid        not null references location,
  kind        text        not null check (kind in ('count', 'grant')),
  lines       jsonb       not null,                     -- [{variant, quantity}]
  made_by     text        not null,
  at          timestamptz not null
);
create trigger office_stock_append_only before update or delete on office_stock
  for each row execute function refuse_change();

-- The rows that every checkout changes stay where they are, so that an update writes no index.
alter table cloud_rights set (fillfactor = 50);

grant update on channel, online_order, online_order_line, reservation, order_outbox to branchline_app;
grant usage on all sequences in schema public to branchline_app;
