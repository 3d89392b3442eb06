-- Printers, and what waits to be printed. About this shop alone: what is printed is made from the documents when its turn comes.

-- The network printer of a register; without a row it has none.
create table printer (
  register     blob    not null primary key,
  host         text    not null,
  port         integer not null check (port between 1 and 65535),
  dots         integer not null check (dots in (384, 576)),          -- of a line: paper of 58 or 80 mm
  language     text    not null check (language in ('en', 'vi', 'th')),
  has_drawer   integer not null check (has_drawer in (0, 1)),
  has_knife    integer not null check (has_knife in (0, 1)),
  is_automatic integer not null check (is_automatic in (0, 1)),      -- every receipt and ticket, without being asked
  changed_at   integer not null,
  changed_by   blob    not null
) strict, without rowid;

-- What the shop puts at the head of its papers beside its name. One row at most.
create table letterhead (
  one        integer not null primary key check (one = 1),
  tax_number text,
  logo       blob                                                    -- PNG
) strict;

-- One print. Recorded in the transaction of what it shows, so that no receipt is forgotten; the bytes are made when it is sent.
create table print_job (
  no           integer not null primary key,                         -- the order of the queue
  id           blob    not null unique check (length(id) = 16),
  what         text    not null check (what in ('sale', 'purchase', 'shift', 'shelf_label', 'item_label', 'drawer', 'test')),
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
create index print_job_by_state on print_job (state, no) where state in ('waiting', 'printing', 'failed');
create index print_job_by_subject on print_job (subject, what);
