-- How often people reacted to a message, or to a stream, with an emoji.
CREATE TABLE message_reactions (
    message BIGINT NOT NULL,
    emoji TEXT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (message, emoji)
);
CREATE TABLE stream_reactions (
    stream UUID NOT NULL,
    emoji TEXT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (stream, emoji)
);
