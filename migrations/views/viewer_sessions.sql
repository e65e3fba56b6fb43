-- Open sessions only: a session's row goes when it ends.
CREATE TABLE viewer_sessions (
    id UUID PRIMARY KEY,
    stream UUID NOT NULL,
    channel UUID NOT NULL,
    viewer UUID NOT NULL,
    anonymous BOOLEAN NOT NULL,
    node TEXT NOT NULL,
    joined_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX viewer_sessions_by_node ON viewer_sessions (node, id);
CREATE INDEX viewer_sessions_by_stream ON viewer_sessions (stream, id);
