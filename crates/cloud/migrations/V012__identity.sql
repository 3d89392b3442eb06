-- Who somebody is, and how that is known: identity providers, second factors, sessions, API tokens, invitations, and
-- customers, who are people of another realm. Tokens and codes are kept as hashes; what has to be read again (secrets of
-- providers, of authenticators, ID tokens) is sealed with a key that is not in this database.

-- What the sealing key must be able to open: a process with another key does not start. One row.
create table seal_check (
  one    boolean primary key default true check (one),
  sealed bytea   not null
);

-- An OpenID Connect provider that people of one realm may sign in by. Changes.
create table identity_provider (
  id                   uuid        primary key,
  code                 text        not null unique check (code ~ '^[a-z][a-z0-9-]{0,39}$'),  -- in addresses
  name                 text        not null check (name <> ''),                              -- on the button
  issuer               text        not null,              -- exactly as its ID tokens say it
  client_id            text        not null,
  client_secret_sealed bytea,                             -- null: a public client
  scopes               text[]      not null default '{}', -- besides `openid`
  realm                text        not null check (realm in ('staff', 'customer')),
  unknown              text        not null check (unknown in ('refuse', 'invitation', 'create')),  -- a person who is not known yet
  default_role_id      uuid        references role,       -- of whom it creates, in the whole chain; null: none
  group_claim          text,                              -- the claim with the names of groups; null: it has none
  domains              text[]      not null default '{}', -- e-mail domains that it may vouch for; none: all
  active               boolean     not null default true,
  created_at           timestamptz not null,
  changed_at           timestamptz not null
);

-- A group of a provider means a role, at one location, in a region or in the whole chain.
create table provider_group (
  id          uuid primary key,
  provider_id uuid not null references identity_provider on delete cascade,
  group_name  text not null check (group_name <> ''),
  role_id     uuid not null references role,
  location_id uuid references location,
  region_id   uuid references region,
  check (location_id is null or region_id is null)
);
create index provider_group_provider on provider_group (provider_id, group_name);

-- Roles that a provider's groups gave. Null: given by hand.
alter table staff_grant add column provider_id uuid references identity_provider on delete set null;

-- The person that a provider knows by this subject.
create table external_identity (
  provider_id uuid        not null references identity_provider on delete cascade,
  subject     text        not null,
  staff_id    uuid        not null references staff,
  email       text        not null,                       -- as the provider said it last
  linked_at   timestamptz not null,
  primary key (provider_id, subject),
  unique (provider_id, staff_id)
);
create index external_identity_staff on external_identity (staff_id);

-- A sign-in that has gone to a provider and is not back yet. Taken once, by the browser that began it.
create table login_attempt (
  state_hash      bytea       primary key,                -- SHA-256 of `state`
  browser_hash    bytea       not null,                   -- SHA-256 of a cookie of that browser
  provider_id     uuid        not null references identity_provider on delete cascade,
  nonce           text        not null,                   -- must be in the ID token
  verifier_sealed bytea       not null,                   -- of PKCE
  return_to       text        not null,                   -- a path of our own
  expires_at      timestamptz not null
);
create index login_attempt_expiry on login_attempt (expires_at);

-- A session now has a name that may be shown, and says how it came to be. Everybody signs in again once.
delete from session;
alter table session
  add column id              uuid not null unique,        -- for lists; gives no access
  add column method          text not null check (method in ('password', 'oidc')),
  add column address         text not null default '',
  add column user_agent      text not null default '',
  add column provider_id     uuid references identity_provider on delete cascade,
  add column id_token_sealed bytea,                       -- tells the provider whom to sign out
  add column mfa_at          timestamptz;                 -- when a second factor was given here; null: never

-- A right password that waits for its second factor.
create table sign_in_challenge (
  token_hash bytea       primary key,                     -- SHA-256 of a cookie
  staff_id   uuid        not null references staff,
  tries      integer     not null default 0,
  expires_at timestamptz not null
);
create index sign_in_challenge_expiry on sign_in_challenge (expires_at);

