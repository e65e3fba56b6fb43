-- Up to where each policy has nothing left to do. A file has one node: its epoch is always 0.
CREATE TABLE policy_checkpoints (
    policy   TEXT    PRIMARY KEY,
    position INTEGER NOT NULL,
    epoch    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
