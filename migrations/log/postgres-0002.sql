-- Who does what only one node may do. The clock is the database's; a name that was ever held keeps its
-- row, so that the epoch only grows.
CREATE TABLE leases (
    name       text        PRIMARY KEY,
    node       text        NOT NULL,
    epoch      bigint      NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50); -- renewed every few seconds

-- Up to where each policy has nothing left to do, and the epoch of the lease under which that was
-- written.
CREATE TABLE policy_checkpoints (
    policy   text   PRIMARY KEY,
    position bigint NOT NULL,
    epoch    bigint NOT NULL
);
