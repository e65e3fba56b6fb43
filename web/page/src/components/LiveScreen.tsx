import { useEffect, useState } from 'react';
import { useConnected } from '../api/live';
import { LIVE_STREAMS } from '../api/operations';
import type { LiveStream } from '../api/types';
import { useFollow } from '../api/useFollow';
import { useNow } from '../useNow';
import { EmptyList } from './EmptyList';
import { LiveCard } from './LiveCard';

/** Who is live, pushed by the server. */
export function LiveScreen() {
  const [streams, setStreams] = useState<LiveStream[] | null>(null);
  const isConnected = useConnected();
  const now = useNow(30_000);

  useEffect(() => {
    document.title = 'Tributary · Live now';
  }, []);
  useFollow<{ liveStreams: { streams: LiveStream[] } }>(
    LIVE_STREAMS,
    {},
    ({ liveStreams }) => setStreams(liveStreams.streams),
  );

  return (
    <section aria-labelledby="live-now">
      <div className="list-head">
        <h1 id="live-now">Live now</h1>
        {streams && streams.length > 0 && <span className="list-count">{streams.length}</span>}
        {!isConnected && <span className="list-note" role="status">Reconnecting…</span>}
      </div>
      <div data-testid="live-list" className="live-list" aria-busy={streams === null}>
        {streams === null && [0, 1, 2].map((key) => <div key={key} className="card skeleton" aria-hidden="true" />)}
        {streams?.map((stream) => <LiveCard key={stream.id} stream={stream} now={now} />)}
        {streams?.length === 0 && <EmptyList />}
      </div>
    </section>
  );
}
