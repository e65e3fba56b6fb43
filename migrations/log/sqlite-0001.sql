-- The log. `position` is the rowid, so that reading in log order is one sequential scan.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence >= 1),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    event_id       BLOB    NOT NULL,
    recorded_at    INTEGER NOT NULL, -- microseconds since 1970, UTC
    channel        BLOB,
    personal       TEXT,             -- what an erasure empties
    hash           BLOB    NOT NULL  -- over the event before and all columns but `personal`
) STRICT;
CREATE UNIQUE INDEX events_history ON events (aggregate_type, aggregate_id, sequence);
CREATE INDEX events_channel ON events (channel, position) WHERE channel IS NOT NULL;

-- One row: the end of the log. Every append moves it.
CREATE TABLE log_head (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    position    INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
INSERT INTO log_head VALUES (1, 0, zeroblob(32), 0);

-- What makes a command safe to send again.
CREATE TABLE command_receipts (
    scope          TEXT    NOT NULL,
    command_id     TEXT    NOT NULL,
    body           BLOB    NOT NULL,
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL,
    PRIMARY KEY (scope, command_id)
) STRICT, WITHOUT ROWID;

-- Secrets: hashed or encrypted. Never events.
CREATE TABLE credentials (
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    lookup  BLOB,
    secret  BLOB NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;
CREATE UNIQUE INDEX credentials_lookup ON credentials (kind, lookup) WHERE lookup IS NOT NULL;

-- When each node was last known to run. Heartbeats are not events.
CREATE TABLE nodes (
    node    TEXT    PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT;
