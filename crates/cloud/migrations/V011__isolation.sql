-- Who sees which rows. What may be done is decided by the application (permissions); which locations somebody reaches
-- at all is decided here too, for every statement of the application's role, so that a forgotten condition shows
-- nothing of a foreign branch. Policies are evaluated once per statement: each function call stands in a `(select …)`.

-- Branches that are run together. A grant may be for all of them.
create table region (
  id   uuid primary key,
  code text not null unique check (code <> ''),
  name text not null check (name <> '')
);
grant update, delete on region to branchline_app;

alter table location add column region_id uuid references region;
create index location_region on location (region_id) where region_id is not null;

-- A grant is for one location, for the locations that a region has at the time, or for the whole chain (both null).
alter table staff_grant add column region_id uuid references region;
alter table staff_grant add constraint staff_grant_reach check (location_id is null or region_id is null);
create index staff_grant_location on staff_grant (location_id) where location_id is not null;
create index staff_grant_region on staff_grant (region_id) where region_id is not null;

-- What clients and nodes name themselves is theirs at one location: the same id elsewhere is another document, so that
-- an id says nothing about other branches.
alter table office_stock drop constraint office_stock_pkey, add primary key (location_id, id);
alter table node_command drop constraint node_command_id_key, add unique (id, location_id);

alter function moment() parallel safe;
alter function actor() parallel safe;

-- Through whose eyes this transaction sees: `staff:<id>`, `node:<id>`, `channel:<id>`, `customer:<id>` or
-- `service:<name>`. As a rule whoever acts; a token sees what its person sees, and a step that concerns several
-- locations (an order) is taken as a service, by the application's decision.
create function reach() returns text language sql stable parallel safe
return coalesce(nullif(current_setting('branchline.reach', true), ''), current_setting('branchline.actor', true), '');

create function acting_staff() returns uuid language sql stable parallel safe
return case when reach() like 'staff:%' then substr(reach(), 7)::uuid end;

create function acting_channel() returns uuid language sql stable parallel safe
return case when reach() like 'channel:%' then substr(reach(), 9)::uuid end;

-- The grants of a person that are in force at an instant: of somebody who works here, begun, and not over. The one place
-- that says so; the planner puts it into the statement that asks (no `set`, no `security definer`).
create function grants_in_force(p_staff uuid, p_at timestamptz)
returns table (role_id uuid, location_id uuid, region_id uuid) language sql stable parallel safe
begin atomic
  select g.role_id, g.location_id, g.region_id
    from staff_grant g join staff s on s.id = g.staff_id
   where g.staff_id = p_staff and s.active and g.valid_from <= p_at and (g.valid_until is null or g.valid_until > p_at);
end;

-- Whether the person has a grant in force in the whole chain, as the tables have it.
create function is_chain_wide() returns boolean language plpgsql stable parallel safe
security definer set search_path = public, pg_temp as $$
declare
  person constant uuid := acting_staff();
begin
  if person is null then
    return false;
  end if;
  return exists (
    select from grants_in_force(person, moment()) g where g.location_id is null and g.region_id is null);
end $$;

-- The locations that any grant in force reaches, or the node's own, as the tables have it.
create function reached_locations() returns uuid[] language plpgsql stable parallel safe
security definer set search_path = public, pg_temp as $$
declare
  seer constant text := reach();
begin
  case split_part(seer, ':', 1)
    when 'staff' then
      return array(
        with held as materialized (
          select g.location_id, g.region_id from grants_in_force(substr(seer, 7)::uuid, moment()) g
        )
        select held.location_id from held where held.location_id is not null
        union select l.id from held join location l on l.region_id = held.region_id
        union select l.id from location l
               where exists (select from held where held.location_id is null and held.region_id is null));
    when 'node' then
      return array(select n.location_id from node n where n.id = substr(seer, 6)::uuid);
    else
      return '{}';
  end case;
end $$;

-- Looks up once what this transaction sees and keeps it for the policies: `branchline.seen` is `*` or the locations, and
-- counts only as long as `branchline.seer` is who sees.
create function look_around() returns void language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  seer constant text := reach();
  is_everywhere boolean;
  places uuid[];
  regions uuid[];
begin
  if seer like 'service:%' then
    return;
  end if;
  if seer like 'staff:%' then
    select bool_or(g.location_id is null and g.region_id is null),
           array_agg(g.location_id) filter (where g.location_id is not null),
           array_agg(g.region_id) filter (where g.region_id is not null)
      into is_everywhere, places, regions
      from grants_in_force(substr(seer, 7)::uuid, moment()) g;
    if regions is not null then
      places := array(select unnest(places) union select l.id from location l where l.region_id = any (regions));
    end if;
  else
    places := reached_locations();
  end if;
  perform set_config('branchline.seen',
                     case when is_everywhere then '*' else coalesce(places, '{}')::text end, true),
          set_config('branchline.seer', seer, true);
