-- What was said while a stream was open, in numbers: what was removed later counts, too.
CREATE TABLE chat_numbers (
    stream UUID PRIMARY KEY,
    message_count BIGINT NOT NULL,
    announcement_count BIGINT NOT NULL, -- of these, the platform's
    emoji_count BIGINT NOT NULL,
    reply_count BIGINT NOT NULL,
    mentioning_count BIGINT NOT NULL,
    chatter_count BIGINT NOT NULL
);
CREATE TABLE chatters (
    stream UUID NOT NULL,
    account UUID NOT NULL,
    message_count BIGINT NOT NULL,
    emoji_count BIGINT NOT NULL,
    last_at TIMESTAMPTZ,
    PRIMARY KEY (stream, account)
);
-- Who is most active.
CREATE INDEX chatters_by_count ON chatters (stream, message_count);
