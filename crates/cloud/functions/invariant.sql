-- What must hold of the accounts and the documents of every location, counted. `wrong` is 0 everywhere, or there is a
-- bug, a restored backup or somebody with SQL.

-- Where the cloud's own account and the node's bound on it do not say the same, or what is promised is not what orders
-- say. Only where both are settled: a lost node or a restored cloud differs until it is put right.
create or replace function wrong_claims(p_locations uuid[])
returns table (location_id uuid, name text, checked bigint, wrong bigint, examples jsonb) language sql stable as $$
  with settled as (
    select l.id from location l
      left join lateral (select * from node_stream where location_id = l.id and status <> 'retired'
                          order by node_id limit 1) s on true
     where l.id = any (p_locations)
       and (s.node_id is null
         or (s.status = 'active' and s.frozen_at is null
             -- A new epoch has said all that it takes over once it says something else.
             and (s.epoch = 1 or exists (select 1 from inbox i
                    where i.location_id = l.id and i.node_id = s.node_id and i.epoch = s.epoch
                      and i.kind <> 'epoch.opened'))))
  ), pair as (
    select coalesce(b.location_id, r.location_id) as location_id, coalesce(b.variant_id, r.resource_id) as variant_id,
           coalesce(b.claim_bound, 0) as claim_bound, coalesce(r.available, 0) as available,
           coalesce(r.granting, 0) as granting, coalesce(r.promised, 0) as promised, coalesce(o.promised, 0) as ordered
      from (select * from stock_balance where stock_balance.location_id = any (p_locations) and claim_bound <> 0) b
      full join (select * from cloud_rights where cloud_rights.location_id = any (p_locations)
                    and (available <> 0 or granting <> 0 or promised <> 0)) r
        on r.location_id = b.location_id and r.resource_id = b.variant_id
      full join (select reservation.location_id, variant_id, sum(quantity)::bigint as promised from reservation
                  where reservation.location_id = any (p_locations) and state in ('held', 'claimed', 'cancelling')
                  group by reservation.location_id, variant_id) o
        on o.location_id = coalesce(b.location_id, r.location_id)
       and o.variant_id = coalesce(b.variant_id, r.resource_id)
     where coalesce(b.location_id, r.location_id, o.location_id) in (select id from settled)
  ), told as (
    select pair.location_id, pair.variant_id,
           jsonb_build_object('variant_id', pair.variant_id, 'claim_bound', claim_bound, 'available', available,
             'granting', granting, 'promised', promised, 'ordered', ordered) as example,
           claim_bound <> available + granting + promised as is_claim_wrong, promised <> ordered as is_promise_wrong,
           greatest(promised - claim_bound, 0) as oversold
      from pair where pair.location_id is not null
  )
  select told.location_id, 'claims', count(*), count(*) filter (where is_claim_wrong),
         coalesce(to_jsonb((array_agg(example order by told.variant_id) filter (where is_claim_wrong))[1:5]), '[]')
    from told group by told.location_id
  union all
  select told.location_id, 'promised', count(*), count(*) filter (where is_promise_wrong),
         coalesce(to_jsonb((array_agg(example order by told.variant_id) filter (where is_promise_wrong))[1:5]), '[]')
    from told group by told.location_id
  union all
  select told.location_id, 'oversold', count(*), sum(oversold)::bigint,
         coalesce(to_jsonb((array_agg(example order by told.variant_id) filter (where oversold > 0))[1:5]), '[]')
    from told group by told.location_id
$$;

-- Accounts of nodes that cannot be, and steps of the cloud's account that could not be taken as the node said.
create or replace function wrong_accounts(p_locations uuid[])
returns table (location_id uuid, name text, checked bigint, wrong bigint, examples jsonb) language sql stable as $$
  select b.location_id, 'accounts', count(*), count(*),
         to_jsonb((array_agg(to_jsonb(b) - 'location_id' - 'is_odd' order by b.variant_id))[1:5])
    from stock_balance b where b.location_id = any (p_locations) and b.is_odd group by b.location_id
  union all
  select b.location_id, 'oversold', count(*), sum(-least(b.node_rights, 0))::bigint,
         to_jsonb((array_agg(to_jsonb(b) - 'location_id' - 'is_odd' order by b.variant_id))[1:5])
    from stock_balance b where b.location_id = any (p_locations) and b.is_odd and b.node_rights < 0
   group by b.location_id
  union all
  select e.location_id, 'clamped', count(*), count(*), to_jsonb((array_agg(to_jsonb(e) order by e.id desc))[1:5])
    from cloud_rights_entry e where e.location_id = any (p_locations) and e.cause = 'clamp' group by e.location_id
