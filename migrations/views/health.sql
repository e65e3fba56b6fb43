-- How a stream's publisher did, note by note: position is the note's, span_ms the time that it is about.
-- warnings are words with blanks between them.
CREATE TABLE stream_health (
    stream UUID NOT NULL,
    position BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    span_ms BIGINT NOT NULL,
    video_bytes BIGINT NOT NULL,
    audio_bytes BIGINT NOT NULL,
    frames BIGINT NOT NULL,
    media_ms BIGINT NOT NULL,
    key_frame_interval_ms BIGINT,
    sound_ahead_ms BIGINT,
    longest_gap_ms BIGINT NOT NULL,
    warnings TEXT NOT NULL,
    PRIMARY KEY (stream, position)
);
