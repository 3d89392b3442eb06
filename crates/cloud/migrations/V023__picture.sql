-- Pictures of products, as small JPEGs that were made of what somebody uploaded; the upload itself is not kept.

-- A JPEG, kept once however many products show it.
create table picture_file (
  hash    bytea   primary key check (octet_length(hash) = 32),  -- SHA-256 of the content
  width   integer not null check (width > 0),                  -- pixels
  height  integer not null check (height > 0),
  content bytea   not null
);
-- It is compressed already.
alter table picture_file alter content set storage external;
grant delete on picture_file to branchline_app;

-- The pictures of a product as a whole: two people may be at them.
create table product_gallery (
  product_id uuid   primary key references product,
  version    bigint not null                                   -- counts the changes
);
grant update on product_gallery to branchline_app;

create table product_picture (
  id         uuid        primary key,                          -- made by whoever uploads
  product_id uuid        not null references product,
  place      integer     not null check (place >= 0),          -- the lowest is shown first, and alone where there is room for one
  alt        text        not null default '',                  -- what is to be seen, for who does not see it
  choice     text        check (choice <> ''),                 -- of variants with this choice alone; null: of all
  source     bytea       not null check (octet_length(source) = 32),  -- SHA-256 of the upload
  small      bytea       not null references picture_file,
  large      bytea       not null references picture_file,
  added_at   timestamptz not null
);
create index product_picture_product on product_picture (product_id, place);
create index product_picture_small on product_picture (small);
create index product_picture_large on product_picture (large);
grant update, delete on product_picture to branchline_app;
