-- Customers whom the chain knows, as little of them as a till needs: what a phone number is found by, a short name and the
-- last digits. Whole numbers and addresses are in `patron_letter` alone, and only until the cloud has them.
create table patron (
  id         blob    not null primary key check (length(id) = 16),
  version    integer not null,                                        -- 0: entered here, and not heard of from the cloud
  phone_key  text,                                                    -- keyed hash of the number; null: none is known
  name       text    not null,                                        -- as it is shown
  tail       text    not null,                                        -- the last digits
  into_patron blob   check (into_patron is null or length(into_patron) = 16)  -- the same person, under whose id all goes on
) strict, without rowid;
create index patron_by_phone on patron (phone_key) where phone_key is not null;
create index patron_merged on patron (into_patron) where into_patron is not null;

-- The chain's key for what numbers are found by.
create table patron_key (
  one integer not null primary key check (one = 1),
  key blob    not null check (length(key) = 32)
) strict, without rowid;

-- What the cloud has to be told of customers that were entered here. Gone as soon as it has it.
create table patron_letter (
  patron  blob not null primary key check (length(patron) = 16),
  content text not null                                               -- JSON of the letter
) strict, without rowid;

-- Who bought, and whose basket waits.
alter table sale add column patron blob check (patron is null or length(patron) = 16);
alter table parked_basket add column patron blob check (patron is null or length(patron) = 16);
