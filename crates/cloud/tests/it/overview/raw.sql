with s as (select * from sale where location_id = any ({revenue})),
     l as (select * from sale_line where location_id = any ({revenue})),
     -- What was taken back counts the other way round, when it was.
     p as (select location_id, business_date, closed_at, 1 as documents, total_minor from purchase
            where location_id = any ({purchases})
           union all
           select location_id, business_date, reversed_at, -1, -total_minor from purchase_reversal
            where location_id = any ({purchases})),
     b as (select business_date, variant_id, quantity, cost_minor from purchase_line where location_id = any ({purchases})
           union all
           select r.business_date, l.variant_id, -l.quantity, -l.cost_minor
             from purchase_reversal r
             join purchase_line l on l.location_id = r.location_id and l.purchase_id = r.purchase_id
            where r.location_id = any ({purchases})),
     today as (select coalesce(sum(total_minor), 0)::bigint as revenue, count(*) as sales,
                      coalesce(sum(units), 0)::bigint as units from s where business_date = '{date}'),
     bought as (select coalesce(sum(total_minor), 0)::bigint as total, coalesce(sum(documents), 0)::bigint as purchases
                  from p where business_date = '{date}')
select jsonb_build_object(
  'date', '{date}',
  'revenue_minor', today.revenue, 'sales', today.sales, 'units', today.units,
  'average_basket_minor', case when today.sales = 0 then 0 else round(today.revenue::numeric / today.sales)::bigint end,
  'purchases_minor', bought.total, 'purchases', bought.purchases,
  'previous', (select jsonb_build_object('date', date '{date}' - 7,
        'revenue_minor', coalesce(sum(total_minor), 0)::bigint, 'sales', count(*),
        'purchases_minor', (select coalesce(sum(total_minor), 0)::bigint from p where business_date = date '{date}' - 7))
      from s where business_date = date '{date}' - 7),
  'year_before', (select jsonb_build_object('date', date '{date}' - 364,
        'revenue_minor', coalesce(sum(total_minor), 0)::bigint, 'sales', count(*),
        'purchases_minor', (select coalesce(sum(total_minor), 0)::bigint from p where business_date = date '{date}' - 364))
      from s where business_date = date '{date}' - 364),
  'four_weeks', (select jsonb_build_object(
        'revenue_minor', coalesce(sum(minor) filter (where what = 's' and not back), 0)::bigint,
        'year_before_revenue_minor', coalesce(sum(minor) filter (where what = 's' and back), 0)::bigint,
        'purchases_minor', coalesce(sum(minor) filter (where what = 'p' and not back), 0)::bigint,
        'year_before_purchases_minor', coalesce(sum(minor) filter (where what = 'p' and back), 0)::bigint)
      from (select what, minor, business_date < date '{date}' - 100 as back
              from (select 's' as what, business_date, total_minor as minor from s
                    union all select 'p', business_date, total_minor from p) traded
             where business_date between date '{date}' - 28 and date '{date}' - 1
                or business_date between date '{date}' - 392 and date '{date}' - 365) compared),
  'hours', coalesce((select jsonb_agg(jsonb_build_object('hour', hour, 'revenue_minor', r, 'sales', n, 'purchases_minor', b) order by hour)
      from (select hour, sum(r)::bigint as r, sum(n)::bigint as n, sum(b)::bigint as b from (
              select extract(hour from closed_at at time zone loc.time_zone)::int as hour, total_minor as r, 1 as n, 0 as b
                from s join location loc on loc.id = s.location_id where business_date = '{date}'
              union all
              select extract(hour from closed_at at time zone loc.time_zone)::int, 0, 0, total_minor
                from p join location loc on loc.id = p.location_id where business_date = '{date}') each
             group by hour) by_hour where r <> 0 or n <> 0 or b <> 0), '[]'),
  'days', (select jsonb_agg(jsonb_build_object('date', d::date,
        'revenue_minor', (select coalesce(sum(total_minor), 0)::bigint from s where business_date = d::date),
        'purchases_minor', (select coalesce(sum(total_minor), 0)::bigint from p where business_date = d::date),
        'year_before_revenue_minor', (select coalesce(sum(total_minor), 0)::bigint from s where business_date = d::date - 364),
        'year_before_purchases_minor', (select coalesce(sum(total_minor), 0)::bigint from p where business_date = d::date - 364)) order by d)
      from generate_series(date '{date}' - 27, date '{date}', interval '1 day') d),
  'products', coalesce((select jsonb_agg(jsonb_build_object('variant_id', variant_id, 'sku', sku, 'name', name,
        'unit', unit, 'quantity', quantity, 'revenue_minor', r) order by r desc, variant_id)
      from (select l.variant_id, v.sku, v.name, v.unit, sum(l.quantity)::bigint as quantity, sum(l.total_minor)::bigint as r
              from l join variant v on v.id = l.variant_id where business_date = '{date}'
             group by 1, 2, 3, 4 order by r desc, l.variant_id limit 10) best), '[]'),
  'bought', coalesce((select jsonb_agg(jsonb_build_object('variant_id', variant_id, 'sku', sku, 'name', name,
        'unit', unit, 'quantity', quantity, 'cost_minor', c, 'days',
        (select jsonb_agg(jsonb_build_object('date', business_date, 'quantity', quantity, 'cost_minor', cost) order by business_date)
           from (select business_date, sum(quantity)::bigint as quantity, sum(cost_minor)::bigint as cost from b
                  where b.variant_id = best.variant_id and business_date between date '{date}' - 27 and date '{date}'
                  group by business_date having sum(quantity) > 0) by_day)) order by c desc, variant_id)
      from (select b.variant_id, v.sku, v.name, v.unit, sum(b.quantity)::bigint as quantity, sum(b.cost_minor)::bigint as c
              from b join variant v on v.id = b.variant_id where business_date = '{date}'
             group by 1, 2, 3, 4 having sum(b.quantity) > 0 order by c desc, b.variant_id limit 10) best), '[]'))::text
  from today, bought
