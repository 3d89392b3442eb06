-- Who asks, and what they may do where, in one statement: every request of the office begins with it. Both functions see
-- what the application's role may not without an actor, and give it to whoever has the secret that the hash is of.

-- What a person may do where: one row for each reach. By reach, not by permission: a chain has many locations, and a
-- role many permissions.
create function held_grants(p_staff uuid, p_at timestamptz)
returns table (permissions text[], everywhere boolean, locations uuid[], second_factor boolean) language plpgsql stable
security definer set search_path = public, pg_temp as $$
begin
  return query
  select array(select rp.permission from role_permission rp where rp.role_id = any (held.roles)),
         held.location_id is null and held.region_id is null,
         case when held.location_id is not null then array[held.location_id]
              when held.region_id is not null then array(select l.id from location l where l.region_id = held.region_id)
              else array(select l.id from location l) end,
         exists (select from role r where r.id = any (held.roles) and r.second_factor)
    from (select g.location_id, g.region_id, array_agg(distinct g.role_id) as roles
            from grants_in_force(p_staff, p_at) g
           group by g.location_id, g.region_id) held;
end $$;
revoke execute on function held_grants from public;

-- Whose session it is, if it is not over: a row for each reach, and one without a reach if there is none. What is
-- `p_used` counts as use of it, kept when the last kept use is not after `p_kept`. `owes_factor`: a role of this reach
-- asks for a second factor, and none was given here. Whoever has no authenticator any more has given none, unless it
-- was the provider that asked for it.
create function viewer_of_session(
  p_hash bytea, p_now timestamptz, p_idle timestamptz, p_kept timestamptz, p_used boolean, p_at timestamptz
) returns table (staff_id uuid, name text, email text, session_id uuid, since timestamptz,
                 permissions text[], everywhere boolean, locations uuid[], owes_factor boolean) language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  found_session record;
begin
  select st.id as staff, st.name as name, coalesce(st.email, '') as email, s.id as id, s.created_at as since,
         s.last_seen_at as last_seen, s.mfa_at as mfa_at, s.provider_id as provider
    into found_session
    from session s join staff st on st.id = s.staff_id
   where s.id_hash = p_hash and s.expires_at > p_now and s.last_seen_at > p_idle and st.active;
  if not found then
    return;
  end if;
  if p_used and found_session.last_seen <= p_kept then
    update session s set last_seen_at = p_now where s.id_hash = p_hash and s.last_seen_at <= p_kept;
  end if;
  return query
  select found_session.staff, found_session.name, found_session.email, found_session.id, found_session.since,
         coalesce(h.permissions, '{}'), coalesce(h.everywhere, false), coalesce(h.locations, '{}'),
         coalesce(h.second_factor, false) and (found_session.mfa_at is null
           or found_session.provider is null and not exists (
             select from staff_totp t where t.staff_id = found_session.staff and t.confirmed_at is not null))
    from (values (1)) one left join held_grants(found_session.staff, p_at) h on true;
end $$;

-- Whose API token it is, if it is good, with its scopes; rows as above. This counts as use.
create function viewer_of_token(p_hash bytea, p_now timestamptz, p_kept timestamptz, p_at timestamptz)
returns table (staff_id uuid, name text, email text, token_id uuid, scopes text[],
               permissions text[], everywhere boolean, locations uuid[]) language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  found_token record;
begin
  select st.id as staff, st.name as name, coalesce(st.email, '') as email, t.id as id, t.scopes as scopes,
         t.last_used_at as last_used
    into found_token
    from api_token t join staff st on st.id = t.staff_id
   where t.token_hash = p_hash and t.expires_at > p_now and t.revoked_at is null and st.active;
  if not found then
    return;
  end if;
  if found_token.last_used is null or found_token.last_used <= p_kept then
    update api_token t set last_used_at = p_now
     where t.token_hash = p_hash and (t.last_used_at is null or t.last_used_at <= p_kept);
  end if;
  return query
  select found_token.staff, found_token.name, found_token.email, found_token.id, found_token.scopes,
         coalesce(h.permissions, '{}'), coalesce(h.everywhere, false), coalesce(h.locations, '{}')
    from (values (1)) one left join held_grants(found_token.staff, p_at) h on true;
end $$;
