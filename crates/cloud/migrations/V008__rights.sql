-- Who may promise a unit (sync.md 2.1-2.9). The node's side is a mirror of its events and authorises nothing; the
-- cloud's side is the balance that every online promise and every grant is taken from.

-- The mirror of the node's account; in stock_movement.bucket these are N, C, D, K, U and T. on_hand = node_rights + claim_bound - debt + picked + unsellable.
alter table stock_balance add column node_rights bigint not null default 0;   -- N
alter table stock_balance add column claim_bound bigint not null default 0;   -- C
alter table stock_balance add column debt        bigint not null default 0;   -- D
alter table stock_balance add column picked      bigint not null default 0;   -- K
alter table stock_balance add column unsellable  bigint not null default 0;   -- U
alter table stock_balance add column shipped     bigint not null default 0;   -- T
update stock_balance set node_rights = on_hand;
create index stock_balance_debt on stock_balance (location_id, variant_id) where debt <> 0;

-- The cloud's account of one resource at one location. Changes under its row lock, taken in the order (resource_id,
-- location_id). Checks are the last guard: an online promise beyond them cannot be written.
create table cloud_rights (
  location_id uuid   not null references location,
  resource_id uuid   not null,                                          -- a variant; later a voucher or points account
  available   bigint not null default 0 check (available >= 0),         -- may be promised or granted
  granting    bigint not null default 0 check (granting >= 0),          -- granted, not known to be credited
  promised    bigint not null default 0 check (promised >= 0),          -- held or claimed by orders, not picked
  primary key (resource_id, location_id)
);
create index cloud_rights_location on cloud_rights (location_id);

-- Every change of the cloud's account, with its cause. Append-only; the balance is their sum.
create table cloud_rights_entry (
  location_id uuid        not null,
  resource_id uuid        not null,
  id          bigint      generated always as identity,
  available   bigint      not null,                                     -- signed
  granting    bigint      not null,
  promised    bigint      not null,
  cause       text        not null,     -- `return`, `grant`, `credit`, `reserve`, `release`, `pick`, `count`, `void`, `rebase`, `clamp`
  subject_id  uuid,                                                     -- event, reservation or transfer
  at          timestamptz not null,
  primary key (location_id, resource_id, id)
);
create trigger cloud_rights_entry_append_only before update or delete on cloud_rights_entry
  for each row execute function refuse_change();

-- The keys that a node has had: one for each epoch. Never changes.
create table node_key (
  node_id     uuid        not null references node,
  epoch       bigint      not null,
  public_key  bytea       not null check (octet_length(public_key) = 32),
  fingerprint text        not null,
  incarnation bigint      not null,                                     -- the cloud's at the enrolment
  enrolled_at timestamptz not null,
  primary key (node_id, epoch)
);
insert into node_key (node_id, epoch, public_key, fingerprint, incarnation, enrolled_at)
select n.id, s.epoch, n.public_key, n.fingerprint, coalesce((select incarnation from company), 1), n.enrolled_at from node n join node_stream s on s.node_id = n.id;

-- The stream of commands to a node: dense within (epoch, incarnation), numbered under the lock of the node's place.
-- Never changes; kept.
create table node_command (
  node_id     uuid        not null references node,
  epoch       bigint      not null,
  incarnation bigint      not null,
  idx         bigint      not null,
  id          uuid        not null unique,                              -- the transfer or task, for ever
  location_id uuid        not null,
  kind        text        not null,
  body        jsonb       not null,
  made_at     timestamptz not null,
  primary key (node_id, epoch, incarnation, idx)
);
create trigger node_command_append_only before update or delete on node_command
  for each row execute function refuse_change();

-- Where the next command to a location's node is numbered; one row per location with a node. Always the last lock that
-- a transaction takes (after node_stream, online_order, reservation and cloud_rights), several in the order of locations.
create table command_stream (
  location_id uuid   primary key references location,
  node_id     uuid   not null unique references node,
  epoch       bigint not null,
  incarnation bigint not null,
  next        bigint not null default 1 check (next >= 1)
);
insert into command_stream (location_id, node_id, epoch, incarnation, next)
select distinct on (s.location_id) s.location_id, s.node_id, s.epoch, coalesce((select incarnation from company), 1), s.r_next
  from node_stream s order by s.location_id, s.status = 'active' desc, s.epoch desc;
alter table node_stream drop column r_next;                   -- and with it the check of r_acked

