-- Who follows which channel, and since when.
CREATE TABLE follows (
    account UUID NOT NULL,
    channel UUID NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (account, channel)
);
CREATE INDEX follows_by_channel ON follows (channel, position);
CREATE INDEX follows_by_account ON follows (account, position);

-- How many follow a channel that was ever followed.
CREATE TABLE follower_counts (
    channel UUID PRIMARY KEY,
    followers BIGINT NOT NULL
);
