-- A request about which nobody decides in time is closed by the system, once, with an entry in the audit: nobody decided.
do $$
declare
  rule text;
begin
  for rule in
    select conname from pg_constraint
     where conrelid = 'approval'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%outcome%'
  loop
    execute format('alter table approval drop constraint %I', rule);
  end loop;
end $$;
alter table approval
  add constraint approval_outcome check (outcome in ('approved', 'rejected', 'withdrawn', 'expired')),
  add constraint approval_decided check (
    (outcome is null) = (decided_at is null) and (outcome is null or outcome = 'expired') = (decided_by is null)),
  -- Who asks does not decide, whatever the application thinks.
  add constraint approval_eyes check (
    outcome is null or outcome = 'expired' or (outcome = 'withdrawn') = (decided_by = requested_by));
create index approval_due on approval (expires_at) where outcome is null;
