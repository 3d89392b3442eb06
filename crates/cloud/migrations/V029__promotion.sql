-- Promotions: rules on prices as documents with versions. A version never changes; the head says which one counts.
create table promotion (
  id              uuid        primary key,               -- made by the client
  version         bigint      not null,                  -- the newest
  running_version bigint,                                -- the one by which shops price; null: none
  started_version bigint,                                -- the last one that was started; null: never was
  started_at      timestamptz,
  stopped_at      timestamptz,                           -- null: it runs, or never did
  stop_reason     text,
  changed_at      timestamptz not null,                  -- saved, started or stopped
  words           tsvector    not null,                  -- what it is found by: its name and labels
  check (running_version is null or running_version = started_version),
  check ((started_version is null) = (started_at is null)),
  check ((stopped_at is null) = (running_version is not null or started_version is null))
);
create index promotion_newest on promotion (changed_at desc, id desc);
create index promotion_words on promotion using gin (words);
create index promotion_running on promotion (id) where running_version is not null;
grant update on promotion to branchline_app;

-- What a promotion said. Append-only: sales name the version that priced them.
create table promotion_version (
  promotion_id uuid        not null references promotion,
  version      bigint      not null check (version > 0),
  document     text        not null,                     -- JSON, byte for byte as shops get it
  sha256       bytea       not null check (length(sha256) = 32),
  made_at      timestamptz not null,
  made_by      uuid,                                     -- null: nobody in person
  -- What lists show of the document.
  name         text        not null,
  labels       jsonb       not null,                     -- by language
  mode         text        not null check (mode in ('compounding', 'best_of', 'exclusive')),
  group_name   text        check ((group_name is not null) = (mode = 'best_of')),
  priority     integer     not null,
  starts_at    timestamp,                                -- by the branch's clock; null: no condition says
  ends_at      timestamp,
  primary key (promotion_id, version)
);
create trigger promotion_version_append_only before update or delete on promotion_version
  for each row execute function refuse_change();
revoke update, delete on promotion_version from branchline_app;

-- When which version was started or stopped, by whom and why. Append-only.
create table promotion_run (
  id           bigint      generated always as identity primary key,
  promotion_id uuid        not null references promotion,
  version      bigint      not null,
  act          text        not null check (act in ('start', 'stop')),
  at           timestamptz not null,
  by           uuid,
  reason       text,
  foreign key (promotion_id, version) references promotion_version
);
create index promotion_run_of on promotion_run (promotion_id, id);
create trigger promotion_run_append_only before update or delete on promotion_run
  for each row execute function refuse_change();
revoke update, delete on promotion_run from branchline_app;

-- What a promotion did in a sale. One row for each; append-only.
create table promotion_use (
  location_id   uuid   not null,
  business_date date   not null,
  sale_id       uuid   not null,
  promotion_id  uuid   not null,                         -- as the node had it: no reference, so that nothing waits
  version       bigint not null,
  units         bigint not null,                         -- that it used, as bought or as reduced
  gave_minor    bigint not null,                         -- taken off goods and shipping
  primary key (location_id, business_date, sale_id, promotion_id)
);
create index promotion_use_of on promotion_use (promotion_id, location_id, business_date) include (units, gave_minor);
create trigger promotion_use_append_only before update or delete on promotion_use
  for each row execute function refuse_change();
revoke update, delete on promotion_use from branchline_app;
select isolate('promotion_use');

alter table sale add column trace text;                  -- why it cost what it cost, as the till made it (JSON)
alter table sale_line
  add column promoted_minor bigint  not null default 0,  -- the part of the discount that promotions gave
  add column is_gift        boolean not null default false;

-- Facts by which rules choose and where they stop. Millionths of a minor unit for one base unit.
alter table product add column discountable boolean not null default true;
alter table variant
  add column minimum_millionths bigint check (minimum_millionths > 0),  -- never sold for less by a rule; null: none
  add column cost_millionths    bigint check (cost_millionths >= 0);    -- what it costs the chain; null: not known

alter table patron
  add column segments    text[]   not null default '{}' check (array_position(segments, null) is null),
  add column birth_month smallint check (birth_month between 1 and 12),
  add column birth_day   smallint check (birth_day between 1 and 31),
  add column purchases   bigint   not null default 0 check (purchases >= 0),  -- sales to them that were applied
  add constraint patron_birthday check ((birth_month is null) = (birth_day is null)),
  add constraint patron_forgotten_facts check (erased_at is null or (segments = '{}' and birth_month is null));
create index patron_segments on patron using gin (segments);
update patron p set purchases = bought.sales
  from (select coalesce(a.patron_id, s.customer_id) as id, count(*) as sales
          from sale s left join patron_alias a on a.alias = s.customer_id
         where s.customer_id is not null group by 1) bought
 where bought.id = p.id;

alter table reference_entity drop constraint reference_entity_feed_check;
alter table reference_entity add constraint reference_entity_feed_check
  check (feed in ('location', 'staff', 'category', 'variant', 'supplier', 'patron', 'container', 'promotion'));

-- What shops have of variants and customers from before there were these facts.
update reference_entity kept
   set version = kept.version + 1, xid = pg_current_xact_id()::text::bigint,
       state = kept.state || jsonb_strip_nulls(jsonb_build_object(
         'brand', b.name, 'tags', case when p.tags <> '{}' then to_jsonb(p.tags) end))
  from variant v
  join product p on p.id = v.product_id
  left join brand b on b.id = p.brand_id
 where kept.feed = 'variant' and kept.entity = v.id and kept.state is not null
   and (b.id is not null or p.tags <> '{}');
update reference_entity kept
   set version = kept.version + 1, xid = pg_current_xact_id()::text::bigint,
       state = kept.state || jsonb_build_object('purchases', least(p.purchases, 20))
  from patron p
 where kept.feed = 'patron' and kept.entity = p.id and kept.state ? 'phone_key' and p.purchases > 0;

-- Whoever manages roles may give these from the beginning, or nobody could give them to anybody.
insert into permission (code) values ('promotion.read'), ('promotion.manage'), ('promotion.below_cost') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, given.code
  from role_permission rp
 cross join (values ('promotion.read'), ('promotion.manage'), ('promotion.below_cost')) given (code)
 where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