$$;

-- Receipts and tickets of the newest business dates: numbers of a series that are not there, or twice. What is held
-- has its number, only not yet its row.
create or replace function wrong_numbers(p_locations uuid[], p_from date)
returns table (location_id uuid, name text, checked bigint, wrong bigint, examples jsonb) language sql stable as $$
  with document as (
    select s.location_id, s.receipt_number as number from sale s
     where s.location_id = any (p_locations) and s.business_date >= p_from
    union all
    -- A return has a number of its register's receipts.
    select r.location_id, r.receipt_number from sale_return r
     where r.location_id = any (p_locations) and r.business_date >= p_from
    union all
    select p.location_id, p.ticket_number from purchase p
     where p.location_id = any (p_locations) and p.business_date >= p_from
    union all
    -- A correction has the number of the purchase that it brings.
    select r.location_id, r.ticket_number from purchase_reversal r
     where r.location_id = any (p_locations) and r.business_date >= p_from and r.replacement_id is null
  ), numbered as (
    select d.location_id, regexp_replace(d.number, '\d{1,15}$', '') as series,
           substring(d.number from '(\d{1,15})$')::bigint as number
      from document d
  ), series as (
    select n.location_id, n.series, count(*) as documents, max(number) - min(number) + 1 - count(distinct number) as gaps,
           count(*) - count(distinct number) as repeated
      from numbered n where n.number is not null group by n.location_id, n.series
  ), held as (
    select h.location_id, count(*) as held from held_event h
     where h.location_id = any (p_locations) and h.kind in ('sale.closed', 'return.recorded', 'purchase.recorded', 'purchase.voided', 'purchase.corrected') group by h.location_id
  )
  select s.location_id, 'numbers_lost', sum(s.documents)::bigint,
         greatest(sum(s.gaps)::bigint - coalesce(max(h.held), 0), 0),
         coalesce(to_jsonb((array_agg(jsonb_build_object('series', s.series, 'missing', s.gaps) order by s.series)
           filter (where s.gaps > 0))[1:5]), '[]')
    from series s left join held h on h.location_id = s.location_id group by s.location_id
  union all
  select s.location_id, 'numbers_doubled', sum(s.documents)::bigint, sum(s.repeated)::bigint,
         coalesce(to_jsonb((array_agg(jsonb_build_object('series', s.series, 'repeated', s.repeated) order by s.series)
           filter (where s.repeated > 0))[1:5]), '[]')
    from series s group by s.location_id
$$;

-- Accounts of the cloud that are not the sum of their steps. Reads the whole ledger: for the night.
create or replace function wrong_ledger(p_locations uuid[])
returns table (location_id uuid, name text, checked bigint, wrong bigint, examples jsonb) language sql stable as $$
  with step as (
    select e.location_id, e.resource_id, sum(e.available)::bigint as available, sum(e.granting)::bigint as granting,
           sum(e.promised)::bigint as promised
      from cloud_rights_entry e where e.location_id = any (p_locations) group by e.location_id, e.resource_id
  ), pair as (
    select coalesce(r.location_id, s.location_id) as location_id, coalesce(r.resource_id, s.resource_id) as resource_id,
           (coalesce(r.available, 0), coalesce(r.granting, 0), coalesce(r.promised, 0))
             is distinct from (coalesce(s.available, 0), coalesce(s.granting, 0), coalesce(s.promised, 0)) as is_wrong
      from (select * from cloud_rights where cloud_rights.location_id = any (p_locations)) r
      full join step s on s.location_id = r.location_id and s.resource_id = r.resource_id
  )
  select pair.location_id, 'ledger', count(*), count(*) filter (where is_wrong),
         coalesce(to_jsonb((array_agg(pair.resource_id order by pair.resource_id) filter (where is_wrong))[1:5]), '[]')
    from pair group by pair.location_id
