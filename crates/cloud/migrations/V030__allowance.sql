-- Limits of promotions and vouchers as rights (ADR 25): so many uses, units or minor units of money that nobody exceeds.
-- One pool for the whole chain, and of it a share for each epoch of a node.

-- What the chain may use of one limit, under its row lock: the first lock of an allowance, in the order (kind, key).
-- total = available + shared + online, by its columns; `shared` is the sum of the shares, by trigger.
create table allowance_pool (
  kind         text   not null
    check (kind in ('promotion.uses', 'promotion.day', 'promotion.customer', 'promotion.units', 'promotion.budget', 'voucher')),
  key          uuid   not null,              -- the promotion, the voucher, or made of the promotion and a day or a customer
  promotion_id uuid,                         -- null: a shop has told of it before this database knew it
  version      bigint not null default 0,    -- of the promotion, that `wanted` comes from
  wanted       bigint not null default 0 check (wanted >= 0),
  shared       bigint not null default 0 check (shared >= 0),   -- on its way to nodes, held and used there
  online       bigint not null default 0 check (online >= 0),   -- used by orders
  total        bigint not null generated always as (greatest(wanted, shared + online)) stored,
  available    bigint not null generated always as (greatest(wanted - shared - online, 0)) stored,
  primary key (kind, key)
);
create index allowance_pool_promotion on allowance_pool (promotion_id, kind);

-- What one epoch of a node has of it, as its log says. `granting` rises by grants; everything else moves when events of
-- the node are accepted, under the lock of the node's place.
create table allowance_share (
  location_id uuid    not null references location,
  node_id     uuid    not null references node,
  epoch       bigint  not null,
  kind        text    not null,
  key         uuid    not null,
  granting    bigint  not null default 0 check (granting >= 0),   -- sent, not known to be credited
  held        bigint  not null default 0 check (held >= 0),       -- may be used there
  used        bigint  not null default 0 check (used >= 0),
  beyond      bigint  not null default 0 check (beyond between 0 and used),   -- of it, what the node did not have
  primary key (kind, key, node_id, epoch),
  foreign key (kind, key) references allowance_pool
);
create index allowance_share_node on allowance_share (node_id, epoch);
create index allowance_share_location on allowance_share (location_id);

-- Every change, signed, with its cause. Append-only; pools and shares are its sums. What is of no shop stands under no
-- location.
create table allowance_entry (
  location_id uuid        not null,
  kind        text        not null,
  key         uuid        not null,
  id          bigint      generated always as identity,
  node_id     uuid,
  epoch       bigint,
  wanted      bigint      not null default 0,
  shared      bigint      not null default 0,
  online      bigint      not null default 0,
  granting    bigint      not null default 0,
  held        bigint      not null default 0,
  used        bigint      not null default 0,
  beyond      bigint      not null default 0,
  cause       text        not null,    -- `limit`, `grant`, `credit`, `use`, `return`, `void`, `end`, `order`, `release`
  subject_id  uuid,                    -- transfer, event or order
  at          timestamptz not null,
  primary key (kind, key, location_id, id)
);
create trigger allowance_entry_append_only before update or delete on allowance_entry
  for each row execute function refuse_change();

-- What an online order has used; it comes back when the order ends without a payment. Changes once.
create table allowance_order (
  order_id    uuid        not null references online_order,
  kind        text        not null,
  key         uuid        not null,
  quantity    bigint      not null check (quantity > 0),
  released_at timestamptz,
  primary key (order_id, kind, key),
  foreign key (kind, key) references allowance_pool
);

-- A pool's `shared` is what its shares come to. Whoever changes one changes the other in the same transaction, the pool
-- first, so that both are seen whole here.
create function allowance_adds_up() returns trigger language plpgsql
security definer set search_path = public, pg_temp as $$
begin
  if exists (
    select from allowance_pool p
     where p.kind = new.kind and p.key = new.key
       and p.shared is distinct from (
         select coalesce(sum(s.granting + s.held + s.used), 0) from allowance_share s
          where s.kind = p.kind and s.key = p.key))
  then
    raise exception 'allowance % %: the pool is not the sum of its shares', new.kind, new.key
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger allowance_pool_adds_up after insert or update of shared on allowance_pool
  deferrable initially deferred for each row execute function allowance_adds_up();
create constraint trigger allowance_share_adds_up after insert on allowance_share
  deferrable initially deferred for each row execute function allowance_adds_up();
create constraint trigger allowance_share_still_adds_up after update on allowance_share
  deferrable initially deferred for each row
  when (old.granting + old.held + old.used is distinct from new.granting + new.held + new.used)
  execute function allowance_adds_up();

-- A share is of one epoch for ever, and what was used stays used.
create function refuse_other_share() returns trigger language plpgsql as $$
begin
  raise exception 'allowance_share: what was used stays used, and where' using errcode = 'restrict_violation';
end $$;
create trigger allowance_share_stays before update on allowance_share for each row
  when (new.used < old.used or new.beyond < old.beyond
     or (new.location_id, new.node_id, new.epoch, new.kind, new.key)
        is distinct from (old.location_id, old.node_id, old.epoch, old.kind, old.key))
  execute function refuse_other_share();

grant update on allowance_pool, allowance_share, allowance_order to branchline_app;
revoke update, delete on allowance_entry from branchline_app;
revoke delete on allowance_pool, allowance_share, allowance_order from branchline_app;
grant usage on all sequences in schema public to branchline_app;
select isolate('allowance_share');
select isolate('allowance_entry');
select isolate('allowance_order', 'exists (select from online_order o where o.id = order_id)');

-- What the shops together have of the limits of a promotion: figures of the chain, whoever asks.
create function allowance_sums(p_promotion uuid)
returns table (kind text, on_its_way bigint, held bigint, used bigint) language plpgsql stable
security definer set search_path = public, pg_temp as $$
begin
  return query
    select s.kind, sum(s.granting)::bigint, sum(s.held)::bigint, sum(s.used)::bigint
      from allowance_share s where s.key = p_promotion group by s.kind;
end $$;
