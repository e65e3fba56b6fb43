-- Amounts in whole minor units of the currency.
CREATE TABLE wallets (
    account UUID NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL,
    earnings BIGINT NOT NULL,
    owed BIGINT NOT NULL,
    held BIGINT NOT NULL,
    updated_position BIGINT NOT NULL,
    PRIMARY KEY (account, currency)
);

-- sender_name and message are NULL once the person was erased.
CREATE TABLE tips (
    position BIGINT PRIMARY KEY,
    entry UUID NOT NULL,
    channel UUID NOT NULL,
    stream UUID,
    payer UUID NOT NULL,
    sender_name TEXT,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    net BIGINT NOT NULL,
    message TEXT,
    sent_at TIMESTAMPTZ NOT NULL,
    refunded_at TIMESTAMPTZ
);
CREATE INDEX tips_by_channel ON tips (channel, position);
CREATE INDEX tips_by_payer ON tips (payer, position);
