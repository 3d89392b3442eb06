-- Who let the price or the discount of a line be, by a word of theirs: a supervisor, or the person at the till.
alter table sale_line add column approved_by uuid;
