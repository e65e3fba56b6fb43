-- Amounts in whole minor units of the currency. A payment is named by a number, made of the provider's name and
-- reference by a hash: engines order texts in other ways. It is ordered by the first event that told of it;
-- account, currency and amount are NULL until they are told.
CREATE TABLE payments (
    payment UUID PRIMARY KEY,
    position BIGINT NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    account UUID,
    currency TEXT,
    amount BIGINT,
    refunded BIGINT NOT NULL,
    failure TEXT,
    entry UUID,
    begun_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX payments_by_position ON payments (position);
CREATE INDEX payments_by_account ON payments (account, position);
CREATE INDEX payments_by_state ON payments (state, position);

-- A dispute, and what it left once the money was taken back: what came out of the payer's balance, by how many
-- tips that were taken back, what their streamers owe, and what the platform bears. The events of that lie from
-- first_position to last_position.
CREATE TABLE disputes (
    dispute UUID PRIMARY KEY,
    position BIGINT NOT NULL,
    provider TEXT NOT NULL,
    payment TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    account UUID,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    charged_back_at TIMESTAMPTZ,
    decided_at TIMESTAMPTZ,
    entry UUID,
    restored_by UUID,
    taken BIGINT NOT NULL,
    tips BIGINT NOT NULL,
    receivable BIGINT NOT NULL,
    first_position BIGINT,
    last_position BIGINT
);
CREATE INDEX disputes_by_position ON disputes (position);
CREATE INDEX disputes_by_account ON disputes (account, position);
CREATE INDEX disputes_by_state ON disputes (state, position);

-- What taking a payment back came to, by its entry.
CREATE TABLE payment_reversals (
    entry UUID PRIMARY KEY,
    taken BIGINT NOT NULL,
    tips BIGINT NOT NULL,
    receivable BIGINT NOT NULL,
    first_position BIGINT NOT NULL,
    last_position BIGINT NOT NULL
);

-- Tips that were taken back because of a payment that is being taken back: there only until that is done.
CREATE TABLE payment_takings (
    account UUID NOT NULL,
    currency TEXT NOT NULL,
    tips BIGINT NOT NULL,
    receivable BIGINT NOT NULL,
    first_position BIGINT NOT NULL,
    PRIMARY KEY (account, currency)
);
