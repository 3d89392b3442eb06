-- Live messages get their place when they are about to be read: places become visible in their order, so a page
-- that has seen place n has seen everything up to n, whatever other transactions are still running.

drop index live_event_cursor;
alter table live_event drop column xid;
alter table live_event add column place bigint unique;                -- null: not placed yet
create index live_event_waiting on live_event (id) where place is null;

-- The newest place; one row. Locked by whoever gives places.
create table live_head (
  one  boolean primary key default true check (one),
  last bigint  not null
);
insert into live_head (last) values (0);
grant update on live_head to branchline_app;

-- Gives places to the messages that have none, at most so many. Returns how many got one.
create function place_live_events(p_most integer) returns integer language plpgsql as $$
declare
  head   bigint;
  placed integer;
begin
  if not exists (select 1 from live_event where place is null) then
    return 0;
  end if;
  select last into head from live_head for update;
  with due as (
    select id, row_number() over (order by id) as nth
      from (select id from live_event where place is null order by id limit p_most) as waiting
  )
  update live_event set place = head + due.nth from due where live_event.id = due.id;
  get diagnostics placed = row_count;
  update live_head set last = head + placed;
  return placed;
end $$;

-- Lists of sales and purchases, newest first.
create index sale_newest on sale (location_id, business_date, closed_at, id);
create index purchase_newest on purchase (location_id, business_date, closed_at, id);
