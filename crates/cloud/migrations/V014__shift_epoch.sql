-- A shift belongs to an epoch of its node, and one that its epoch has left open is never closed: the machine is gone.
-- It must not stand in the way of its business day for ever (sync.md 2.9).
alter table shift add column epoch bigint not null default 1;
alter table shift alter column epoch drop default;
