-- Whose a voucher is and until when it counts, as the cloud has said: asked again for every quote and every sale.

-- What was said before did not say it. A code that is shown again is looked up again.
delete from resolved_voucher;
alter table resolved_voucher add column patron blob check (patron is null or length(patron) = 16);  -- only for this customer
alter table resolved_voucher add column segment text;                         -- only for customers of it
alter table resolved_voucher add column valid_until integer;                  -- not from then on
alter table resolved_voucher add column said_at integer not null default 0;   -- it stands for a day: it may be stopped

-- Wrong voucher codes of a person. One row each; changes with every try.
create table voucher_try (
  staff       blob    not null primary key check (length(staff) = 16),
  forgiven_at integer not null                         -- by when all of them are forgiven, by the clock of sessions
) strict, without rowid;

-- What lies here of uses, units and money though nobody uses it: the shop's own part of the start, as far as it is there
-- still. What was borrowed beyond it goes back. Null: it was not kept then, and all of it stays.
alter table allowance add column reserve integer check (reserve >= 0 and reserve <= available);
alter table allowance add column borrowed_at integer;   -- when something was borrowed last, by this node's clock

drop trigger allowance_moves_with_its_event;
create trigger allowance_moves_with_its_event before update of kind, key, available, moved_seq, changed_at on allowance
when new.kind is not old.kind or new.key is not old.key
  or new.moved_seq <= old.moved_seq
  or new.moved_seq is not (select last_seq from node_state)
  or new.available - old.available
     is not (select m.quantity from allowance_movement m
              where m.seq = new.moved_seq and m.kind = new.kind and m.key = new.key)
begin select raise(abort, 'allowance: moves by what the newest event says'); end;
