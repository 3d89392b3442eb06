-- What a promotion is now: `draft`, `stopped`, `scheduled`, `running` or `ended`. Its dates are read off the branches' own
-- clocks: it is scheduled until the first branch has reached the beginning, and ended when the last one has reached the end.
create or replace function promotion_state(p_running bigint, p_started bigint, p_from timestamp, p_until timestamp,
                                           p_first timestamp, p_last timestamp) returns text
language sql immutable parallel safe
return case when p_running is null and p_started is null then 'draft'
            when p_running is null then 'stopped'
            when p_until <= p_last then 'ended'
            when p_from > p_first then 'scheduled'
            else 'running' end;

-- The time of day where it is latest and where it is earliest, of the branches that the one who asks sees.
create or replace function branch_clocks(out first timestamp, out last timestamp) language sql stable as $$
  select coalesce(max(moment() at time zone l.time_zone), moment() at time zone 'UTC'),
         coalesce(min(moment() at time zone l.time_zone), moment() at time zone 'UTC')
    from location l
$$;

-- Counts the starts of promotions: of two versions, the one that was started later has the higher number. 0: it never was. A
-- voucher is no promotion and never changes: its number is its version.
create or replace function pool_start(p_kind text, p_promotion uuid, p_version bigint) returns bigint
language sql stable
return case when p_kind = 'voucher' then p_version
            else (select coalesce(max(r.id), 0) from promotion_run r
                   where r.promotion_id = p_promotion and r.version = p_version and r.act = 'start') end;
