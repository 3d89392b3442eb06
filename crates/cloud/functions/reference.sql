-- Reference data for the edges: which state each entity has for whom, kept by triggers in the transaction that
-- changes the base tables. Everything is set-based: a price list of 100,000 variants is a few statements.

-- The location under which entities are kept that every location gets.
create or replace function everywhere() returns uuid language sql immutable as
$$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

-- Keeps the states that differ from what is kept; the order of locks is that of the entities.
create or replace function reference_put(p_feed text, p_location uuid[], p_entity uuid[], p_state jsonb[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into reference_entity as kept (feed, location_id, entity, version, xid, state)
  select p_feed, given.location_id, given.entity, 1, pg_current_xact_id()::text::bigint, given.state
    from unnest(p_location, p_entity, p_state) as given (location_id, entity, state)
   order by given.location_id, given.entity
  on conflict (feed, location_id, entity) do update
     set version = kept.version + 1, xid = excluded.xid, state = excluded.state
   where kept.state is distinct from excluded.state
$$;

create or replace function publish_locations(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select reference_put('location', array_agg(l.id), array_agg(l.id), array_agg(jsonb_build_object(
           'code', l.code, 'name', l.name, 'kind', l.kind, 'time_zone', l.time_zone, 'address', l.address,
           'registers', coalesce((
             select jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name, 'prefix', r.prefix, 'active', r.active)
                              order by r.prefix)
               from register r where r.location_id = l.id), '[]'::jsonb))))
    from location l where l.id = any (p_ids)
$$;

create or replace function publish_categories(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select reference_put('category', array_agg(everywhere()), array_agg(c.id),
           array_agg(jsonb_build_object('name', c.name, 'parent', c.parent)))
    from category c where c.id = any (p_ids)
$$;

create or replace function publish_suppliers(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select reference_put('supplier', array_agg(everywhere()), array_agg(s.id),
           array_agg(jsonb_build_object('name', s.name, 'code', s.code, 'active', s.active)))
    from supplier s where s.id = any (p_ids)
$$;

create or replace function publish_containers(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select reference_put('container', array_agg(everywhere()), array_agg(c.id),
           array_agg(jsonb_build_object('name', c.name, 'code', c.code, 'tare', c.tare, 'active', c.active)))
    from container c where c.id = any (p_ids)
$$;

-- Customers: what they are found by and shown as; whose id they go under now, when they turned out to be somebody known; and
-- nothing when they asked to be forgotten. One of whom nothing is known yet is not published.
create or replace function publish_patrons(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select reference_put('patron', array_agg(everywhere()), array_agg(p.id), array_agg(
           case when a.alias is not null then jsonb_build_object('into', a.patron_id)
                when p.phone_key is not null then jsonb_build_object('phone_key', p.phone_key, 'name', p.shown,
                                                                     'tail', right(p.phone, 3)) || facts.said end))
    from patron p
    left join patron_alias a on a.alias = p.id
   cross join lateral (
     -- How often they bought is told up to 20: rules ask for the first purchases, and a shop is not told of each.
     select jsonb_strip_nulls(jsonb_build_object(
              'segments', case when p.segments <> '{}' then to_jsonb(p.segments) end,
              'birthday', case when p.birth_month is not null then to_char(make_date(2000, p.birth_month, p.birth_day), 'YYYY-MM-DD') end,
              'purchases', case when p.purchases > 0 then least(p.purchases, 20) end)) as said) facts
   where p.id = any (p_ids)
     and (a.alias is not null or p.phone_key is not null or p.erased_at is not null
       or exists (select from reference_entity kept where kept.feed = 'patron' and kept.entity = p.id))
$$;

-- Variants with their product's category, their barcodes and the price in force at moment(): that of the list with the
-- highest priority that counts now, in the company's currency. Tills know prices with their tax only.
create or replace function publish_variants(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  -- Looked up one by one, whatever the planner believes about tables that are being filled.
  select reference_put('variant', array_agg(everywhere()), array_agg(v.id), array_agg(jsonb_build_object(
           'product', v.product_id, 'sku', v.sku, 'name', v.name, 'category', p.category_id, 'unit', v.unit,
           'unit_price', priced.amount::text, 'price_quantity', coalesce(priced.per_quantity, 1),
           'price_version', coalesce(priced.version, 0), 'tax_rate_bps', coalesce(t.rate_bps, 0),
           'barcodes', coalesce(coded.barcodes, '[]'::jsonb), 'active', v.active) || jsonb_strip_nulls(jsonb_build_object(
           'brand', b.name, 'tags', case when p.tags <> '{}' then to_jsonb(p.tags) end,
           'undiscountable', case when not p.discountable then true end,
           'minimum', v.minimum_millionths, 'cost', v.cost_millionths))))
    from (select distinct id from unnest(p_ids) as id) given
   cross join lateral (select * from variant where variant.id = given.id offset 0) v
   cross join lateral (
      select category_id, brand_id, tags, discountable from product where product.id = v.product_id offset 0) p
    left join brand b on b.id = p.brand_id
    left join lateral (select rate_bps from tax where tax.id = v.tax_id offset 0) t on true
    left join lateral (
      select price.per_quantity, price.version,
             case when l.tax_included then price.amount
                  else trim_scale(round(price.amount * (10000 + coalesce(t.rate_bps, 0)) / 10000, 8)) end as amount
        from price
        join price_list l on l.id = price.price_list_id
         and l.valid_from <= moment() and (l.valid_until is null or l.valid_until > moment())
         and (l.currency is null or l.currency = (select currency from company))
       where price.variant_id = v.id
         and price.valid_from <= moment() and (price.valid_until is null or price.valid_until > moment())
       order by l.priority desc, price.version desc limit 1) priced on true
    left join lateral (
      select jsonb_agg(jsonb_build_object('code', code, 'quantity', quantity) order by code) as barcodes
        from barcode where barcode.variant_id = v.id) coded on true
$$;

-- People with the roles and permissions that are in force at moment(), at each location that they work at: all
-- permissions together for nodes that know no limits, and by role with how far each goes.
create or replace function publish_staff(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  with held as (
    select distinct g.staff_id, l.id as location_id, g.role_id
      from staff_grant g
      join location l on (g.location_id is null and g.region_id is null) or g.location_id = l.id
                      or g.region_id = l.region_id
     where g.staff_id = any (p_ids)
       and g.valid_from <= moment() and (g.valid_until is null or g.valid_until > moment())
  ), given_by as (
    select r.id as role_id, r.code, rp.permissions, jsonb_strip_nulls(jsonb_build_object(
             'permissions', rp.permissions, 'limits', rp.limits, 'offline_days', offline_days(r.id))) as state
      from role r
     cross join lateral (
       select coalesce(jsonb_agg(permission order by permission), '[]'::jsonb) as permissions,
              jsonb_object_agg(permission, jsonb_build_object('max_bps', max_bps, 'max_minor', max_minor))
                filter (where max_bps is not null or max_minor is not null) as limits
         from role_permission where role_id = r.id) rp
     where r.id in (select role_id from held)
  ), granted as (
    select held.staff_id, held.location_id, jsonb_agg(given_by.code order by given_by.code) as roles,
           (select coalesce(jsonb_agg(distinct rp.permission), '[]'::jsonb)
              from held mine join role_permission rp on rp.role_id = mine.role_id
             where mine.staff_id = held.staff_id and mine.location_id = held.location_id) as permissions,
           jsonb_agg(given_by.state order by given_by.code) as grants
      from held join given_by on given_by.role_id = held.role_id
     group by held.staff_id, held.location_id
  ), given as (
    select granted.location_id, s.id as entity, jsonb_build_object(
             'name', s.name, 'pin_hash', c.pin_hash, 'roles', granted.roles,
             'permissions', granted.permissions, 'grants', granted.grants, 'active', s.active) as state
      from granted join staff s on s.id = granted.staff_id left join staff_credential c on c.staff_id = s.id
    union all
    select kept.location_id, kept.entity, null
      from reference_entity kept
     where kept.feed = 'staff' and kept.entity = any (p_ids)
       and not exists (select 1 from granted g where g.staff_id = kept.entity and g.location_id = kept.location_id)
  )
  select reference_put('staff', array_agg(location_id), array_agg(entity), array_agg(state)) from given
$$;

-- Promotions that were ever started: the version that counts, byte for byte, and whether it does.
create or replace function publish_promotions(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select reference_put('promotion', array_agg(everywhere()), array_agg(p.id), array_agg(jsonb_build_object(
           'version', v.version, 'document', v.document, 'running', p.running_version is not null)
           || jsonb_strip_nulls(jsonb_build_object('codes', shared.codes))))
    from promotion p
    join promotion_version v on v.promotion_id = p.id and v.version = p.started_version
    -- Codes that anybody may use any number of times: a shop needs nobody's word for them. The cloud answers for all others.
    left join lateral (
      select jsonb_agg(jsonb_build_object('voucher', one.id, 'code', one.code) order by one.code) as codes
        from (select id, code from voucher
               where promotion_id = p.id and uses is null and segment is null and patron_id is null and valid_until is null
                 and stopped_at is null order by code limit 200) one) shared on true
   where p.id = any (p_ids)
$$;

-- Publishes what a passage of time has changed since an instant: prices and grants that began or ended.
create or replace function publish_due(p_since timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  select publish_variants(array_agg(distinct variant_id)) from price
   where (valid_from > p_since and valid_from <= moment()) or (valid_until > p_since and valid_until <= moment());
  select publish_variants(array_agg(distinct price.variant_id)) from price join price_list l on l.id = price.price_list_id
   where (l.valid_from > p_since and l.valid_from <= moment()) or (l.valid_until > p_since and l.valid_until <= moment());
  select publish_staff(array_agg(distinct staff_id)) from staff_grant
   where (valid_from > p_since and valid_from <= moment()) or (valid_until > p_since and valid_until <= moment());
$$;

-- One trigger function for all base tables: the argument names what the changed rows belong to.
create or replace function publish_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- A step that changes many variants publishes them once, at its end (functions/catalog.sql).
  if tg_argv[0] in ('variant', 'of_variant', 'product') and is_bulk() then
    return null;
  end if;
  case tg_argv[0]
    when 'location' then
      perform publish_locations((select array_agg(id) from changed));
      -- A new location gets the people who work everywhere; one that moves, those of its region.
      perform publish_staff((select array_agg(distinct staff_id) from staff_grant where location_id is null));
    when 'register' then perform publish_locations((select array_agg(distinct location_id) from changed));
    when 'category' then perform publish_categories((select array_agg(id) from changed));
    when 'patron' then perform publish_patrons((select array_agg(id) from changed));
    when 'patron_alias' then perform publish_patrons((select array_agg(alias) from changed));
    when 'patron_key' then
      perform reference_put('patron', array_agg(everywhere()), array_agg(everywhere()), array_agg(jsonb_build_object('key', key)))
         from changed;
    when 'supplier' then perform publish_suppliers((select array_agg(id) from changed));
    when 'container' then perform publish_containers((select array_agg(id) from changed));
    when 'promotion' then perform publish_promotions((select array_agg(id) from changed));
    when 'voucher' then perform publish_promotions((select array_agg(distinct promotion_id) from changed));
    when 'brand' then
      perform publish_variants((select array_agg(v.id) from variant v join product p on p.id = v.product_id
                                                                join changed on changed.id = p.brand_id));
    when 'variant' then perform publish_variants((select array_agg(id) from changed));
    when 'of_variant' then perform publish_variants((select array_agg(distinct variant_id) from changed));
    when 'product' then
      perform publish_variants((select array_agg(v.id) from variant v join changed on changed.id = v.product_id));
    when 'price_list' then
      perform publish_variants((select array_agg(distinct p.variant_id) from price p join changed on changed.id = p.price_list_id));
    when 'tax' then
      perform publish_variants((select array_agg(v.id) from variant v join changed on changed.id = v.tax_id));
    when 'staff' then perform publish_staff((select array_agg(id) from changed));
    when 'of_staff' then perform publish_staff((select array_agg(distinct staff_id) from changed));
    when 'role' then
      perform publish_staff((select array_agg(distinct g.staff_id) from staff_grant g join changed on changed.id = g.role_id));
    when 'of_role' then
      perform publish_staff((select array_agg(distinct g.staff_id) from staff_grant g join changed on changed.role_id = g.role_id));
    when 'setting' then
      if exists (select 1 from changed where code = 'role.offline_days') then
        perform publish_staff((select array_agg(distinct staff_id) from staff_grant));
      end if;
  end case;
  return null;
end $$;

do $$
declare
  rule text[];
  happening text;
begin
  foreach rule slice 1 in array array[
    ['location', 'location', 'insert update'], ['register', 'register', 'insert update'],
    ['patron', 'patron', 'insert update'], ['patron_alias', 'patron_alias', 'insert'], ['patron_key', 'patron_key', 'insert'],
    ['promotion', 'promotion', 'insert update'], ['voucher', 'voucher', 'insert update'], ['brand', 'brand', 'update'],
    ['category', 'category', 'insert update'], ['supplier', 'supplier', 'insert update'],
    ['container', 'container', 'insert update'],
    ['variant', 'variant', 'insert update'], ['barcode', 'of_variant', 'insert update delete'],
    ['price', 'of_variant', 'insert update delete'],
    ['price_list', 'price_list', 'update'], ['product', 'product', 'update'], ['tax', 'tax', 'update'],
    ['staff', 'staff', 'update'], ['staff_credential', 'of_staff', 'insert update'],
    ['staff_grant', 'of_staff', 'insert update delete'], ['role', 'role', 'update'],
    ['role_permission', 'of_role', 'insert update delete'], ['setting', 'setting', 'insert update']
  ] loop
    foreach happening in array string_to_array(rule[3], ' ') loop
      execute format(
        'create or replace trigger %I after %s on %I referencing %s table as changed for each statement execute function publish_changed(%L)',
        'publish_' || happening, happening, rule[1], case happening when 'delete' then 'old' else 'new' end, rule[2]);
    end loop;
  end loop;
end $$;
