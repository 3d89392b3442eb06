-- Cash beside sales: what went in and out of drawers, what was counted, and the reports that end shifts.

-- Cash that went in or out. Never changes.
create table cash_movement (
  id           blob    not null primary key check (length(id) = 16),
  seq          integer not null unique references outbox (seq),
  shift        blob    not null references shift (id),
  kind         text    not null check (kind in ('paid_in', 'paid_out', 'drop')),
  amount_minor integer not null check (amount_minor > 0),
  reason       text    not null,                       -- code of the reason
  note         text,
  staff        blob    not null,
  approved_by  blob,                                   -- the second person, when it was more than the first may move alone
  moved_at     integer not null,
  request_hash blob    not null
) strict, without rowid;
create index cash_movement_by_shift on cash_movement (shift);

create trigger cash_movement_is_never_changed before update on cash_movement
begin select raise(abort, 'cash_movement: never changed'); end;
create trigger cash_movement_is_never_deleted before delete on cash_movement
begin select raise(abort, 'cash_movement: never deleted'); end;
create trigger cash_movement_is_of_an_open_shift before insert on cash_movement
when exists (select 1 from shift where id = new.shift and closed_at is not null)
begin select raise(abort, 'cash_movement: the shift is closed'); end;

-- A count of a drawer. The last one of a shift closes it. Never changes.
create table shift_count (
  id            blob    not null primary key check (length(id) = 16),
  seq           integer not null unique references outbox (seq),
  shift         blob    not null references shift (id),
  number        integer not null check (number > 0),   -- the how-manieth of its shift
  counted_minor integer not null check (counted_minor >= 0),
  pieces        text    not null,                      -- JSON: notes and coins; [] when only the sum was said
  staff         blob    not null,
  counted_at    integer not null,
  request_hash  blob    not null,
  unique (shift, number)
) strict, without rowid;

create trigger shift_count_is_never_changed before update on shift_count
begin select raise(abort, 'shift_count: never changed'); end;
create trigger shift_count_is_never_deleted before delete on shift_count
begin select raise(abort, 'shift_count: never deleted'); end;

alter table shift add column difference_reason text;
alter table shift add column approved_by blob;         -- the second person, when the difference needed one

-- The Z report of a closed shift: the bytes of its event. Numbers are dense by register and epoch. Never changes.
create table z_report (
  shift             blob    not null primary key references shift (id),
  seq               integer not null unique references outbox (seq),
  register          blob    not null,
  epoch             integer not null,
  number            integer not null check (number > 0),
  grand_total_minor integer not null,                  -- of all Z reports of register and epoch up to this one
  content           text    not null,
  unique (register, epoch, number)
) strict, without rowid;

create trigger z_report_is_the_bytes_of_its_event before insert on z_report
when new.content is not (select body from outbox where seq = new.seq)
begin select raise(abort, 'z_report: its event does not say so'); end;
create trigger z_report_follows_the_last_one before insert on z_report
when new.number <> (select coalesce(max(number), 0) + 1 from z_report where register = new.register and epoch = new.epoch)
 and exists (select 1 from z_report where register = new.register and epoch = new.epoch)
begin select raise(abort, 'z_report: numbers are gapless'); end;
create trigger z_report_is_of_a_closed_shift before insert on z_report
when not exists (select 1 from shift where id = new.shift and z_number = new.number and register = new.register)
begin select raise(abort, 'z_report: the shift is not closed as this number'); end;
create trigger z_report_is_never_changed before update on z_report
begin select raise(abort, 'z_report: never changed'); end;
create trigger z_report_is_never_deleted before delete on z_report
begin select raise(abort, 'z_report: never deleted'); end;

-- How the tills of this shop behave. One row at most; without it they do as they do everywhere.
create table till_setting (
  one                integer not null primary key check (one = 1),
  lock_after_s       integer not null check (lock_after_s between 0 and 86400),   -- 0: never
  reason_above_minor integer check (reason_above_minor >= 0)                      -- null: the smallest note
) strict;

-- What is printed is a closed list of the program's own; the table no longer repeats it. Reports have their own names:
-- a Z report is counted, an X report is not.
drop index print_job_by_state;
drop index print_job_by_subject;
alter table print_job rename to print_job_4;
create table print_job (
  no           integer not null primary key,                         -- the order of the queue
  id           blob    not null unique check (length(id) = 16),
  what         text    not null check (what <> ''),
  subject      blob    not null,                                     -- the id of what is printed
  copy         integer not null check (copy >= 0),                   -- 0: the first; else which copy it says it is
  printer      blob    not null,                                     -- the register whose printer it is for
  staff        blob    not null,                                     -- who wanted it
  opens_drawer integer not null check (opens_drawer in (0, 1)),
  state        text    not null check (state in ('waiting', 'printing', 'printed', 'failed', 'skipped')),
  reason       text,                                                 -- why it waits or failed
  is_uncertain integer not null default 0 check (is_uncertain in (0, 1)),  -- some of it may be on paper
  created_at   integer not null,
  changed_at   integer not null
) strict;
insert into print_job
select no, id,
       case when what <> 'shift' then what
            when exists (select 1 from shift s where s.id = subject and s.closed_at <= created_at) then 'z_report'
            else 'x_report' end,
       subject, copy, printer, staff, opens_drawer, state, reason, is_uncertain, created_at, changed_at
  from print_job_4;
drop table print_job_4;
create index print_job_by_state on print_job (state, no) where state in ('waiting', 'printing', 'failed');
create index print_job_by_subject on print_job (subject, what);
