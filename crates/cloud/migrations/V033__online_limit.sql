-- The voucher codes that came with an online order, in the one form of retail::promotion::voucher. Never changes.
alter table online_order add column vouchers text[] not null default '{}';

comment on table allowance_order is
  'What an online order has used. Given back when nothing of the order is delivered, taken again when it is paid after its hold.';
