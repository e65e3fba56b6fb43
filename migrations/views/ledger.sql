-- Amounts in whole minor units of the currency; debits are positive. Days are counted from 1970-01-01.
-- An account in a currency is named by a number, made of its text by a hash, which every row can be
-- 50 bytes shorter by.
CREATE TABLE ledger_balances (
    number BIGINT PRIMARY KEY,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL,
    postings BIGINT NOT NULL,
    updated_position BIGINT NOT NULL
);

CREATE TABLE ledger_entries (
    entry UUID PRIMARY KEY,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    day BIGINT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    reverses UUID,
    schedule TEXT
);
CREATE INDEX ledger_entries_by_position ON ledger_entries (position);

CREATE TABLE ledger_reversals (
    reversed UUID PRIMARY KEY,
    entry UUID NOT NULL
);

-- balance is what the account came to right after the posting, in the order of the log.
CREATE TABLE ledger_postings (
    number BIGINT NOT NULL,
    position BIGINT NOT NULL,
    line BIGINT NOT NULL,
    day BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    PRIMARY KEY (number, position, line)
);
CREATE INDEX ledger_postings_by_position ON ledger_postings (position);
CREATE INDEX ledger_postings_by_day ON ledger_postings (number, day, position, line);

CREATE TABLE ledger_days (
    number BIGINT NOT NULL,
    day BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    postings BIGINT NOT NULL,
    PRIMARY KEY (number, day)
);

-- What each viewer gave to each channel, refunds taken off.
CREATE TABLE ledger_tippers (
    channel UUID NOT NULL,
    currency TEXT NOT NULL,
    payer UUID NOT NULL,
    amount BIGINT NOT NULL,
    tips BIGINT NOT NULL,
    last_position BIGINT NOT NULL,
    PRIMARY KEY (channel, currency, payer)
);
CREATE INDEX ledger_tippers_by_amount ON ledger_tippers (channel, currency, amount, payer);

-- What the platform earned by each fee schedule, refunds taken off; schedule is NULL where entries name none.
CREATE TABLE ledger_fees (
    number BIGINT NOT NULL,
    day BIGINT NOT NULL,
    schedule TEXT,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    PRIMARY KEY (number, day)
);