-- What the cloud would like back from a location; advice that is forgotten when its time is over. Coalesced.
create table recall (
  location_id uuid        not null,
  resource_id uuid        not null,
  quantity    bigint      not null check (quantity > 0),
  until       timestamptz not null,                                     -- system clock
  primary key (location_id, resource_id)
);

-- Where a node stands: what fencing and a restored cloud need.
alter table node_stream add column fenced_at     timestamptz;
alter table node_stream add column fenced_reason text;
alter table node_stream add column frozen_at     timestamptz;   -- the cloud was restored: nothing is promised or granted here
alter table node_stream add column rebased_at    timestamptz;   -- the node has followed; a person ends the freeze
alter table node_stream add column missing_from  bigint;        -- a gap was seen: events from here …
alter table node_stream add column missing_to    bigint;        -- … to here have not arrived
alter table node_stream add column restricted_cause text;       -- why the node does not trust its own rights; null: it does

-- The epoch that a code has made or will make again when its answer was lost.
alter table enrolment_code add column epoch bigint;

-- Of an epoch that is over: how far its events were accepted. Null: node_stream says it.
alter table node_apply add column last_seq bigint;

-- True: it came with the records of an epoch that was over; its money counts, its stock was superseded by a count.
alter table sale add column salvaged boolean not null default false;
alter table purchase add column salvaged boolean not null default false;

-- Events of an epoch that is over, or of a fork: evidence, and money that is booked once. Append-only but for `state`.
create table salvage (
  location_id uuid        not null,
  node_id     uuid        not null,
  epoch       bigint      not null,
  seq         bigint      not null,
  hash        bytea       not null,
  event_id    uuid        not null,
  kind        text        not null,
  ver         integer     not null,
  header      bytea       not null,
  body        bytea       not null,
  booked      boolean     not null,      -- false: the same fact was booked before
  state       text        not null check (state in ('queued', 'applied', 'known', 'quarantined')),
  reason      text,
  received_at timestamptz not null,
  primary key (location_id, node_id, epoch, seq, hash)
);
create index salvage_queued on salvage (node_id, epoch, seq) where state = 'queued';

-- A person has put an event right that could not be applied: this body is applied in its place. Append-only; the
-- newest counts, the evidence in the inbox stays as it came.
create table event_correction (
  location_id uuid        not null,
  node_id     uuid        not null,
  epoch       bigint      not null,
  seq         bigint      not null,
  id          uuid        not null,
  body        text        not null,
  reason      text        not null,
  corrected_by uuid       not null,
  at          timestamptz not null,
  primary key (location_id, node_id, epoch, seq, id)
);
create trigger event_correction_append_only before update or delete on event_correction
  for each row execute function refuse_change();

-- Something that a person should look at: a unit found, counted or sold by override at a till, a promise broken, a
-- node's doubtful rights. `state` and `closed_*` change once.
create table stock_case (
  location_id   uuid        not null,
  id            uuid        not null,
  kind          text        not null,    -- `found`, `counted`, `override`, `promise_broken`, `short_pick`, `shortage`
  business_date date        not null,
  variant_id    uuid        not null,
  quantity      bigint      not null,
  event_id      uuid,
  sale_id       uuid,
  reservation_id uuid,
  staff_id      uuid,
  supervisor_id uuid,
  reason        text,
  at            timestamptz not null,
  state         text        not null default 'open' check (state in ('open', 'closed')),
  closed_by     uuid,
  closed_at     timestamptz,
  primary key (location_id, id)
);
create index stock_case_open on stock_case (location_id, at) where state = 'open';

-- A business date of a location that somebody has marked complete, which is possible only when nothing is missing.
create table business_day (
  location_id   uuid        not null references location,
  business_date date        not null,
  completed_at  timestamptz not null,
  completed_by  uuid        not null,
  node_id       uuid        not null,
  epoch         bigint      not null,
  last_seq      bigint      not null,    -- the newest event of the node then
  reopened_at   timestamptz,             -- a late event came after all
  primary key (location_id, business_date)
);

-- A copy of the cloud that was verified: up to here nodes need not keep their events (decision 12). Append-only.
create table backup (
  id          uuid        primary key,
  started_at  timestamptz not null,
  verified_at timestamptz not null,
  kind        text        not null check (kind in ('base_backup', 'external', 'standby')),
  place       text        not null
);

grant update on cloud_rights, command_stream, recall, salvage, stock_case, business_day to branchline_app;
grant delete on recall to branchline_app;
grant usage on all sequences in schema public to branchline_app;
