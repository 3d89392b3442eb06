-- Lists of SKUs as people have them: in any case of letters.
create index variant_sku_upper on variant (upper(sku));
