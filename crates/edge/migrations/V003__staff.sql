-- What each role gives somebody here: how far it goes, and for how many days after the last contact it is believed.
-- JSON as the cloud sent it; `[]`: from a cloud that knew no limits, then `staff_permission` says all.
alter table staff add column grants text not null default '[]';
