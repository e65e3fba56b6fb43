-- The log. The first seven columns are those of postgres-es, which can read our histories.
CREATE TABLE events (
    aggregate_type text        NOT NULL,
    aggregate_id   text        NOT NULL,
    sequence       bigint      NOT NULL CHECK (sequence >= 1),
    event_type     text        NOT NULL,
    event_version  text        NOT NULL,
    payload        json        NOT NULL, -- json, not jsonb: the hash is over the very bytes
    metadata       json        NOT NULL,
    position       bigint      NOT NULL,
    event_id       uuid        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    channel        uuid,
    personal       json,                 -- what an erasure empties
    hash           bytea       NOT NULL, -- over the event before and all columns but `personal`
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);
CREATE UNIQUE INDEX events_position ON events (position);
CREATE INDEX events_channel ON events (channel, position) WHERE channel IS NOT NULL;

-- One row: the end of the log. Every append holds it until its commit.
CREATE TABLE log_head (
    id          integer     PRIMARY KEY CHECK (id = 1),
    position    bigint      NOT NULL,
    hash        bytea       NOT NULL,
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 10); -- leaves room for updates within the page
INSERT INTO log_head VALUES (1, 0, decode(repeat('00', 32), 'hex'), to_timestamp(0));

-- What makes a command safe to send again.
CREATE TABLE command_receipts (
    scope          text   NOT NULL,
    command_id     text   NOT NULL,
    body           bytea  NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    PRIMARY KEY (scope, command_id)
);

-- Secrets: hashed or encrypted. Never events.
CREATE TABLE credentials (
    kind    text  NOT NULL,
    subject text  NOT NULL,
    lookup  bytea,
    secret  bytea NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE UNIQUE INDEX credentials_lookup ON credentials (kind, lookup) WHERE lookup IS NOT NULL;

-- When each node was last known to run. Heartbeats are not events.
CREATE TABLE nodes (
    node    text        PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
