-- A message is named by its position, and so is a tip, which stands here as a message of the kind tip. text is NULL when it was deleted or erased. What went with the whole
-- chat is told from chats.cleared_upto. badges and mentions are words with blanks between them.
CREATE TABLE chat_messages (
    position BIGINT PRIMARY KEY,
    channel UUID NOT NULL,
    stream UUID,
    sender UUID NOT NULL,
    sender_name TEXT,
    sender_role TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT,
    sent_at TIMESTAMPTZ NOT NULL,
    deleted BOOLEAN NOT NULL,
    badges TEXT NOT NULL,
    reply_to BIGINT,
    mentions TEXT NOT NULL,
    amount BIGINT, -- of a tip, in whole minor units
    currency TEXT
);
CREATE INDEX chat_messages_by_stream ON chat_messages (stream, position);
CREATE INDEX chat_messages_by_channel ON chat_messages (channel, position);
