import type { LiveStream } from '../api/types';
import { count, since } from '../format';
import { channelPath, followLink } from '../router';
import { Artwork } from './Artwork';

export function LiveCard({ stream, now }: { stream: LiveStream; now: number }) {
  const { channel } = stream;
  return (
    <a className="card" href={channelPath(channel.name)} onClick={followLink} data-testid="live-card">
      <div className="card-art">
        <Artwork seed={channel.name} />
        <span className={`badge ${stream.status === 'INTERRUPTED' ? 'badge-wait' : 'badge-live'}`}>
          {stream.status === 'INTERRUPTED' ? 'Interrupted' : 'Live'}
        </span>
        <span className="card-viewers">
          <span data-testid="viewer-count">{count(stream.viewerCount)}</span> watching
        </span>
      </div>
      <div className="card-text">
        <h2>{stream.title}</h2>
        <p className="card-channel">{channel.name}</p>
        <p className="card-meta">
          {stream.category && <span>{stream.category}</span>}
          {stream.startedAt && (
            <time dateTime={stream.startedAt} title={`Live since ${new Date(stream.startedAt).toLocaleString()}`}>
              {since(stream.startedAt, now)}
            </time>
          )}
        </p>
        {stream.tags.length > 0 && (
          <ul className="tags">
            {stream.tags.slice(0, 4).map((tag) => <li key={tag}>{tag}</li>)}
          </ul>
        )}
      </div>
    </a>
  );
}
