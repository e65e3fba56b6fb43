-- Indexes that are written behind the events: see store/src/storage/sqlite/index.rs. What is not in
-- them yet is found by reading the events after `upto`.
CREATE TABLE history_index (
    history  TEXT    NOT NULL, -- type/id
    sequence INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (history, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_index (
    channel  BLOB    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (channel, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt_index (
    digest   INTEGER NOT NULL, -- of scope and id; two receipts may have the same
    position INTEGER NOT NULL, -- the receipt's `first_position`
    PRIMARY KEY (digest, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE index_progress (
    name TEXT    PRIMARY KEY,
    upto INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO index_progress VALUES ('history', 0), ('channel', 0), ('receipt', 0);
DROP INDEX events_history;
DROP INDEX events_channel;

-- Receipts lie in the order of the log, like the events.
CREATE TABLE receipts_in_order (
    first_position INTEGER PRIMARY KEY,
    last_position  INTEGER NOT NULL,
    scope          TEXT    NOT NULL,
    command_id     TEXT    NOT NULL,
    body           BLOB    NOT NULL
) STRICT;
INSERT INTO receipts_in_order
SELECT first_position, last_position, scope, command_id, body FROM command_receipts ORDER BY 1;
DROP TABLE command_receipts;
ALTER TABLE receipts_in_order RENAME TO command_receipts;
