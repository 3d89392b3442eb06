-- Cash beside sales, as the shops' events tell it, and the reports that end shifts.

-- Why a drawer was off, and who said so beside the cashier.
alter table shift
  add column difference_reason text,
  add column approved_by       uuid;

-- Cash that went in or out of a drawer. Append-only.
create table cash_movement (
  location_id   uuid        not null,
  business_date date        not null,
  id            uuid        not null,
  node_id       uuid        not null,
  shift_id      uuid        not null,
  register_id   uuid,
  staff_id      uuid,
  kind          text        not null check (kind in ('paid_in', 'paid_out', 'drop')),
  amount_minor  bigint      not null,       -- positive, whichever way it went
  reason        text        not null,       -- code of the reason
  note          text,
  approved_by   uuid,
  moved_at      timestamptz not null,       -- by the node's clock
  applied_at    timestamptz not null,
  primary key (location_id, id)
);
create index cash_movement_shift on cash_movement (location_id, shift_id);
create trigger cash_movement_append_only before update or delete on cash_movement
  for each row execute function refuse_change();
revoke update, delete on cash_movement from branchline_app;
select isolate('cash_movement');

-- The Z report of a shift: the bytes that its till made, and what lists are sorted and filtered by. Append-only.
create table z_report (
  location_id       uuid        not null,
  business_date     date        not null,
  id                uuid        not null,   -- of the event
  node_id           uuid        not null,
  epoch             bigint      not null,
  shift_id          uuid        not null,
  register_id       uuid,
  number            bigint      not null,   -- dense within register and epoch
  closed_at         timestamptz not null,
  sales             bigint      not null,
  total_minor       bigint      not null,
  difference_minor  bigint      not null,
  grand_total_minor bigint      not null,
  content           text        not null,   -- the event's body, byte by byte
  applied_at        timestamptz not null,
  primary key (location_id, id)
);
create unique index z_report_shift on z_report (location_id, shift_id);
create index z_report_date on z_report (location_id, business_date, closed_at, id);
create trigger z_report_append_only before update or delete on z_report
  for each row execute function refuse_change();
revoke update, delete on z_report from branchline_app;
select isolate('z_report');

-- Whoever manages roles may give these from the beginning, or nobody could give them to anybody.
insert into permission (code)
values ('cash.move'), ('cash.drop'), ('cash.read'), ('shift.count_see'), ('till.manage') on conflict do nothing;
alter table role_permission disable trigger user;
insert into role_permission (role_id, permission)
select rp.role_id, given.code
  from role_permission rp
 cross join (values ('cash.move'), ('cash.drop'), ('cash.read'), ('shift.count_see'), ('till.manage')) given (code)
 where rp.permission = 'role.manage'
on conflict do nothing;
alter table role_permission enable trigger user;
