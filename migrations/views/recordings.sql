-- Recordings of streams, those that were taken away apart: is_gone keeps what must still be cleaned up findable.
-- finished_at and what follows: null while it is being written.
CREATE TABLE recordings (
    id UUID PRIMARY KEY,
    stream UUID NOT NULL,
    channel UUID NOT NULL,
    position BIGINT NOT NULL,
    node TEXT NOT NULL,
    by_itself BOOLEAN NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    end_reason TEXT,
    duration_ms BIGINT,
    bytes BIGINT,
    is_gone BOOLEAN NOT NULL
);
CREATE INDEX recordings_by_stream ON recordings (stream, position);
CREATE INDEX recordings_by_channel ON recordings (channel, position);
CREATE INDEX recordings_by_end ON recordings (finished_at);

-- Moments of recordings in the day's time. media_ms counts from the beginning of the recording.
CREATE TABLE recording_anchors (
    recording UUID NOT NULL,
    position BIGINT NOT NULL,
    media_ms BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (recording, position)
);
