-- The two roles of the database. The owner holds the tables and runs migrations; the application may only do
-- what it is granted, and never goes around row-level security. Runs before every migration; changes nothing
-- when both are there. Give the application a password with `alter role branchline_app password '…'`.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'branchline_owner') then
    create role branchline_owner nologin nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'branchline_app') then
    create role branchline_app login nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if (select rolsuper from pg_roles where rolname = current_user) then
    grant create, usage on schema public to branchline_owner;
    -- To see whether a synchronous standby follows.
    grant pg_read_all_stats to branchline_app;
  end if;
end $$;
