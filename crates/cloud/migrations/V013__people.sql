-- Who may do what: limits of permissions, approvals by a second person, settings, and an audit that says where, why,
-- and what was before.

-- How far a role goes with a permission. A permission that has no limit has neither.
alter table role_permission
  add column max_bps   integer check (max_bps between 0 and 10000),   -- basis points off the list's price; null: no limit
  add column max_minor bigint  check (max_minor >= 0);                -- minor units; null: no limit
grant update on role_permission to branchline_app;

alter table role
  add column description text not null default '',                    -- for whom it is
  add column second_factor boolean not null default false,            -- whoever has it gives one at the office
  add column changed_at  timestamptz;                                 -- null: as it was founded

-- What a role could do before it was changed: an act from back then is judged by it. Append-only.
create table role_permission_past (
  id         bigint      generated always as identity primary key,
  role_id    uuid        not null references role,
  permission text        not null references permission,
  until      timestamptz not null                                     -- business time
);
create index role_permission_past_role on role_permission_past (role_id, permission, until);
create trigger role_permission_past_append_only before update or delete on role_permission_past
  for each row execute function refuse_change();
revoke update, delete on role_permission_past from branchline_app;

create function keep_role_permission() returns trigger language plpgsql as $$
begin
  insert into role_permission_past (role_id, permission, until)
  select role_id, permission, moment() from taken;
  return null;
end $$;
create trigger keep_role_permission after delete on role_permission
  referencing old table as taken for each statement execute function keep_role_permission();

-- When and why somebody was dismissed; what they did after it is flagged. Null while they work here.
alter table staff
  add column dismissed_at     timestamptz,                            -- business time
  add column dismissed_reason text,
  add check (not active or dismissed_at is null);

-- What holds for the whole chain, by code. Changes.
create table setting (
  code       text        primary key,
  value      jsonb       not null,
  changed_at timestamptz,                                             -- null: as it came
  changed_by text        not null default 'service:founding'
);
grant update on setting to branchline_app;
-- Days after its last contact for which a shop believes what supervisors may do. `roles` by the role's id; null: for
-- ever. Plain trade never ends (retail::staff::Permission::lasts_offline).
insert into setting (code, value) values ('role.offline_days', '{"default": 7, "roles": {}}');

-- What one person asks for and another one decides. Decided once; never removed.
create table approval (
  id           uuid        primary key,
  action       text        not null check (action in ('node.fence', 'role.change', 'stock.count')),
  subject      text        not null,                                  -- what it is done to
  payload      jsonb       not null,                                  -- what will be done
  location_id  uuid        references location,                       -- null: the whole chain
  requested_by uuid        not null references staff,
  requested_at timestamptz not null,
  reason       text        not null,
  expires_at   timestamptz not null check (expires_at >= requested_at),
  decided_by   uuid        references staff,
  decided_at   timestamptz,
  outcome      text        check (outcome in ('approved', 'rejected', 'withdrawn')),
  comment      text,
  check ((outcome is null) = (decided_at is null) and (outcome is null) = (decided_by is null)),
  -- Who asks does not decide, whatever the application thinks.
  check (outcome is null or (outcome = 'withdrawn') = (decided_by = requested_by))
);
create index approval_newest on approval (requested_at desc, id desc);
create unique index approval_open on approval (action, subject, requested_by) where outcome is null;
grant update on approval to branchline_app;

-- The audit says where, why, from which address and session, and what was before and after. What was done at a shop
-- while nobody looked comes with its event: when it happened there, and what is odd about it.
alter table audit
  add column location_id   uuid references location,                  -- null: about no location
  add column before        jsonb,
  add column after         jsonb,
  add column reason        text,
  add column address       text,
  add column session_id    uuid,
  add column event_id      uuid,                                      -- the node's event
  add column node_id       uuid,
  add column register_id   uuid,
  add column business_date date,
  add column happened_at   timestamptz,                               -- by the node's clock; null: at `at`
  add column flags         text[] not null default '{}';              -- 'dismissed', 'not_permitted', 'unknown'
create index audit_place on audit (location_id, id desc);
create index audit_actor on audit (actor, id desc);
create index audit_action on audit (action, id desc);
create index audit_subject on audit (subject, id desc);
create unique index audit_event on audit (event_id, action) where event_id is not null;
create index audit_flagged on audit (id desc) where flags <> '{}';
-- Who is refused something is noted once an hour, by whichever instance.
create unique index audit_refused on audit (actor, subject, date_bin('1 hour', at, timestamptz '1970-01-01 00:00:00+00'))
  where action = 'access.refused';

-- An entry about a location concerns those who see it; everybody sees, and writes, what they do themselves.
select isolate('audit', 'location_id = any ((select visible_locations())::uuid[]) or actor = (select actor())');
select isolate('approval', 'location_id = any ((select visible_locations())::uuid[])
  or requested_by = (select acting_staff())');
