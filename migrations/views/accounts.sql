-- name, normalised_name and email are NULL once the person was erased. While erasure_completed_at is
-- NULL and erased_at is not, personal parts may be left in the log.
CREATE TABLE accounts (
    id UUID PRIMARY KEY,
    name TEXT,
    normalised_name TEXT,
    email TEXT,
    roles TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    suspended_at TIMESTAMPTZ,
    erased_at TIMESTAMPTZ,
    erasure_completed_at TIMESTAMPTZ
);
CREATE INDEX accounts_by_name ON accounts (normalised_name);
CREATE INDEX accounts_by_erasure ON accounts (erased_at) WHERE erased_at IS NOT NULL;

-- A channel has its owner's id and name.
CREATE TABLE channels (
    id UUID PRIMARY KEY,
    opened_at TIMESTAMPTZ NOT NULL
);
