-- The accounts of suppliers: what their documents say, what is kept of them, and how that is made again.

-- The ledger as the documents have it.
create or replace function raw_supplier_entries(p_locations uuid[], p_from date, p_to date) returns setof supplier_entry
language sql stable as $$
  select p.location_id, p.supplier_id, p.business_date, p.closed_at, p.id, 'purchase',
         case p.payment_kind when 'account' then p.total_minor else 0 end, p.total_minor, p.supplier_document,
         nullif(lower(btrim(p.supplier_document)), ''), null::uuid, p.business_date, case p.payment_kind when 'account' then p.total_minor else 0 end
    from purchase p where p.location_id = any (p_locations) and p.business_date between p_from and p_to
  union all
  select r.location_id, p.supplier_id, r.business_date, r.reversed_at, r.id, 'purchase_reversal',
         case r.payment_kind when 'account' then -r.total_minor else 0 end, r.total_minor, null, null, r.purchase_id,
         r.purchase_date, case r.payment_kind when 'account' then -r.total_minor else 0 end
    from purchase_reversal r
    join purchase p on p.location_id = r.location_id and p.business_date = r.purchase_date and p.id = r.purchase_id
   where r.location_id = any (p_locations) and r.business_date between p_from and p_to
  union all
  -- What is paid settles what is the oldest; only an opening balance is owed from its own date.
  select d.location_id, d.supplier_id, d.business_date, d.recorded_at, d.id, d.kind,
         case coalesce(o.kind, d.kind) when 'opening_balance' then d.amount_minor else -d.amount_minor end
           * case d.kind when 'reversal' then -1 else 1 end,
         d.amount_minor, d.reference, nullif(lower(btrim(d.reference)), ''), d.reverses, coalesce(o.business_date, d.business_date),
         case when coalesce(o.kind, d.kind) = 'opening_balance' and d.amount_minor > 0
              then case d.kind when 'reversal' then -d.amount_minor else d.amount_minor end else 0 end
    from supplier_document d
    left join supplier_document o on o.location_id = d.location_id and o.id = d.reverses
   where d.location_id = any (p_locations) and d.business_date between p_from and p_to
$$;

-- Puts documents of these dates into the ledger and adds them to the figures, those that are not there yet. Called after
-- the documents were written, in their transaction.
create or replace function enter_supplier_entries(p_location uuid, p_from date, p_to date, p_ids uuid[]) returns void
language sql as $$
  with entered as (
    insert into supplier_entry
    select r.* from raw_supplier_entries(array[p_location], p_from, p_to) r where r.id = any (p_ids)
     order by r.supplier_id, r.business_date, r.at, r.id, r.kind
    on conflict do nothing
    returning supplier_id, business_date, owed_minor, due_date, due_minor
  ), daily as (
    insert into daily_supplier as kept (location_id, business_date, supplier_id, entries, owed_minor, due_minor)
    select p_location, part.date, part.supplier_id, sum(part.entries)::bigint, sum(part.owed)::bigint, sum(part.due)::bigint
      from (select e.supplier_id, e.business_date as date, 1 as entries, e.owed_minor as owed, 0 as due from entered e
            union all select e.supplier_id, e.due_date, 0, 0, e.due_minor from entered e) part
     group by part.date, part.supplier_id order by part.supplier_id, part.date
    on conflict (location_id, supplier_id, business_date) do update
       set entries = kept.entries + excluded.entries, owed_minor = kept.owed_minor + excluded.owed_minor,
           due_minor = kept.due_minor + excluded.due_minor
  )
  insert into supplier_balance as kept (location_id, supplier_id, entries, owed_minor)
  select p_location, e.supplier_id, count(*), sum(e.owed_minor)::bigint from entered e group by e.supplier_id order by e.supplier_id
  on conflict (location_id, supplier_id) do update
     set entries = kept.entries + excluded.entries, owed_minor = kept.owed_minor + excluded.owed_minor
$$;

