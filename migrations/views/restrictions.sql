-- kind is ban, mute or timeout; until is NULL for the first two. A timeout stays here after it ran out, until the person's next one.
CREATE TABLE restrictions (
    channel UUID NOT NULL,
    account UUID NOT NULL,
    kind TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ,
    reason TEXT,
    PRIMARY KEY (channel, account)
);
CREATE INDEX restrictions_by_since ON restrictions (channel, since, account);
