-- Who may do what, as far as the database has to say it: for how long a shop believes a role, and that open pages look
-- again at what their people may do.

-- Days after the last contact for which a shop believes what a role may do beyond plain trade; null: for ever.
create or replace function offline_days(p_role uuid) returns integer
language sql stable security definer set search_path = public, pg_temp as $$
  select case when value -> 'roles' ? p_role::text then (value -> 'roles' ->> p_role::text)::integer
              else (value ->> 'default')::integer end
    from setting where code = 'role.offline_days'
$$;

-- Tells open pages of these people, on every instance, that what they may do has changed. It is a message like any
-- other, so it comes before everything that is written after it.
create or replace function tell_access(p_staff uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into live_event (location_id, permission, payload, at)
  select '00000000-0000-0000-0000-000000000000', '',
         jsonb_build_object('type', 'access', 'staff', to_jsonb(p_staff))::text, moment()
   where p_staff is not null
$$;
revoke execute on function tell_access(uuid[]) from public;

-- One trigger function for all tables that say who may do what: the argument names what the changed rows belong to.
create or replace function access_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  case tg_argv[0]
    when 'staff' then perform tell_access((select array_agg(id) from changed));
    when 'of_staff' then perform tell_access((select array_agg(distinct staff_id) from changed));
    when 'of_role' then
      perform tell_access((select array_agg(distinct g.staff_id)
                             from staff_grant g join changed on changed.role_id = g.role_id));
    when 'role' then
      perform tell_access((select array_agg(distinct g.staff_id)
                             from staff_grant g join changed on changed.id = g.role_id));
    when 'location' then
      perform tell_access((select array_agg(distinct staff_id) from staff_grant where location_id is null));
  end case;
  return null;
end $$;

do $$
declare
  rule text[];
  happening text;
begin
  foreach rule slice 1 in array array[
    ['staff', 'staff', 'update'], ['staff_grant', 'of_staff', 'insert update delete'],
    ['role_permission', 'of_role', 'insert delete'], ['role', 'role', 'update'], ['session', 'of_staff', 'delete'],
    ['location', 'location', 'insert update']
  ] loop
    foreach happening in array string_to_array(rule[3], ' ') loop
      execute format(
        'create or replace trigger %I after %s on %I referencing %s table as changed for each statement execute function access_changed(%L)',
        'access_' || happening, happening, rule[1], case happening when 'delete' then 'old' else 'new' end, rule[2]);
    end loop;
  end loop;
end $$;
