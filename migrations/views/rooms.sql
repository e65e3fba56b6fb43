-- A channel's chat, once it was cleared or its settings changed. Messages up to cleared_upto are gone.
CREATE TABLE chats (
    channel UUID PRIMARY KEY,
    cleared_upto BIGINT NOT NULL,
    slow_mode_seconds BIGINT NOT NULL,
    followers_only_minutes BIGINT,
    emote_only BOOLEAN NOT NULL
);

-- Messages in sight, by when they were pinned. One that was removed with the whole chat stays here.
CREATE TABLE pins (
    channel UUID NOT NULL,
    message BIGINT NOT NULL,
    pinned_position BIGINT NOT NULL,
    pinned_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (channel, message)
);

-- permissions are words with blanks between them.
CREATE TABLE moderators (
    channel UUID NOT NULL,
    account UUID NOT NULL,
    permissions TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (channel, account)
);
CREATE INDEX moderators_by_account ON moderators (account);
