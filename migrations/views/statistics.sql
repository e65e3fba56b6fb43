-- measured_at: up to when air_ms and viewer_ms (viewers times milliseconds) are measured, while on air.
CREATE TABLE stream_statistics (
    stream UUID PRIMARY KEY,
    channel UUID NOT NULL,
    viewer_count BIGINT NOT NULL,
    peak_viewers BIGINT NOT NULL,
    unique_viewers BIGINT NOT NULL,
    sessions BIGINT NOT NULL,
    watchers BIGINT NOT NULL, -- of the unique viewers, those of whom a visit is over
    watch_ms BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    tip_count BIGINT NOT NULL,
    interruptions BIGINT NOT NULL,
    live_since TIMESTAMPTZ, -- when media first came in
    off_since TIMESTAMPTZ,  -- since when none comes: interrupted, or over
    air_ms BIGINT NOT NULL,
    viewer_ms BIGINT NOT NULL,
    measured_at TIMESTAMPTZ
);
-- The best stream of a channel.
CREATE INDEX stream_statistics_by_channel ON stream_statistics (channel, unique_viewers);

-- Who watches or watched: what makes a viewer count once.
CREATE TABLE stream_viewers (
    stream UUID NOT NULL,
    viewer UUID NOT NULL,
    anonymous BOOLEAN NOT NULL,
    open_sessions BIGINT NOT NULL,
    visits BIGINT NOT NULL,
    counted BOOLEAN NOT NULL,
    first_joined_at TIMESTAMPTZ NOT NULL,
    here_since TIMESTAMPTZ,
    left_at TIMESTAMPTZ,
    watch_ms BIGINT NOT NULL,
    PRIMARY KEY (stream, viewer, anonymous)
);

-- viewers: a JSON array, how many watched for 0, 1, 2, … whole minutes.
CREATE TABLE stream_retention (
    stream UUID PRIMARY KEY,
    viewers TEXT NOT NULL
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

-- Minutes since 1970 in which something happened; the viewer count of the others is that of the one before.
CREATE TABLE stream_minutes (
    stream UUID NOT NULL,
    minute BIGINT NOT NULL,
    viewers BIGINT NOT NULL,
    peak_viewers BIGINT NOT NULL,
    viewer_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    PRIMARY KEY (stream, minute)
);
CREATE TABLE stream_tip_minutes (
    stream UUID NOT NULL,
    minute BIGINT NOT NULL,
    currency TEXT NOT NULL,
    tip_count BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (stream, minute, currency)
);

-- Who began and stopped to follow: an event of it names no stream.
CREATE TABLE channel_minutes (
    channel UUID NOT NULL,
    minute BIGINT NOT NULL,
    new_followers BIGINT NOT NULL,
    lost_followers BIGINT NOT NULL,
    PRIMARY KEY (channel, minute)
);

-- Days since 1970, in UTC. The channel of zeros is the whole platform.
CREATE TABLE channel_days (
    channel UUID NOT NULL,
    day BIGINT NOT NULL,
    streams BIGINT NOT NULL,
    air_ms BIGINT NOT NULL,
    viewer_ms BIGINT NOT NULL,
    watch_ms BIGINT NOT NULL,
    new_viewers BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    new_followers BIGINT NOT NULL,
    lost_followers BIGINT NOT NULL,
    new_accounts BIGINT NOT NULL,
    new_channels BIGINT NOT NULL,
    PRIMARY KEY (channel, day)
);
CREATE TABLE channel_tip_days (
    channel UUID NOT NULL,
    day BIGINT NOT NULL,
    currency TEXT NOT NULL,
    tip_count BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    net BIGINT NOT NULL,
    PRIMARY KEY (channel, day, currency)
);
-- Who counted as a viewer of a channel, or of the platform, at any of its streams.
CREATE TABLE channel_viewers (
    channel UUID NOT NULL,
    viewer UUID NOT NULL,
    anonymous BOOLEAN NOT NULL,
    counted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (channel, viewer, anonymous)
);
