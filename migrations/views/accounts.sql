-- name, normalised_name and email are NULL once the person was erased.
CREATE TABLE accounts (
    id UUID PRIMARY KEY,
    name TEXT,
    normalised_name TEXT,
    email TEXT,
    roles TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX accounts_by_name ON accounts (normalised_name);

-- A channel has its owner's id and name.
CREATE TABLE channels (
    id UUID PRIMARY KEY,
    opened_at TIMESTAMPTZ NOT NULL
);
