-- Amounts in whole minor units of the currency. A payout is ordered by the event that asked for it. Who did
-- something stands there as the log says it: an account, the console or a part of Tributary. The reasons are
-- NULL once the streamer was erased.
CREATE TABLE payouts (
    payout UUID PRIMARY KEY,
    position BIGINT NOT NULL,
    channel UUID NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    requested_by UUID NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    approved_by TEXT,
    approved_at TIMESTAMPTZ,
    approval_reason TEXT,
    provider TEXT,
    reference TEXT,
    sent_by TEXT,
    sent_at TIMESTAMPTZ,
    ended_by TEXT,
    ended_at TIMESTAMPTZ,
    end_reason TEXT,
    arrived_on BIGINT,
    entry UUID NOT NULL,
    end_entry UUID
);
CREATE INDEX payouts_by_position ON payouts (position);
CREATE INDEX payouts_by_channel ON payouts (channel, position);
CREATE INDEX payouts_by_state ON payouts (state, position);
