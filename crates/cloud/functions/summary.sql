-- The figures as the raw rows have them, to compare with those that apply keeps, and to make them again.

-- Sales, and goods that came back: these on the date of their return, the other way round. A return is no sale.
create or replace function raw_sales(p_locations uuid[], p_from date, p_to date)
returns table (location_id uuid, business_date date, local_hour smallint, sales integer, lines integer, units bigint,
               total_minor bigint, discount_minor bigint, tax_minor bigint)
language sql stable as $$
  select s.location_id, s.business_date, s.local_hour, 1, s.lines, s.units, s.total_minor, s.discount_minor, s.tax_minor
    from sale s where s.location_id = any (p_locations) and s.business_date between p_from and p_to
  union all
  select r.location_id, r.business_date, r.local_hour, 0, 0, -r.units, -r.total_minor, 0, -r.tax_minor
    from sale_return r where r.location_id = any (p_locations) and r.business_date between p_from and p_to
$$;

create or replace function raw_daily_sales(p_locations uuid[], p_from date, p_to date) returns setof daily_sales
language sql stable as $$
  select d.location_id, d.business_date, sum(d.sales)::bigint, sum(d.lines)::bigint, sum(d.units)::bigint,
         sum(d.total_minor)::bigint, sum(d.discount_minor)::bigint, sum(d.tax_minor)::bigint
    from raw_sales(p_locations, p_from, p_to) d group by d.location_id, d.business_date
$$;

create or replace function raw_hourly_sales(p_locations uuid[], p_from date, p_to date) returns setof hourly_sales
language sql stable as $$
  select d.location_id, d.business_date, d.local_hour, sum(d.sales)::bigint, sum(d.total_minor)::bigint
    from raw_sales(p_locations, p_from, p_to) d group by d.location_id, d.business_date, d.local_hour
$$;

create or replace function raw_daily_product(p_locations uuid[], p_from date, p_to date) returns setof daily_product
language sql stable as $$
  select l.location_id, l.business_date, l.variant_id, sum(l.lines)::bigint, sum(l.quantity)::bigint,
         sum(l.total_minor)::bigint
    from (
      select location_id, business_date, variant_id, 1 as lines, quantity, total_minor
        from sale_line where location_id = any (p_locations) and business_date between p_from and p_to
      union all
      select location_id, business_date, variant_id, 0, -quantity, -total_minor
        from sale_return_line where location_id = any (p_locations) and business_date between p_from and p_to) l
   group by l.location_id, l.business_date, l.variant_id
$$;

-- Purchases, and those that were taken back: these on the date of their reversal, the other way round.
create or replace function raw_purchases(p_locations uuid[], p_from date, p_to date)
returns table (location_id uuid, business_date date, local_hour smallint, documents integer, total_minor bigint)
language sql stable as $$
  select p.location_id, p.business_date, p.local_hour, 1, p.total_minor
    from purchase p where p.location_id = any (p_locations) and p.business_date between p_from and p_to
  union all
  select r.location_id, r.business_date, r.local_hour, -1, -r.total_minor
    from purchase_reversal r where r.location_id = any (p_locations) and r.business_date between p_from and p_to
$$;

create or replace function raw_daily_purchase(p_locations uuid[], p_from date, p_to date) returns setof daily_purchase
language sql stable as $$
  select d.location_id, d.business_date, sum(d.documents)::bigint, sum(d.total_minor)::bigint
    from raw_purchases(p_locations, p_from, p_to) d group by d.location_id, d.business_date
$$;

create or replace function raw_hourly_purchase(p_locations uuid[], p_from date, p_to date) returns setof hourly_purchase
language sql stable as $$
  select d.location_id, d.business_date, d.local_hour, sum(d.documents)::bigint, sum(d.total_minor)::bigint
    from raw_purchases(p_locations, p_from, p_to) d group by d.location_id, d.business_date, d.local_hour
$$;

