-- What a promotion did at a location on a business date: the sums of promotion_use, kept in the transaction that writes its
-- rows. `summary.audit` compares them every night and rebuild_summaries() makes them again.
create table daily_promotion (
  location_id   uuid   not null,
  business_date date   not null,
  promotion_id  uuid   not null,
  receipts      bigint not null,             -- sales that used it
  units         bigint not null,             -- that it used, as bought or as reduced
  gave_minor    bigint not null,             -- taken off goods and shipping
  primary key (promotion_id, location_id, business_date)
);
create index daily_promotion_date on daily_promotion (location_id, business_date);
grant update, delete on daily_promotion to branchline_app;
select isolate('daily_promotion');
insert into daily_promotion
select location_id, business_date, promotion_id, count(*), sum(units)::bigint, sum(gave_minor)::bigint
  from promotion_use group by location_id, business_date, promotion_id;
-- Lists and results read the sums.
drop index promotion_use_of;

-- A page of a feed is cut by what it weighs, without reading what is not on it.
alter table reference_entity
  add column bytes integer not null generated always as (coalesce(octet_length(state::text), 0)) stored;

-- Which start of its promotion `wanted` comes from (promotion_run.id): also an older version counts when it is started again.
alter table allowance_pool add column started bigint not null default 0;
update allowance_pool p
   set started = case when p.kind = 'voucher' then p.version
                      else (select coalesce(max(r.id), 0) from promotion_run r
                             where r.promotion_id = p.promotion_id and r.version = p.version and r.act = 'start') end;

-- Nobody works on a preview whose job was given up.
update promotion_preview p set state = 'failed', ended_at = j.dead_at
  from job j
 where p.state = 'running' and j.kind = 'promotion.preview' and j.dead_at is not null and j.payload ->> 'preview' = p.id::text;
