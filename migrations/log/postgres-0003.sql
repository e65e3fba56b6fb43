-- Names and ids are compared byte by byte. By the rules of a language, which are many databases' default,
-- each look-up in a key costs several times as much, and an append is mostly look-ups.
ALTER TABLE events
    ALTER COLUMN aggregate_type TYPE text COLLATE "C",
    ALTER COLUMN aggregate_id TYPE text COLLATE "C";
ALTER TABLE command_receipts
    ALTER COLUMN scope TYPE text COLLATE "C",
    ALTER COLUMN command_id TYPE text COLLATE "C";