end $$;

-- Whether every row is seen: services, and people of the whole chain. This and visible_locations() are expressions, so
-- that a policy costs some microseconds for each table of a statement.
create function acts_for_all() returns boolean language sql stable parallel safe
return reach() like 'service:%'
    or case when current_setting('branchline.seer', true) = reach()
            then current_setting('branchline.seen', true) = '*' else is_chain_wide() end;

-- The locations that are seen.
create function visible_locations() returns uuid[] language sql stable parallel safe
return case when current_setting('branchline.seer', true) = reach() and current_setting('branchline.seen', true) <> '*'
            then current_setting('branchline.seen', true)::uuid[] else reached_locations() end;

-- The regions that the person has a grant in force for.
create function granted_regions() returns uuid[] language plpgsql stable parallel safe
security definer set search_path = public, pg_temp as $$
declare
  person constant uuid := acting_staff();
begin
  if person is null then
    return '{}';
  end if;
  return array(select g.region_id from grants_in_force(person, moment()) g where g.region_id is not null);
end $$;

-- Whether an order was placed by a channel. For policies, which may not ask each other in a circle.
create function is_order_of(p_order uuid, p_channel uuid) returns boolean language plpgsql stable parallel safe
security definer set search_path = public, pg_temp as $$
begin
  return exists (select from online_order where id = p_order and channel_id = p_channel);
end $$;

-- Forces row-level security on a table of locations. `p_rule` says in its own words which rows somebody sees who does
-- not see all. The owner, whose functions keep what belongs to all locations, sees everything by a policy too.
create function isolate(p_table regclass, p_rule text default 'location_id = any ((select visible_locations())::uuid[])')
returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('create policy by_location on %s to branchline_app using ((select acts_for_all()) or %s) with check ((select acts_for_all()) or %s)',
    p_table, p_rule, p_rule);
  execute format('create policy by_owner on %s to branchline_owner using (true) with check (true)', p_table);
end $$;
revoke execute on function isolate(regclass, text) from public;

do $$
declare
  isolated text;
  part     regclass;
begin
  foreach isolated in array array[
    'register', 'enrolment_code', 'node', 'node_stream', 'node_apply', 'inbox', 'booked', 'held_event', 'conflict',
    'event_correction', 'salvage', 'stock_movement', 'stock_balance', 'shift', 'sale', 'sale_line', 'tender', 'purchase',
    'purchase_line', 'daily_sales', 'hourly_sales', 'daily_product', 'daily_purchase', 'hourly_purchase',
    'daily_product_purchase', 'summary_version', 'summary_difference', 'live_event', 'live_touch', 'cloud_rights',
    'cloud_rights_entry', 'node_command', 'command_stream', 'recall', 'stock_case', 'business_day', 'invariant_check',
    'office_stock', 'reservation'
  ] loop
    perform isolate(isolated::regclass);
  end loop;
  -- Partitions have no policy of their own: they are read through their table or not at all.
  for part in select inhrelid from pg_inherits join pg_class c on c.oid = inhrelid where c.relkind = 'r' loop
    execute format('alter table %s enable row level security', part);
    execute format('alter table %s force row level security', part);
  end loop;
end $$;

select isolate('location', 'id = any ((select visible_locations())::uuid[])');
-- A web shop shows where one can pick up.
create policy of_channel on location for select to branchline_app using ((select acting_channel()) is not null);

select isolate('node_key', 'node_id in (select id from node)');

-- What all locations get a copy of stands under no location: nodes see it too.
select isolate('reference_entity', 'location_id = any ((select visible_locations())::uuid[])
  or location_id = ''00000000-0000-0000-0000-000000000000''::uuid and (select reach() like ''node:%'')');

-- A grant beyond one location concerns those who have one as wide. Everybody sees their own.
select isolate('staff_grant', 'location_id = any ((select visible_locations())::uuid[])
  or region_id = any ((select granted_regions())::uuid[])');
create policy of_person on staff_grant for select to branchline_app using (staff_id = (select acting_staff()));

-- An order is seen where it is picked up, wherever something of it comes from, and by its channel.
create policy of_channel on reservation for select to branchline_app
  using ((select acting_channel()) is not null and is_order_of(order_id, (select acting_channel())));
select isolate('online_order', 'location_id = any ((select visible_locations())::uuid[])
  or channel_id = (select acting_channel()) or exists (select from reservation r where r.order_id = online_order.id)');
select isolate('online_order_line', 'exists (select from online_order o where o.id = order_id)');
select isolate('order_outbox', 'exists (select from online_order o where o.id = order_id)');
