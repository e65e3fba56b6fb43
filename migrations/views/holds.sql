-- What was set aside in a wallet, in whole minor units, ordered by the event that did it. hold_end is why it
-- ended, and NULL as long as it stands.
CREATE TABLE holds (
    hold UUID PRIMARY KEY,
    position BIGINT NOT NULL,
    account UUID NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    placed_at TIMESTAMPTZ NOT NULL,
    hold_end TEXT,
    lifted_by TEXT,
    lifted_at TIMESTAMPTZ,
    lifted_position BIGINT
);
CREATE INDEX holds_by_position ON holds (position);
CREATE INDEX holds_by_account ON holds (account, position);
