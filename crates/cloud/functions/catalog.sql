-- What products are found by, kept by triggers in the transaction that changes them.

-- Small letters without accents: "Áo đỏ" is found by "ao do".
create or replace function folded(p_text text) returns text language sql immutable parallel safe as
$$ select lower(regexp_replace(normalize(translate(p_text, 'đĐ', 'dd'), NFD), '[\u0300-\u036f]', '', 'g')) $$;

-- The words of a text: what stands between ASCII signs and spaces. Thai has no spaces: there every part of a word that
-- somebody may begin with is one.
create or replace function search_words(p_text text) returns tsvector language sql immutable parallel safe as $$
  select array_to_tsvector(array(
    select distinct part
      from regexp_split_to_table(folded(p_text), '[^0-9a-z\u0080-\uffff]+') word
     cross join lateral (
       select left(word, 60) as part
       union all
       select substr(word, start, 40) from generate_series(2, least(length(word), 60)) start
        where word ~ '[\u0e00-\u0e7f]') parts
     where part <> ''))
$$;

-- What is found by words of which only the beginnings were typed; null when nothing was.
create or replace function search_query(p_text text) returns tsquery language sql immutable parallel safe as $$
  select string_agg(quote_literal(word) || ':*', ' & ')::tsquery
    from regexp_split_to_table(folded(p_text), '[^0-9a-z\u0080-\uffff]+') word where word <> ''
$$;

create or replace function index_products(p_ids uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into product_search as kept (product_id, name, words)
  select p.id, lower(p.name), search_words(concat_ws(' ', p.name, b.name, array_to_string(p.tags, ' '), parts.texts))
    from product p
    left join brand b on b.id = p.brand_id
    left join lateral (
      select string_agg(concat_ws(' ', v.sku, v.name, (select string_agg(c.code, ' ') from barcode c where c.variant_id = v.id),
                                  (select string_agg(s.code, ' ') from variant_supplier s where s.variant_id = v.id)), ' ') as texts
        from variant v where v.product_id = p.id) parts on true
   where p.id = any (p_ids)
   order by p.id
  on conflict (product_id) do update set name = excluded.name, words = excluded.words
   where (kept.name, kept.words) is distinct from (excluded.name, excluded.words)
$$;

-- A step that changes many rows of many tables says so, and does this and the publishing itself at its end.
create or replace function is_bulk() returns boolean language sql stable parallel safe
return coalesce(current_setting('branchline.bulk', true), '') = 'on';

create or replace function index_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if is_bulk() then
    return null;
  end if;
  case tg_argv[0]
    when 'product' then perform index_products((select array_agg(id) from changed));
    when 'variant' then perform index_products((select array_agg(distinct product_id) from changed));
    when 'of_variant' then
      perform index_products((select array_agg(distinct v.product_id) from variant v join changed on changed.variant_id = v.id));
    when 'brand' then
      perform index_products((select array_agg(p.id) from product p join changed on changed.id = p.brand_id));
  end case;
  return null;
end $$;

do $$
declare
  rule text[];
  happening text;
begin
  foreach rule slice 1 in array array[
    ['product', 'product', 'insert update'], ['variant', 'variant', 'insert update'],
    ['barcode', 'of_variant', 'insert update delete'], ['variant_supplier', 'of_variant', 'insert update delete'],
    ['brand', 'brand', 'update']
  ] loop
    foreach happening in array string_to_array(rule[3], ' ') loop
      execute format(
        'create or replace trigger %I after %s on %I referencing %s table as changed for each statement execute function index_changed(%L)',
        'index_' || happening, happening, rule[1], case happening when 'delete' then 'old' else 'new' end, rule[2]);
    end loop;
  end loop;
end $$;

-- What the planner believes about tables that a file has just filled.
create or replace function analyze_catalog() returns void language plpgsql
security definer set search_path = public, pg_temp as $$
begin
  analyze category; analyze brand; analyze product; analyze product_option; analyze variant; analyze barcode;
  analyze variant_supplier; analyze price; analyze product_search; analyze reference_entity;
end $$;

-- Those from before there was an index.
select index_products(array(select id from product where id not in (select product_id from product_search)));