-- The authenticator of a person. One that is not confirmed is asked for by nobody.
create table staff_totp (
  staff_id      uuid        primary key references staff,
  secret_sealed bytea       not null,
  created_at    timestamptz not null,
  confirmed_at  timestamptz,
  last_step     bigint      not null default 0            -- of the last code that was taken: each is good once
);

-- Codes for whoever has lost the authenticator; each is good once.
create table recovery_code (
  staff_id  uuid  not null references staff,
  code_hash bytea not null,
  used_at   timestamptz,
  primary key (staff_id, code_hash)
);

-- A key for a program that acts for a person, as far as the person may and these permissions go.
create table api_token (
  id           uuid        primary key,
  staff_id     uuid        not null references staff,
  name         text        not null check (name <> ''),
  token_hash   bytea       not null unique,
  scopes       text[]      not null,                      -- permission codes
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  last_used_at timestamptz,                               -- within a minute
  revoked_at   timestamptz
);
create index api_token_staff on api_token (staff_id);

-- Somebody may join the staff, once, with the grants below.
create table invitation (
  id          uuid        primary key,
  email       text        not null check (email = lower(email)),
  token_hash  bytea       not null unique,
  invited_by  uuid        not null references staff,
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  accepted_at timestamptz,
  staff_id    uuid        references staff,               -- who they became
  revoked_at  timestamptz
);
create index invitation_email on invitation (email);

create table invitation_grant (
  id            uuid primary key,
  invitation_id uuid not null references invitation on delete cascade,
  role_id       uuid not null references role,
  location_id   uuid references location,
  region_id     uuid references region,
  check (location_id is null or region_id is null)
);
create index invitation_grant_invitation on invitation_grant (invitation_id);

-- Somebody who buys online, known by an e-mail address that is theirs. Belongs to the chain.
create table customer (
  id         uuid        primary key,
  email      text        not null unique check (email = lower(email)),
  name       text        not null default '',
  active     boolean     not null default true,
  created_at timestamptz not null
);

-- A link that was sent by e-mail. Taken once.
create table customer_login (
  token_hash bytea       primary key,
  email      text        not null,
  expires_at timestamptz not null
);
create index customer_login_expiry on customer_login (expires_at);

-- The customer that a provider knows by this subject.
create table customer_identity (
  provider_id uuid        not null references identity_provider on delete cascade,
  subject     text        not null,
  customer_id uuid        not null references customer,
  email       text        not null,
  linked_at   timestamptz not null,
  primary key (provider_id, subject),
  unique (provider_id, customer_id)
);

-- A sign-in at the online shop. Not a session of the office, and never taken for one.
create table customer_session (
  id_hash         bytea       primary key,
  id              uuid        not null unique,
  customer_id     uuid        not null references customer,
  method          text        not null check (method in ('email', 'oidc')),
  provider_id     uuid        references identity_provider on delete cascade,
  id_token_sealed bytea,
  address         text        not null default '',
  user_agent      text        not null default '',
  created_at      timestamptz not null,
  last_seen_at    timestamptz not null,
  expires_at      timestamptz not null
);
create index customer_session_customer on customer_session (customer_id);
create index customer_session_expiry on customer_session (expires_at);

-- What is meant for locations is seen where they are.
select isolate('provider_group', 'location_id = any ((select visible_locations())::uuid[])
  or region_id = any ((select granted_regions())::uuid[])');
select isolate('invitation_grant', 'location_id = any ((select visible_locations())::uuid[])
  or region_id = any ((select granted_regions())::uuid[])');

grant update, delete on identity_provider, provider_group, external_identity, login_attempt, sign_in_challenge, staff_totp,
  recovery_code, customer_login, customer_session, customer_identity to branchline_app;
grant update on api_token, invitation, customer to branchline_app;
