-- What runs behind: jobs, their clock, and the messages to open pages.

-- Work to be done, enqueued in the transaction that makes it necessary. Deleted when done; dead ones stay to be looked at.
create table job (
  id           bigint      generated always as identity primary key,
  kind         text        not null,
  payload      jsonb       not null default '{}',
  dedupe_key   text        unique,           -- at most one job with this key is waiting or running
  run_at       timestamptz not null,         -- system clock
  attempts     integer     not null default 0,
  locked_until timestamptz,                  -- a lease: whoever has it may be dead after that
  last_error   text,
  dead_at      timestamptz,                  -- given up
  created_at   timestamptz not null
);
create index job_ready on job (run_at, id) where dead_at is null;
create index job_dead on job (dead_at) where dead_at is not null;

-- A tick of a schedule that somebody has claimed.
create table cron_tick (
  name text        not null,
  tick timestamptz not null,
  primary key (name, tick)
);

-- Messages to open pages, written with what they tell. Read in the order (xid, id), and only what is older than every
-- running transaction, so none is passed over. Deleted after a day.
create table live_event (
  id          bigint      generated always as identity primary key,
  xid         bigint      not null default pg_current_xact_id()::text::bigint,
  location_id uuid        not null,          -- only for viewers of this location
  permission  text        not null,          -- … who have this permission there
  payload     text        not null,          -- JSON, without its cursor
  at          timestamptz not null
);
create index live_event_cursor on live_event (xid, id);
create index live_event_age on live_event (at);

-- SQL functions as they were last applied, by file.
create table function_file (
  name text  primary key,
  hash bytea not null
);

grant usage on schema public to branchline_app;
grant select, insert, update, delete on all tables in schema public to branchline_app;
grant usage on all sequences in schema public to branchline_app;
revoke update, delete on inbox, booked, conflict, stock_movement, sale, sale_line, tender, purchase, purchase_line,
  audit, summary_difference from branchline_app;
revoke insert, update, delete on function_file, permission from branchline_app;
revoke insert, update, delete on reference_entity from branchline_app;
alter default privileges in schema public grant select, insert on tables to branchline_app;
revoke insert, update, delete on refinery_schema_history from branchline_app;