$$;

-- Shares of limits that nodes have used more of than they had: the limit was exceeded, or a file went back.
create or replace function wrong_allowances(p_locations uuid[])
returns table (location_id uuid, name text, checked bigint, wrong bigint, examples jsonb) language sql stable as $$
  select s.location_id, 'allowances', count(*), sum(s.beyond)::bigint,
         to_jsonb((array_agg(jsonb_build_object('kind', s.kind, 'key', s.key, 'epoch', s.epoch, 'used', s.used,
                                                'beyond', s.beyond) order by s.kind, s.key))[1:5])
    from allowance_share s where s.location_id = any (p_locations) and s.beyond > 0 group by s.location_id
$$;

-- Shares of limits that are not the sum of their steps, or whose pool is not the sum of its shares. Reads the whole ledger:
-- for the night.
create or replace function wrong_allowance_ledger(p_locations uuid[])
returns table (location_id uuid, name text, checked bigint, wrong bigint, examples jsonb) language sql stable as $$
  with step as (
    select e.location_id, e.kind, e.key, e.node_id, e.epoch, sum(e.granting) as granting, sum(e.held) as held,
           sum(e.used) as used, sum(e.beyond) as beyond
      from allowance_entry e where e.location_id = any (p_locations)
     group by e.location_id, e.kind, e.key, e.node_id, e.epoch
  ), pool as (
    select s.kind, s.key, sum(s.granting + s.held + s.used) as shared
      from allowance_share s
     where (s.kind, s.key) in (select o.kind, o.key from allowance_share o where o.location_id = any (p_locations))
     group by s.kind, s.key
  ), pair as (
    select s.location_id, s.kind, s.key, s.epoch,
           (s.granting, s.held, s.used, s.beyond)
             is distinct from (coalesce(step.granting, 0), coalesce(step.held, 0), coalesce(step.used, 0), coalesce(step.beyond, 0))
             or pool.shared is distinct from p.shared as is_wrong
      from allowance_share s
      join allowance_pool p on p.kind = s.kind and p.key = s.key
      join pool on pool.kind = s.kind and pool.key = s.key
      left join step on step.location_id = s.location_id and step.kind = s.kind and step.key = s.key
                    and step.node_id = s.node_id and step.epoch = s.epoch
     where s.location_id = any (p_locations)
  )
  select pair.location_id, 'allowance_ledger', count(*), count(*) filter (where is_wrong),
         coalesce(to_jsonb((array_agg(jsonb_build_object('kind', pair.kind, 'key', pair.key, 'epoch', pair.epoch)
           order by pair.kind, pair.key) filter (where is_wrong))[1:5]), '[]')
    from pair group by pair.location_id
$$;

-- Checks locations and keeps what was found in place of what was found before. `p_ledger`: also what reads everything.
create or replace function check_invariants(p_locations uuid[], p_from date, p_ledger boolean) returns void
language sql as $$
  insert into invariant_check as kept (location_id, name, checked, wrong, examples, at)
  select l.id, of.name, coalesce(sum(found.checked), 0)::bigint, coalesce(sum(found.wrong), 0)::bigint,
         coalesce((array_agg(found.examples order by found.wrong desc nulls last))[1], '[]'), moment()
    from location l
    cross join unnest(array['claims', 'promised', 'oversold', 'accounts', 'clamped', 'numbers_lost', 'numbers_doubled',
                            'allowances']
                      || case when p_ledger then array['ledger', 'allowance_ledger'] else '{}' end) as of (name)
    left join (select * from wrong_claims(p_locations)
               union all select * from wrong_accounts(p_locations)
               union all select * from wrong_numbers(p_locations, p_from)
               union all select * from wrong_allowances(p_locations)
               union all select * from wrong_allowance_ledger(case when p_ledger then p_locations else '{}' end)
               union all select * from wrong_ledger(case when p_ledger then p_locations else '{}' end)) found
      on found.location_id = l.id and found.name = of.name
   where l.id = any (p_locations)
   group by l.id, of.name order by l.id, of.name
  on conflict (location_id, name) do update
     set checked = excluded.checked, wrong = excluded.wrong, examples = excluded.examples, at = excluded.at
$$;
