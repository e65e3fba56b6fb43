-- How far each projection has folded the log. Written in the same transaction as its rows, and only
-- by the holder of the epoch.
CREATE TABLE checkpoints (
    projection TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    epoch BIGINT NOT NULL
);

-- What this generation was made by; another binary compares it with its own.
CREATE TABLE generation (
    schema_hash TEXT NOT NULL,
    viewer_rule TEXT NOT NULL -- by which its numbers are counted
);
