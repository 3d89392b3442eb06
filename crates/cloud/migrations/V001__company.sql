-- The company, its places and its people.
--
-- Time is a parameter everywhere: the application sets `branchline.now` in each transaction, next to
-- `branchline.actor`, and triggers read it through moment().

-- The instant of this transaction, as the application's clock has it.
create function moment() returns timestamptz language sql stable as
$$ select current_setting('branchline.now')::timestamptz $$;

-- Who acts in this transaction: `staff:<id>`, `node:<id>` or `service:<name>`.
create function actor() returns text language sql stable as
$$ select coalesce(current_setting('branchline.actor', true), '') $$;

-- Keeps a table append-only, whoever asks.
create function refuse_change() returns trigger language plpgsql as
$$ begin raise exception '% is append-only: a correction is a new row', tg_table_name using errcode = 'restrict_violation'; end $$;

-- The company; one row. One deployment is one company with one base currency.
create table company (
  id          uuid        primary key,
  one         boolean     not null default true unique check (one),
  name        text        not null check (name <> ''),
  currency    text        not null check (currency ~ '^[A-Z]{3}$'),   -- ISO 4217; never changes
  incarnation bigint      not null default 1,                         -- grows when the cloud was restored from a backup
  created_at  timestamptz not null
);

-- A place that holds stock. Changes; is never removed.
create table location (
  id         uuid        primary key,
  code       text        not null unique,                             -- short, on labels
  name       text        not null check (name <> ''),
  kind       text        not null check (kind in ('shop', 'buying_station', 'warehouse')),
  home       text        not null check (home in ('edge', 'cloud')),  -- who writes its stock (decision 8)
  time_zone  text        not null,                                    -- IANA name
  address    text        not null default '',                         -- printed on receipts
  created_at timestamptz not null
);

-- A selling point with a drawer. Made inactive, never removed: receipts name it.
create table register (
  location_id uuid    not null references location,
  id          uuid    not null,
  name        text    not null check (name <> ''),
  prefix      text    not null check (prefix <> ''),                  -- begins its receipt numbers
  active      boolean not null default true,
  primary key (location_id, id),
  unique (location_id, prefix)
);

-- Somebody who logs in. Made inactive, never removed: history names them.
create table staff (
  id         uuid        primary key,
  name       text        not null check (name <> ''),
  email      text        unique check (email = lower(email)),         -- signs in at the office with it; null: tills only
  active     boolean     not null default true,
  created_at timestamptz not null
);

-- The secrets of a member of staff. Changes when they change.
create table staff_credential (
  staff_id      uuid        primary key references staff,
  password_hash text,                                                 -- argon2id string; null: no office
  pin_hash      text,                                                 -- argon2id string, goes to the edges; null: no till
  changed_at    timestamptz not null
);

-- A set of permissions with a name. Changes at run time.
create table role (
  id   uuid primary key,
  code text not null unique,
  name text not null check (name <> '')
);

-- One thing that a person may do; the closed list of the code.
create table permission (
  code text primary key
);

-- A permission that a role has. Comes and goes.
create table role_permission (
  role_id    uuid not null references role,
  permission text not null references permission,
  primary key (role_id, permission)
);

-- A role that a person has at one location, or in the whole chain, for a time. Ended by `valid_until`.
create table staff_grant (
  id          uuid        primary key,
  staff_id    uuid        not null references staff,
  role_id     uuid        not null references role,
  location_id uuid        references location,                        -- null: everywhere
  valid_from  timestamptz not null,
  valid_until timestamptz check (valid_until > valid_from)            -- null: until further notice
);
create index staff_grant_staff on staff_grant (staff_id);
create index staff_grant_role on staff_grant (role_id);

-- A sign-in at the office. The token is only in the cookie. Deleted at sign-out and after its end.
create table session (
  id_hash      bytea       primary key,                               -- SHA-256 of the token
  staff_id     uuid        not null references staff,
  created_at   timestamptz not null,
  last_seen_at timestamptz not null,                                  -- idle sessions end
  expires_at   timestamptz not null                                   -- all sessions end
);
create index session_staff on session (staff_id);
create index session_expiry on session (expires_at);

-- Failed sign-ins by account or by address, as hashes: no e-mail of a stranger is kept.
create table sign_in_failure (
  subject_hash bytea       primary key,
  failures     integer     not null,
  locked_until timestamptz not null,
  last_at      timestamptz not null
);
create index sign_in_failure_age on sign_in_failure (last_at);

-- A code that turns a fresh edge into a node, once, within ten minutes.
create table enrolment_code (
  code_hash   bytea       primary key,                                -- SHA-256 of the code
  location_id uuid        not null references location,
  created_by  text        not null,
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  used_at     timestamptz,
  node_id     uuid                                                    -- what it became
);

-- Who did what, when: sign-ins, codes, retries. Append-only.
create table audit (
  id       bigint      generated always as identity primary key,
  at       timestamptz not null,
  actor    text        not null,
  action   text        not null,                                      -- stable code: `session.created`
  subject  text        not null,                                      -- what it was done to
  detail   jsonb       not null default '{}'
);
create index audit_at on audit (at);
create trigger audit_append_only before update or delete on audit for each row execute function refuse_change();