create or replace function raw_daily_product_purchase(p_locations uuid[], p_from date, p_to date)
returns setof daily_product_purchase language sql stable as $$
  select l.location_id, l.business_date, l.variant_id, sum(l.lines)::bigint, sum(l.quantity)::bigint,
         sum(l.cost_minor)::bigint
    from (
      select location_id, business_date, variant_id, 1 as lines, quantity, cost_minor
        from purchase_line where location_id = any (p_locations) and business_date between p_from and p_to
      union all
      select r.location_id, r.business_date, b.variant_id, -1, -b.quantity, -b.cost_minor
        from purchase_reversal r
        join purchase_line b
          on b.location_id = r.location_id and b.business_date = r.purchase_date and b.purchase_id = r.purchase_id
       where r.location_id = any (p_locations) and r.business_date between p_from and p_to) l
   group by l.location_id, l.business_date, l.variant_id
$$;

-- Where figures and raw rows differ, one row per figure. Empty when all is well. One statement, hence one snapshot:
-- it may run while shops sell.
create or replace function summary_differences(p_locations uuid[], p_from date, p_to date)
returns table (location_id uuid, business_date date, summary text, kept jsonb, raw jsonb) language sql stable as $$
  with kept as (
    select k.location_id, k.business_date, 'daily_sales' as summary, '' as part, to_jsonb(k) as figures from daily_sales k
    union all select k.location_id, k.business_date, 'hourly_sales', k.hour::text, to_jsonb(k) from hourly_sales k
    union all select k.location_id, k.business_date, 'daily_product', k.variant_id::text, to_jsonb(k) from daily_product k
    union all select k.location_id, k.business_date, 'daily_purchase', '', to_jsonb(k) from daily_purchase k
    union all select k.location_id, k.business_date, 'hourly_purchase', k.hour::text, to_jsonb(k) from hourly_purchase k
    union all select k.location_id, k.business_date, 'daily_product_purchase', k.variant_id::text, to_jsonb(k)
      from daily_product_purchase k
  ), kept_here as (
    select * from kept where kept.location_id = any (p_locations) and kept.business_date between p_from and p_to
  ), raw as (
    select r.location_id, r.business_date, 'daily_sales' as summary, '' as part, to_jsonb(r) as figures
      from raw_daily_sales(p_locations, p_from, p_to) r
    union all select r.location_id, r.business_date, 'hourly_sales', r.hour::text, to_jsonb(r)
      from raw_hourly_sales(p_locations, p_from, p_to) r
    union all select r.location_id, r.business_date, 'daily_product', r.variant_id::text, to_jsonb(r)
      from raw_daily_product(p_locations, p_from, p_to) r
    union all select r.location_id, r.business_date, 'daily_purchase', '', to_jsonb(r)
      from raw_daily_purchase(p_locations, p_from, p_to) r
    union all select r.location_id, r.business_date, 'hourly_purchase', r.hour::text, to_jsonb(r)
      from raw_hourly_purchase(p_locations, p_from, p_to) r
    union all select r.location_id, r.business_date, 'daily_product_purchase', r.variant_id::text, to_jsonb(r)
      from raw_daily_product_purchase(p_locations, p_from, p_to) r
  )
  select coalesce(k.location_id, r.location_id), coalesce(k.business_date, r.business_date),
         coalesce(k.summary, r.summary), k.figures, r.figures
    from kept_here k
    full join raw r on (r.location_id, r.business_date, r.summary, r.part) = (k.location_id, k.business_date, k.summary, k.part)
   where k.figures is distinct from r.figures
$$;

-- The accounts of a location as its ledger has them: on hand, then N, C, D, K, U and T.
create or replace function raw_balances(p_locations uuid[])
returns table (location_id uuid, variant_id uuid, on_hand bigint, node_rights bigint, claim_bound bigint, debt bigint,
               picked bigint, unsellable bigint, shipped bigint) language sql stable as $$
  select m.location_id, m.variant_id,
         sum(case m.bucket when 'D' then -m.quantity when 'T' then 0 else m.quantity end)::bigint,
         coalesce(sum(m.quantity) filter (where m.bucket = 'N'), 0)::bigint,
         coalesce(sum(m.quantity) filter (where m.bucket = 'C'), 0)::bigint,
         coalesce(sum(m.quantity) filter (where m.bucket = 'D'), 0)::bigint,
         coalesce(sum(m.quantity) filter (where m.bucket = 'K'), 0)::bigint,
         coalesce(sum(m.quantity) filter (where m.bucket = 'U'), 0)::bigint,
         coalesce(sum(m.quantity) filter (where m.bucket = 'T'), 0)::bigint
    from stock_movement m where m.location_id = any (p_locations) group by m.location_id, m.variant_id
