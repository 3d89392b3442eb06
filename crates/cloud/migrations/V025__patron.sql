-- Customers whom the chain knows: by phone, entered at a till or in the office. They belong to the chain, so there is no
-- location that keeps them apart; their sales do. (`customer` are accounts of the online shop, a realm of their own.)
create table patron (
  id            uuid        primary key,                -- made where they were entered
  version       bigint      not null default 1,         -- counts changes
  phone         text        check (phone ~ '^\+[1-9][0-9]{6,14}$'),  -- E.164; null: not told yet, merged or forgotten
  phone_key     text,                                   -- what shops find it by
  name          text        not null default '',
  shown         text        not null default '',        -- the name as tills and papers show it
  email         text,
  note          text        not null default '',
  marketing     boolean,                                -- wants advertising; null: never asked
  words         tsvector    not null default '',        -- what the office finds the name by
  is_told       boolean     not null default false,     -- the letter of the shop has come, or the office entered them
  registered_at timestamptz not null,
  registered_in uuid        references location,        -- null: in the office
  registered_by uuid,
  erased_at     timestamptz,                            -- they asked to be forgotten: nothing of them is kept
  check ((phone is null) = (phone_key is null)),
  check (erased_at is null or (phone is null and name = '' and shown = '' and email is null and note = ''
                                  and words = ''))
);
create unique index patron_phone on patron (phone) where phone is not null;
create index patron_newest on patron (registered_at desc, id desc);
create index patron_words on patron using gin (words);
-- Numbers are looked for by their end.
create index patron_tail on patron (reverse(phone) collate "C") where phone is not null;
grant update on patron to branchline_app;

-- Two records that were found to be one person: sales of the alias are those of the other. Append-only.
create table patron_alias (
  alias     uuid        primary key references patron,
  patron_id uuid        not null references patron check (patron_id <> alias),
  merged_at timestamptz not null
);
create index patron_alias_of on patron_alias (patron_id);
create trigger patron_alias_append_only before update or delete on patron_alias
  for each row execute function refuse_change();

-- What somebody has said about advertising: when, and how. Append-only; a forgotten person's words name nobody any more.
create table patron_consent (
  id        uuid        primary key,                    -- of the event, or made by the office
  patron_id uuid        not null references patron,
  granted   boolean     not null,
  said_at   timestamptz not null,
  how       text        not null check (how in ('till', 'office')),
  said_in   uuid        references location,
  noted_by  uuid
);
create index patron_consent_of on patron_consent (patron_id, said_at);
create trigger patron_consent_append_only before update or delete on patron_consent
  for each row execute function refuse_change();

alter table reference_entity drop constraint reference_entity_feed_check;
alter table reference_entity add constraint reference_entity_feed_check
  check (feed in ('location', 'staff', 'category', 'variant', 'supplier', 'patron'));

-- The chain's key for what shops find phone numbers by; made when the first shop asks.
create table patron_key (
  one boolean primary key default true check (one),
  key text    not null check (length(key) = 64)         -- hex
);

create index sale_customer on sale (customer_id, business_date desc) where customer_id is not null;

-- Whoever manages roles may give these from the beginning, or nobody could give them to anybody.
insert into permission (code) values ('customer.read'), ('customer.contact'), ('customer.manage') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, given.code
  from role_permission rp cross join (values ('customer.read'), ('customer.contact'), ('customer.manage')) given (code)
 where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
