-- Online orders: promises to customers who are not in a shop. An order becomes sales when it is handed over.

-- Who may place orders from outside: the web shop's server, a marketplace. The key is shown once.
create table channel (
  id         uuid        primary key,
  name       text        not null check (name <> ''),
  key_hash   bytea       not null unique check (octet_length(key_hash) = 32),
  active     boolean     not null default true,
  created_at timestamptz not null
);

-- The next number of an order by channel.
create sequence order_number;

create table online_order (
  id           uuid        primary key,                 -- made by the client; repeating it gives the first answer
  channel_id   uuid        not null references channel,
  number       text        not null unique,
  customer     text        not null default '',         -- as it is called out at the counter
  state        text        not null check (state in ('held', 'claimed', 'picked', 'handed_over', 'cancelled', 'expired')),
  total_minor  bigint      not null check (total_minor >= 0),
  tax_minor    bigint      not null,
  request_hash bytea       not null,
  placed_at    timestamptz not null,                    -- business clock
  hold_until   timestamptz not null,                    -- system clock
  claimed_at   timestamptz,
  payment      text,                                    -- the payment's own number
  closed_at    timestamptz,
  close_reason text
);
create index online_order_newest on online_order (placed_at desc, id);
create index online_order_due on online_order (hold_until) where state = 'held';

create table online_order_line (
  order_id       uuid    not null references online_order,
  line           integer not null,
  variant_id     uuid    not null,
  quantity       bigint  not null check (quantity > 0),
  unit_price     numeric not null,
  price_quantity bigint  not null,
  price_version  bigint  not null,
  tax_rate_bps   bigint  not null,
  total_minor    bigint  not null,
  primary key (order_id, line)
);

-- A promise: so many units of a variant from one location. Takes only the steps of retail::rights::ReservationState,
-- each under this row's lock and together with the account in cloud_rights.
create table reservation (
  id          uuid        primary key,
  order_id    uuid        not null references online_order,
  line        integer     not null,
  location_id uuid        not null references location,
  variant_id  uuid        not null,
  quantity    bigint      not null check (quantity > 0),
  state       text        not null check (state in
    ('held', 'claimed', 'cancelling', 'picked', 'handed_over', 'expired', 'cancelled', 'short', 'broken')),
  changed_at  timestamptz not null
);
create index reservation_order on reservation (order_id);
create index reservation_promised on reservation (location_id, variant_id, id) where state in ('held', 'claimed', 'cancelling');

-- What is to be told outside about an order (mail, web hook, search): written with it, sent by a job.
create table order_outbox (
  id       bigint      generated always as identity primary key,
  order_id uuid        not null,
  kind     text        not null,         -- `placed`, `claimed`, `picked`, `short`, `cancelled`, `expired`, `broken`
  payload  jsonb       not null,
  at       timestamptz not null,
  sent_at  timestamptz
);
create index order_outbox_unsent on order_outbox (id) where sent_at is null;

grant update on channel, online_order, reservation, order_outbox to branchline_app;
grant usage on all sequences in schema public to branchline_app;
