-- Containers that goods are weighed in, as the head office lists them. A retired one stays: purchases of the past name it.
create table container (
  id      blob    not null primary key check (length(id) = 16),
  version integer not null,
  name    text    not null,
  folded  text    not null,                                     -- name and code as they are sorted and found
  code    text    not null,
  tare    integer not null check (tare between 1 and 1000000),  -- grams of an empty one
  active  integer not null check (active in (0, 1))
) strict, without rowid;

-- What the tare of a line is made of, as it was then; null: it was typed, or nothing but the goods was on the scale.
alter table purchase_line add column container blob check (container is null or length(container) = 16);
alter table purchase_line add column container_name text check ((container_name is null) = (container is null));
alter table purchase_line add column container_tare integer check ((container_tare is null) = (container is null));
alter table purchase_line add column containers integer
  check ((containers is null) = (container is null) and (containers is null or tare = container_tare * containers));

-- Net is gross less tare; a row that says something else is a mistake of ours.
create trigger purchase_line_net_is_gross_less_tare before insert on purchase_line
when new.gross is not null and new.quantity <> new.gross - new.tare
begin select raise(abort, 'purchase_line: net is not gross less tare'); end;
