-- Makes the month of a date in every partitioned table. True when it was missing.
-- A month is attached, not created in place: that lets trade go on. Dates outside 2000-2099 stay in the default partition.
create or replace function ensure_month(p_date date) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  first  date := date_trunc('month', p_date)::date;
  suffix text := to_char(p_date, 'YYYY_MM');
  parent text;
begin
  if p_date < date '2000-01-01' or p_date >= date '2100-01-01' or to_regclass('purchase_line_' || suffix) is not null then
    return false;
  end if;
  perform pg_advisory_xact_lock(hashtext('ensure_month'));
  -- Not by to_regclass(): it remembers that the table was missing before the lock was waited for.
  if exists (select 1 from pg_class where oid in (
       select inhrelid from pg_inherits where inhparent = 'purchase_line'::regclass)
       and relname = 'purchase_line_' || suffix) then
    return false;
  end if;
  foreach parent in array array['stock_movement', 'sale', 'sale_line', 'tender', 'sale_return', 'sale_return_line',
                                'refund_tender', 'purchase', 'purchase_line'] loop
    execute format('create table %I (like %I including all)', parent || '_' || suffix, parent);
    -- Read through its table, whose policies count, or not at all.
    execute format('alter table %I enable row level security, force row level security', parent || '_' || suffix);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)',
      parent, parent || '_' || suffix, first, (first + interval '1 month')::date);
  end loop;
  return true;
end $$;

-- The months that exist, as their first days.
create or replace function existing_months() returns setof date
language sql stable security definer set search_path = public, pg_temp as $$
  select to_date(right(child.relname, 7), 'YYYY_MM')
    from pg_inherits join pg_class child on child.oid = inhrelid
   where inhparent = 'purchase_line'::regclass and child.relname ~ '_\d{4}_\d{2}$'
$$;
