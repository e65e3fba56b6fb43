import { useEffect, useState } from 'react';
import { asUserError, mutate, query } from '../api/api';
import { ROTATE_KEY, STREAM_KEY } from '../api/operations';
import type { StreamKey, UserError } from '../api/types';
import { CopyRow } from './CopyRow';
import { Errors } from './Field';
import { ObsSettings } from './ObsSettings';

/** Where to send the video: address, key, and how to set OBS and ffmpeg. */
export function StreamKeyPanel({ channelId }: { channelId: string }) {
  const [streamKey, setStreamKey] = useState<StreamKey | null>(null);
  const [isShown, setShown] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [errors, setErrors] = useState<UserError[]>([]);

  useEffect(() => {
    let isOver = false;
    query<{ channel: { streamKey: StreamKey | null } | null }>(STREAM_KEY, { channelId })
      .then(({ channel }) => !isOver && setStreamKey(channel?.streamKey ?? null))
      .catch((error: unknown) => !isOver && setErrors([asUserError(error)]));
    return () => {
      isOver = true;
    };
  }, [channelId]);

  async function rotate() {
    setAsking(false);
    const payload = await mutate<{ streamKey: StreamKey }>(ROTATE_KEY, 'rotateStreamKey', {});
    setErrors(payload.errors);
    if (payload.streamKey) setStreamKey(payload.streamKey);
  }

  return (
    <div className="panel">
      <h3>Where to send it</h3>
      {streamKey && (
        <>
          <CopyRow label="Server" value={streamKey.rtmpUrl} testId="rtmp-url" />
          <CopyRow label="Stream key" value={streamKey.key} isSecret={!isShown} testId="stream-key">
            <button type="button" className="small" onClick={() => setShown(!isShown)} data-testid="key-show">
              {isShown ? 'Hide' : 'Show'}
            </button>
          </CopyRow>
          <p className="hint">Whoever has the key can go live as you.</p>
          {isAsking ? (
            <p className="ask">
              <span>The old key stops working at once.</span>
              <button type="button" className="danger small" onClick={() => void rotate()} data-testid="key-rotate-confirm">New key</button>
              <button type="button" className="small" onClick={() => setAsking(false)}>Keep it</button>
            </p>
          ) : (
            <button type="button" className="small" onClick={() => setAsking(true)} data-testid="key-rotate">Replace the key…</button>
          )}
          <ObsSettings streamKey={streamKey} isShown={isShown} />
        </>
      )}
      <Errors errors={errors} />
    </div>
  );
}
