-- Messages to open pages about what changes often: many changes become one message with the newest figures.

-- Takes what was touched, at most so many changes, and writes one message for each location and kind. Returns how many
-- changes it took. Only one transaction may do this at a time: the caller has the lease in live_teller.
create or replace function tell_touched(p_most integer) returns integer language plpgsql as $$
declare
  taken live_touch[];
begin
  with gone as (
    delete from live_touch where id in (select id from live_touch order by id limit p_most) returning live_touch.*
  )
  select array_agg(row (gone.id, gone.location_id, gone.what, gone.ids)::live_touch) into taken from gone;
  if taken is null then
    return 0;
  end if;
  perform tell_stock(taken);
  perform tell_orders(taken);
  perform tell_cases(taken);
  perform tell_held(taken);
  return cardinality(taken);
end $$;

-- What was touched of a kind, each once, numbered within its location.
create or replace function touched(p_taken live_touch[], p_what text)
returns table (location_id uuid, id uuid, nth bigint, total bigint) language sql immutable as $$
  select each.location_id, each.id, row_number() over (partition by each.location_id order by each.id),
         count(*) over (partition by each.location_id)
    from (select distinct t.location_id, one.id
            from unnest(p_taken) as t cross join unnest(t.ids) as one (id) where t.what = p_what) each
$$;

-- All accounts of the variants that have changed; `more` when there were more of them than a message has.
create or replace function tell_stock(p_taken live_touch[]) returns void language sql as $$
  insert into live_event (location_id, permission, payload, at)
  select t.location_id, 'stock.read', jsonb_build_object(
           'type', 'stock', 'location_id', t.location_id, 'at', min(s.last_event_at), 'seq', min(s.last_seq),
           'more', max(t.total) > 200,
           'items', jsonb_agg(jsonb_build_object(
             'variant_id', t.id,
             'on_hand', coalesce(b.on_hand, 0), 'node_rights', coalesce(b.node_rights, 0),
             'claim_bound', coalesce(b.claim_bound, 0), 'debt', coalesce(b.debt, 0), 'picked', coalesce(b.picked, 0),
             'unsellable', coalesce(b.unsellable, 0), 'shipped', coalesce(b.shipped, 0),
             'available', coalesce(r.available, 0), 'granting', coalesce(r.granting, 0),
             'promised', coalesce(r.promised, 0)) order by t.nth))::text, moment()
    from touched(p_taken, 'stock') t
    left join stock_balance b on b.location_id = t.location_id and b.variant_id = t.id
    left join cloud_rights r on r.location_id = t.location_id and r.resource_id = t.id
    left join lateral (select last_event_at, last_seq from node_stream
                        where location_id = t.location_id and status <> 'retired' order by node_id limit 1) s on true
   where t.nth <= 200
   group by t.location_id order by t.location_id
$$;

create or replace function tell_orders(p_taken live_touch[]) returns void language sql as $$
  insert into live_event (location_id, permission, payload, at)
  select t.location_id, 'order.read', jsonb_build_object(
           'type', 'order', 'location_id', t.location_id, 'more', max(t.total) > 50,
           'items', jsonb_agg(jsonb_build_object(
             'id', o.id, 'number', o.number, 'state', o.state, 'customer', o.customer,
             'location_ids', (select jsonb_agg(distinct r.location_id) from reservation r where r.order_id = o.id))
             order by t.nth))::text, moment()
    from touched(p_taken, 'order') t join online_order o on o.id = t.id
   where t.nth <= 50
   group by t.location_id order by t.location_id
$$;

create or replace function tell_cases(p_taken live_touch[]) returns void language sql as $$
  insert into live_event (location_id, permission, payload, at)
  select t.location_id, 'stock.read', jsonb_build_object(
           'type', 'case', 'location_id', t.location_id, 'more', max(t.total) > 50,
           'open', (select count(*) from stock_case o where o.location_id = t.location_id and o.state = 'open'),
           'items', jsonb_agg(jsonb_build_object(
             'id', c.id, 'kind', c.kind, 'variant_id', c.variant_id, 'quantity', c.quantity, 'state', c.state,
             'reason', c.reason) order by t.nth))::text, moment()
    from touched(p_taken, 'case') t join stock_case c on c.location_id = t.location_id and c.id = t.id
   where t.nth <= 50
   group by t.location_id order by t.location_id
$$;

create or replace function tell_held(p_taken live_touch[]) returns void language sql as $$
  insert into live_event (location_id, permission, payload, at)
  select t.location_id, 'node.read', jsonb_build_object(
           'type', 'held', 'location_id', t.location_id,
           'waiting', (select count(*) from held_event h where h.location_id = t.location_id and h.state = 'waiting'),
           'quarantined', (select count(*) from held_event h
                            where h.location_id = t.location_id and h.state = 'quarantined'))::text, moment()
    from (select distinct location_id from unnest(p_taken) where what = 'held') t
   order by t.location_id
$$;
