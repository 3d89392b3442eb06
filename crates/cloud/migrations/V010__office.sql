-- What the office is shown while it changes, and what is checked about all of it.

-- What has changed since open pages were told: written by triggers in the transaction of the change, so nothing that is
-- committed is forgotten. Taken away by tell_touched(), which makes one message of many changes.
create table live_touch (
  id          bigint generated always as identity primary key,
  location_id uuid   not null,
  what        text   not null check (what in ('stock', 'order', 'case', 'held')),
  ids         uuid[] not null                -- variants, orders, cases; for `held` they say nothing
);

-- Which instance tells; one row. A lease, so that pages hear of a location about four times a second, not more.
create table live_teller (
  one    boolean     primary key default true check (one),
  holder uuid        not null,
  until  timestamptz not null                -- system clock
);
insert into live_teller (holder, until) values ('00000000-0000-0000-0000-000000000000', '-infinity');

-- More than a message has (200) need not be noted: the page is told that there is more, and asks.
create function touch_stock() returns trigger language plpgsql as $$
begin
  insert into live_touch (location_id, what, ids)
  select location_id, 'stock', (array_agg(variant_id))[1:201] from changed group by location_id;
  return null;
end $$;
create trigger stock_balance_touched after insert on stock_balance
  referencing new table as changed for each statement execute function touch_stock();
create trigger stock_balance_touched_again after update on stock_balance
  referencing new table as changed for each statement execute function touch_stock();

create function touch_rights() returns trigger language plpgsql as $$
begin
  insert into live_touch (location_id, what, ids)
  select location_id, 'stock', (array_agg(resource_id))[1:201] from changed group by location_id;
  return null;
end $$;
create trigger cloud_rights_touched after insert on cloud_rights
  referencing new table as changed for each statement execute function touch_rights();
create trigger cloud_rights_touched_again after update on cloud_rights
  referencing new table as changed for each statement execute function touch_rights();

create function touch_order() returns trigger language plpgsql as $$
begin
  insert into live_touch (location_id, what, ids)
  select location_id, 'order', array_agg(distinct order_id) from changed group by location_id;
  return null;
end $$;
create trigger reservation_touched after insert on reservation
  referencing new table as changed for each statement execute function touch_order();
create trigger reservation_touched_again after update on reservation
  referencing new table as changed for each statement execute function touch_order();

-- An order that was brought into step with its reservations afterwards.
create function touch_order_state() returns trigger language plpgsql as $$
begin
  insert into live_touch (location_id, what, ids)
  select r.location_id, 'order', array_agg(distinct r.order_id)
    from changed c join reservation r on r.order_id = c.id group by r.location_id;
  return null;
end $$;
create trigger online_order_touched_again after update on online_order
  referencing new table as changed for each statement execute function touch_order_state();

create function touch_case() returns trigger language plpgsql as $$
begin
  insert into live_touch (location_id, what, ids)
  select location_id, 'case', array_agg(id) from changed group by location_id;
  return null;
end $$;
create trigger stock_case_touched after insert on stock_case
  referencing new table as changed for each statement execute function touch_case();
create trigger stock_case_touched_again after update on stock_case
  referencing new table as changed for each statement execute function touch_case();

create function touch_held() returns trigger language plpgsql as $$
begin
  insert into live_touch (location_id, what, ids) select distinct location_id, 'held', '{}'::uuid[] from changed;
  return null;
end $$;
create trigger held_event_touched after insert on held_event
  referencing new table as changed for each statement execute function touch_held();
create trigger held_event_touched_again after update on held_event
  referencing new table as changed for each statement execute function touch_held();
create trigger held_event_gone after delete on held_event
  referencing old table as changed for each statement execute function touch_held();

-- What cannot be, if everybody keeps the rules: found by an index of the few rows, which the many sales do not change.
alter table stock_balance add column is_odd boolean not null generated always as (
  on_hand <> node_rights + claim_bound - debt + picked + unsellable or on_hand < 0 or node_rights < 0
  or claim_bound < 0 or debt < 0 or debt > claim_bound or picked < 0 or unsellable < 0 or shipped < 0) stored;
create index stock_balance_odd on stock_balance (location_id, variant_id) where is_odd;
create index stock_balance_claims on stock_balance (location_id, variant_id) where claim_bound <> 0;
create index cloud_rights_entry_clamped on cloud_rights_entry (location_id, id) where cause = 'clamp';

-- What the last check of a location found: how many rows of each sort are not as they must be. Replaced by each check.
create table invariant_check (
  location_id uuid        not null references location,
  name        text        not null,          -- of check_invariants()
  checked     bigint      not null,          -- rows that were looked at
  wrong       bigint      not null,
  examples    jsonb       not null,          -- the first few, for people
  at          timestamptz not null,
  primary key (location_id, name)
);

-- What was done about a case.
alter table stock_case add column close_note text;
create index stock_case_newest on stock_case (location_id, at desc, id desc);
create index stock_case_date on stock_case (location_id, business_date);

-- The oldest first, for the list of what is held.
create index held_event_oldest on held_event (location_id, received_at, node_id, epoch, seq);

-- The business date that a header names; null when nobody can read it.
create function header_date(p_header bytea) returns date language plpgsql immutable as $$
begin
  return (convert_from(p_header, 'UTF8')::jsonb ->> 'business_date')::date;
exception when others then
  return null;
end $$;

grant delete on live_touch to branchline_app;
grant update on live_teller to branchline_app;
grant update, delete on invariant_check to branchline_app;
grant usage on all sequences in schema public to branchline_app;
