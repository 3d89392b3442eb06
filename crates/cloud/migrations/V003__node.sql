-- The edges and what they have sent. What belongs to numbers, hashes and places in streams is kept exact here;
-- what an event means is decided later, by apply.

-- An edge's identity in the protocol. Changes only by enrolment, fencing and retirement.
create table node (
  id          uuid        primary key,
  location_id uuid        not null references location,
  public_key  bytea       not null check (octet_length(public_key) = 32),  -- Ed25519
  fingerprint text        not null,                                   -- of its machine (decision 13)
  version     text        not null,                                   -- software, as of the last contact
  enrolled_at timestamptz not null
);
create index node_location on node (location_id);

-- Where a node's streams stand: one row per node, locked by accept. Changes with every push and heartbeat.
create table node_stream (
  node_id         uuid        primary key references node,
  location_id     uuid        not null,
  epoch           bigint      not null,
  status          text        not null check (status in ('active', 'fenced', 'fenced_fork', 'retired')),
  last_seq        bigint      not null check (last_seq >= 0),         -- held without a gap
  last_hash       bytea       not null check (octet_length(last_hash) = 32),
  safe_seq        bigint      not null default 0,                     -- covered by a verified backup or a standby (decision 12)
  r_next          bigint      not null default 1,                     -- next index of rights and commands
  r_acked         bigint      not null default 0 check (r_acked < r_next),
  head_seq        bigint      not null default 0,                     -- newest event that the node says it has
  complete_to     timestamptz,                                        -- everything before it is here, by the node's clock
  last_event_at   timestamptz,                                        -- of event `last_seq`
  last_seen       timestamptz,                                        -- by the cloud's system clock
  clock_offset_ms bigint,                                             -- node's clock less ours at the last contact
  boot            uuid,                                               -- process of the node
  suspect         text                                                -- why somebody should look at it; null: nothing known
);
create index node_stream_location on node_stream (location_id);

-- The evidence: every event as it came, byte for byte. Append-only.
create table inbox (
  location_id uuid        not null,
  node_id     uuid        not null,
  epoch       bigint      not null,
  seq         bigint      not null,
  event_id    uuid        not null,          -- not unique: accepting must never depend on content
  kind        text        not null,
  ver         integer     not null,
  header      bytea       not null,
  body        bytea       not null,
  hash        bytea       not null,
  booked      boolean     not null,          -- false: the same fact was booked before, nothing follows from this copy
  received_at timestamptz not null,
  primary key (location_id, node_id, epoch, seq)
);
create trigger inbox_append_only before update or delete on inbox for each row execute function refuse_change();

-- Facts that have taken effect: one fact, one booking, for ever, across nodes and epochs. Append-only.
create table booked (
  location_id uuid not null,
  event_id    uuid not null,
  primary key (location_id, event_id)
);
create trigger booked_append_only before update or delete on booked for each row execute function refuse_change();

-- How far apply has come: every event up to `frontier` is applied or held. Locked by the worker that has the node.
-- last_seq = applied + held + (last_seq - frontier), always.
create table node_apply (
  node_id     uuid   not null references node,
  location_id uuid   not null,
  epoch       bigint not null,
  frontier    bigint not null default 0,
  applied     bigint not null default 0,     -- events that have become rows
  primary key (node_id, epoch)
);

-- Events that could not be applied yet. Deleted when they are.
create table held_event (
  location_id uuid        not null,
  node_id     uuid        not null,
  epoch       bigint      not null,
  seq         bigint      not null,
  event_id    uuid        not null,
  kind        text        not null,
  aggregate   uuid,                          -- later events of the same one wait behind a waiting one
  state       text        not null check (state in ('waiting', 'quarantined')),
  reason      text        not null,          -- stable code: `reference.missing`, `body.unreadable`, …
  detail      text        not null,
  depends_on  uuid,                          -- the missing entity
  attempts    integer     not null,
  received_at timestamptz not null,
  retry_at    timestamptz,                   -- system clock; null: only when something changes or somebody asks
  primary key (location_id, node_id, epoch, seq)
);
create index held_event_node on held_event (node_id, epoch, state);
create index held_event_due on held_event (retry_at) where state = 'waiting' and retry_at is not null;
create index held_event_dependency on held_event (depends_on) where depends_on is not null;

-- A client sent an id again with other content: the first stands, the second is kept here. Append-only.
create table conflict (
  location_id   uuid        not null,
  business_date date        not null,
  id            uuid        not null,        -- the event that reported it
  node_id       uuid        not null,
  noun          text        not null,        -- `sale`, `purchase`, `shift`, `count`
  subject_id    uuid        not null,        -- the id that stands for something else
  content       jsonb       not null,
  refused_at    timestamptz not null,
  primary key (location_id, business_date, id)
);
create trigger conflict_append_only before update or delete on conflict for each row execute function refuse_change();
