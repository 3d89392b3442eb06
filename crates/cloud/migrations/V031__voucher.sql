-- What was asked when codes were made, and the answer: the same request again gets it again. Never changes.
create table voucher_batch (
  id           uuid        primary key,              -- made by the client
  promotion_id uuid        not null references promotion,
  request_hash bytea       not null check (length(request_hash) = 32),
  answer       jsonb       not null,
  made_at      timestamptz not null,
  made_by      uuid
);
create trigger voucher_batch_append_only before update or delete on voucher_batch
  for each row execute function refuse_change();
revoke update, delete on voucher_batch from branchline_app;

-- A code that unlocks a promotion. What it says never changes; it may be stopped.
create table voucher (
  id           uuid        primary key,
  promotion_id uuid        not null references promotion,
  batch_id     uuid        not null references voucher_batch deferrable initially deferred,
  code         text        not null unique check (code ~ '^[[:alnum:]]{1,40}$'),  -- in the one form of retail::promotion::voucher
  uses         bigint      check (uses > 0),         -- how often, in all shops together; null: any number of times
  segment      text        check (segment <> ''),    -- only for customers of it; null: for anybody
  patron_id    uuid,                                 -- only for this customer
  valid_until  timestamptz,                          -- not from then on; null: as long as the promotion runs
  stopped_at   timestamptz,
  stop_reason  text        check ((stop_reason is null) = (stopped_at is null))
);
create index voucher_of on voucher (promotion_id, id);
create index voucher_shared on voucher (promotion_id, code)
  where uses is null and segment is null and patron_id is null and valid_until is null and stopped_at is null;
revoke update, delete on voucher from branchline_app;
grant update (stopped_at, stop_reason) on voucher to branchline_app;

-- A trial of a draft on past sales, and how far it is. What is said of it (the draft, the others that ran then, the days and
-- the branches) never changes, and with it its result.
create table promotion_preview (
  id            uuid        primary key,             -- made by the client
  request_hash  bytea       not null check (length(request_hash) = 32),
  document      text        not null,                -- the draft, checked
  others        jsonb       not null,                -- [[id, version]]: what ran when it was begun
  locations     uuid[]      not null,                -- those that the person may see, of those that were asked for
  from_date     date        not null,
  until_date    date        not null check (until_date >= from_date),
  state         text        not null check (state in ('running', 'done', 'failed')),
  at_date       date        not null,                -- the next sale is after this place
  at_location   uuid        not null,
  at_sale       uuid        not null,
  total         bigint      not null,                -- sales
  seen          bigint      not null default 0,
  touched       bigint      not null default 0,      -- sales in which the draft did something
  gave_minor    bigint      not null default 0,      -- by how much the sales would have been cheaper
  before_minor  bigint      not null default 0,      -- what all of them cost without the draft
  units         bigint      not null default 0,      -- that the draft used
  taken_minor   bigint      not null default 0,      -- what the draft took off, more than `gave_minor` where it took the place of others
  by_day        jsonb       not null default '{}',   -- date: [touched, gave_minor]
  examples      jsonb       not null default '[]',
  begun_at      timestamptz not null,
  ended_at      timestamptz,
  made_by       uuid        not null
);
grant update on promotion_preview to branchline_app;
select isolate('promotion_preview', 'locations <@ ((select visible_locations())::uuid[])');

-- Online orders are priced by promotions too.
alter table online_order
  add column discount_minor bigint not null default 0 check (discount_minor >= 0),
  add column trace          text;                    -- why it costs what it costs (JSON); null: no promotion had to do with it
alter table online_order_line
  add column discount_minor bigint not null default 0 check (discount_minor >= 0);  -- what promotions took off
