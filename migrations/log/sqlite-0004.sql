-- What moves into an index together lies there together: one row for a run of neighbours. The indexes
-- are written anew from the events when the log is next opened.
DROP TABLE history_index;
DROP TABLE channel_index;
CREATE TABLE history_index (
    history   TEXT    NOT NULL, -- type/id
    first     INTEGER NOT NULL, -- the sequence of the run's first event
    positions TEXT    NOT NULL, -- of its events, a JSON array; two runs may have the same ones
    PRIMARY KEY (history, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_index (
    channel   BLOB    NOT NULL,
    first     INTEGER NOT NULL, -- the run's first position
    positions TEXT    NOT NULL,
    PRIMARY KEY (channel, first)
) STRICT, WITHOUT ROWID;
UPDATE index_progress SET upto = 0 WHERE name IN ('history', 'channel');
