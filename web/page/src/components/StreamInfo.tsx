import { useState } from 'react';
import { useAccount } from '../api/account';
import { VIEWER_COUNT } from '../api/operations';
import type { Channel, StreamStatus } from '../api/types';
import { useFollow } from '../api/useFollow';
import { count, since } from '../format';
import { useOpenLogin } from '../login';
import { useNow } from '../useNow';
import { TipDialog } from './TipDialog';

const WORDS: Record<StreamStatus, string> = {
  SCHEDULED: 'Scheduled',
  STARTING: 'Starting',
  LIVE: 'Live',
  INTERRUPTED: 'Interrupted',
  ENDING: 'Ending',
  ENDED: 'Ended',
  CANCELLED: 'Cancelled',
};

/** What is on, for how many, and the way to say thanks. */
export function StreamInfo({ channel, isOwner }: { channel: Channel; isOwner: boolean }) {
  const account = useAccount();
  const openLogin = useOpenLogin();
  const [isTipOpen, setTipOpen] = useState(false);
  const now = useNow(30_000);
  const stream = channel.currentStream;

  return (
    <section className="info" aria-label="About the stream">
      <div className="info-text">
        <h1>{stream?.title ?? channel.name}</h1>
        <p className="info-line">
          <span
            className={`badge ${badge(stream?.status)}`}
            data-testid="stream-status"
            data-status={stream?.status ?? 'OFFLINE'}
          >
            {stream ? WORDS[stream.status] : 'Offline'}
          </span>
          {stream && <strong>{channel.name}</strong>}
          {stream?.category && <span>{stream.category}</span>}
          {stream && <Viewers key={stream.id} streamId={stream.id} initial={stream.viewerCount} />}
          {stream?.startedAt && <time dateTime={stream.startedAt}>{since(stream.startedAt, now)}</time>}
        </p>
        {stream && stream.tags.length > 0 && (
          <ul className="tags">{stream.tags.map((tag) => <li key={tag}>{tag}</li>)}</ul>
        )}
        {stream?.description && <p className="description">{stream.description}</p>}
      </div>
      {!isOwner && (
        <button
          type="button"
          className="tip"
          onClick={() => (account ? setTipOpen(true) : openLogin())}
          data-testid="tip-open"
        >
          Send a tip
        </button>
      )}
      {isTipOpen && <TipDialog channel={channel} onClose={() => setTipOpen(false)} />}
    </section>
  );
}

function Viewers({ streamId, initial }: { streamId: string; initial: number }) {
  const [viewers, setViewers] = useState(initial);
  useFollow<{ viewerCount: { viewerCount: number } }>(
    VIEWER_COUNT,
    { streamId },
    ({ viewerCount }) => setViewers(viewerCount.viewerCount),
  );
  return (
    <span>
      <span data-testid="viewer-count">{count(viewers)}</span> watching
    </span>
  );
}

function badge(status: StreamStatus | undefined): string {
  if (status === 'LIVE') return 'badge-live';
  return status === 'INTERRUPTED' || status === 'STARTING' ? 'badge-wait' : 'badge-off';
}
