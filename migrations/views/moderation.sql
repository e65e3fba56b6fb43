-- What was done by whoever moderates, by its place in the log. channel is NULL for what holds on the
-- whole platform. actor is who did it: an account, or NULL and what stands in actor_part. undoes is the
-- kind that an undoing act undoes.
CREATE TABLE moderation_actions (
    position BIGINT PRIMARY KEY,
    channel UUID,
    kind TEXT NOT NULL,
    undoes TEXT,
    actor UUID,
    actor_part TEXT,
    account UUID,
    message BIGINT,
    until TIMESTAMPTZ,
    detail TEXT,
    reason TEXT,
    done_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX moderation_actions_by_channel ON moderation_actions (channel, position);
CREATE INDEX moderation_actions_by_account ON moderation_actions (account, position);
CREATE INDEX moderation_actions_by_actor ON moderation_actions (actor, position);