$$;

-- Where the accounts of a variant are not the sum of their movements.
create or replace function balance_differences(p_locations uuid[])
returns table (location_id uuid, variant_id uuid, kept bigint, raw bigint) language sql stable as $$
  with balance as (
    select b.location_id, b.variant_id, b.on_hand, b.node_rights, b.claim_bound, b.debt, b.picked, b.unsellable, b.shipped
      from stock_balance b where b.location_id = any (p_locations)
  )
  select coalesce(b.location_id, s.location_id), coalesce(b.variant_id, s.variant_id),
         coalesce(b.on_hand, 0), coalesce(s.on_hand, 0)
    from balance b
    full join raw_balances(p_locations) s on (s.location_id, s.variant_id) = (b.location_id, b.variant_id)
   where (coalesce(b.on_hand, 0), coalesce(b.node_rights, 0), coalesce(b.claim_bound, 0), coalesce(b.debt, 0),
          coalesce(b.picked, 0), coalesce(b.unsellable, 0), coalesce(b.shipped, 0))
         is distinct from
         (coalesce(s.on_hand, 0), coalesce(s.node_rights, 0), coalesce(s.claim_bound, 0), coalesce(s.debt, 0),
          coalesce(s.picked, 0), coalesce(s.unsellable, 0), coalesce(s.shipped, 0))
$$;

-- Makes the figures of a location again from its raw rows. Apply of its nodes waits for the lock meanwhile.
create or replace function rebuild_summaries(p_location uuid, p_from date, p_to date) returns void
language plpgsql as $$
begin
  perform 1 from node_apply a where a.location_id = p_location order by a.node_id, a.epoch for update;
  delete from daily_sales where location_id = p_location and business_date between p_from and p_to;
  delete from hourly_sales where location_id = p_location and business_date between p_from and p_to;
  delete from daily_product where location_id = p_location and business_date between p_from and p_to;
  delete from daily_purchase where location_id = p_location and business_date between p_from and p_to;
  delete from hourly_purchase where location_id = p_location and business_date between p_from and p_to;
  delete from daily_product_purchase where location_id = p_location and business_date between p_from and p_to;
  insert into daily_sales select * from raw_daily_sales(array[p_location], p_from, p_to);
  insert into hourly_sales select * from raw_hourly_sales(array[p_location], p_from, p_to);
  insert into daily_product select * from raw_daily_product(array[p_location], p_from, p_to);
  insert into daily_purchase select * from raw_daily_purchase(array[p_location], p_from, p_to);
  insert into hourly_purchase select * from raw_hourly_purchase(array[p_location], p_from, p_to);
  insert into daily_product_purchase select * from raw_daily_product_purchase(array[p_location], p_from, p_to);
  perform rebuild_supplier(p_location, p_from, p_to);
  insert into summary_version as kept (location_id, version) values (p_location, 1)
  on conflict (location_id) do update set version = kept.version + 1;
end $$;

-- Makes the balances of a location again from its ledger. Accepting from its nodes waits for the lock meanwhile.
create or replace function rebuild_balances(p_location uuid) returns void
language plpgsql as $$
begin
  perform 1 from node_stream s where s.location_id = p_location order by s.node_id for update;
  delete from stock_balance where location_id = p_location;
  insert into stock_balance
    (location_id, variant_id, on_hand, node_rights, claim_bound, debt, picked, unsellable, shipped)
  select * from raw_balances(array[p_location]);
end $$;