create or replace function raw_daily_supplier(p_locations uuid[], p_from date, p_to date) returns setof daily_supplier
language sql stable as $$
  with entry as materialized (
    -- A reversal of later takes something of these dates back.
    select e.location_id, e.supplier_id, e.business_date, e.owed_minor, e.due_date, e.due_minor
      from raw_supplier_entries(p_locations, '-infinity', 'infinity') e
  )
  select part.location_id, part.date, part.supplier_id, sum(part.entries)::bigint, sum(part.owed)::bigint, sum(part.due)::bigint
    from (select e.location_id, e.supplier_id, e.business_date as date, 1 as entries, e.owed_minor as owed, 0 as due from entry e
          union all select e.location_id, e.supplier_id, e.due_date, 0, 0, e.due_minor from entry e) part
   where part.date between p_from and p_to
   group by part.location_id, part.date, part.supplier_id
$$;

create or replace function raw_supplier_balance(p_locations uuid[]) returns setof supplier_balance
language sql stable as $$
  select e.location_id, e.supplier_id, count(*), sum(e.owed_minor)::bigint
    from raw_supplier_entries(p_locations, '-infinity', 'infinity') e group by e.location_id, e.supplier_id
$$;

-- Where ledger and figures are not what the documents say. A balance has no date: it stands under the last one of these.
create or replace function supplier_differences(p_locations uuid[], p_from date, p_to date)
returns table (location_id uuid, business_date date, summary text, kept jsonb, raw jsonb) language sql stable as $$
  with kept as (
    select k.location_id, k.business_date, 'supplier_entry' as summary, concat(k.id, k.kind) as part, to_jsonb(k) as figures
      from supplier_entry k where k.location_id = any (p_locations) and k.business_date between p_from and p_to
    union all select k.location_id, k.business_date, 'daily_supplier', k.supplier_id::text, to_jsonb(k)
      from daily_supplier k where k.location_id = any (p_locations) and k.business_date between p_from and p_to
    union all select k.location_id, p_to, 'supplier_balance', k.supplier_id::text, to_jsonb(k)
      from supplier_balance k where k.location_id = any (p_locations)
  ), raw as (
    select r.location_id, r.business_date, 'supplier_entry' as summary, concat(r.id, r.kind) as part, to_jsonb(r) as figures
      from raw_supplier_entries(p_locations, p_from, p_to) r
    union all select r.location_id, r.business_date, 'daily_supplier', r.supplier_id::text, to_jsonb(r)
      from raw_daily_supplier(p_locations, p_from, p_to) r
    union all select r.location_id, p_to, 'supplier_balance', r.supplier_id::text, to_jsonb(r)
      from raw_supplier_balance(p_locations) r
  )
  select coalesce(k.location_id, r.location_id), coalesce(k.business_date, r.business_date),
         coalesce(k.summary, r.summary), k.figures, r.figures
    from kept k
    full join raw r on (r.location_id, r.business_date, r.summary, r.part) = (k.location_id, k.business_date, k.summary, k.part)
   where k.figures is distinct from r.figures
$$;

-- Makes ledger and figures of an account again. Whoever enters something waits meanwhile.
create or replace function rebuild_supplier(p_location uuid, p_from date, p_to date) returns void
language plpgsql as $$
begin
  perform 1 from node_apply a where a.location_id = p_location order by a.node_id, a.epoch for update;
  perform 1 from supplier_balance b where b.location_id = p_location order by b.supplier_id for update;
  delete from supplier_entry where location_id = p_location and business_date between p_from and p_to;
  delete from daily_supplier where location_id = p_location and business_date between p_from and p_to;
  delete from supplier_balance where location_id = p_location;
  insert into supplier_entry select * from raw_supplier_entries(array[p_location], p_from, p_to);
  insert into daily_supplier select * from raw_daily_supplier(array[p_location], p_from, p_to);
  insert into supplier_balance select * from raw_supplier_balance(array[p_location]);
end $$;
