-- An id stands for one document, whichever account it was meant for: whoever sends again with another account, because an
-- answer was lost, has not paid twice.
create unique index supplier_document_id on supplier_document (id);
