-- tags: a JSON array. search_text: lower-cased title and tags, a line each. category_key: lower-cased.
-- changed_at: when status last changed, as recorded. air_changed_at: when it last went on or off air.
CREATE TABLE streams (
    id UUID PRIMARY KEY,
    channel UUID NOT NULL,
    created_position BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    category TEXT,
    category_key TEXT,
    tags TEXT NOT NULL,
    search_text TEXT NOT NULL,
    kind TEXT NOT NULL,
    visibility TEXT NOT NULL,
    quality TEXT,
    status TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    scheduled_for TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    air_changed_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    duration_ms BIGINT,
    live_ms BIGINT NOT NULL,
    end_reason TEXT,
    node TEXT,
    video_codec TEXT,
    audio_codec TEXT,
    width BIGINT,
    height BIGINT
);
CREATE INDEX streams_by_channel ON streams (channel, created_position);
-- The live list and the policies ask for the few that are open, of very many.
CREATE INDEX streams_by_status ON streams (status);
