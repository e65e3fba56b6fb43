CREATE TABLE stream_statistics (
    stream UUID PRIMARY KEY,
    viewer_count BIGINT NOT NULL,
    peak_viewers BIGINT NOT NULL,
    unique_viewers BIGINT NOT NULL,
    sessions BIGINT NOT NULL,
    ended_sessions BIGINT NOT NULL,
    watch_ms BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    tip_count BIGINT NOT NULL,
    live_since TIMESTAMPTZ, -- when media first came in
    off_since TIMESTAMPTZ   -- since when none comes: interrupted, or over
);

-- Who watches or watched: what makes a viewer count once.
CREATE TABLE stream_viewers (
    stream UUID NOT NULL,
    viewer UUID NOT NULL,
    anonymous BOOLEAN NOT NULL,
    open_sessions BIGINT NOT NULL,
    first_joined_at TIMESTAMPTZ NOT NULL,
    watch_ms BIGINT NOT NULL,
    PRIMARY KEY (stream, viewer, anonymous)
);

-- Amounts in whole minor units of the currency.
CREATE TABLE stream_tips (
    stream UUID NOT NULL,
    currency TEXT NOT NULL,
    tip_count BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    net BIGINT NOT NULL,
    PRIMARY KEY (stream, currency)
);
