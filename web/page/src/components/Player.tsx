import { useEffect, useRef, useState } from 'react';
import type { Channel, StreamStatus } from '../api/types';
import { Artwork } from './Artwork';
import { PlayerControls } from './PlayerControls';
import { useAddress } from './useAddress';
import { usePlayer } from './usePlayer';

const HAS_MEDIA: StreamStatus[] = ['LIVE', 'INTERRUPTED'];

export function Player({ channel }: { channel: Channel }) {
  const stage = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const isLive = useRef(false);
  const [isMuted, setMuted] = useState(true);
  const status = channel.currentStream?.status ?? null;
  const hasMedia = status !== null && HAS_MEDIA.includes(status);
  const address = useAddress(channel);
  const playback = usePlayer(video, hasMedia ? address : null, isLive);

  useEffect(() => {
    isLive.current = status === 'LIVE';
  }, [status]);
  // React sets the property `muted` only on creation, and browsers allow autoplay by the property.
  useEffect(() => {
    if (video.current) video.current.muted = isMuted;
  }, [isMuted]);

  const notice = noticeOf(status, playback);
  return (
    <div className="stage" ref={stage}>
      <video ref={video} data-testid="player" data-playback={playback} playsInline muted aria-label={`Live video of ${channel.name}`} />
      {!hasMedia && <Artwork seed={channel.name} />}
      {notice && (
        <div className={`notice ${hasMedia ? 'notice-over' : ''}`} role="status">
          {notice.isWaiting && <span className="ripple" aria-hidden="true" />}
          <p className="notice-title">{notice.title}</p>
          <p>{notice.text}</p>
        </div>
      )}
      {hasMedia && playback === 'playing' && isMuted && (
        <button type="button" className="unmute" onClick={() => setMuted(false)} data-testid="unmute">
          Tap for sound
        </button>
      )}
      {hasMedia && (
        <PlayerControls stage={stage} video={video} isMuted={isMuted} setMuted={setMuted} isBlocked={playback === 'blocked'} />
      )}
    </div>
  );
}

interface Notice {
  title: string;
  text: string;
  isWaiting: boolean;
}

function noticeOf(status: StreamStatus | null, playback: string): Notice | null {
  if (status === 'INTERRUPTED') {
    return { title: 'The stream is interrupted', text: 'It goes on here as soon as the streamer is back.', isWaiting: true };
  }
  if (status === 'STARTING') {
    return { title: 'About to start', text: 'Waiting for the streamer’s video.', isWaiting: true };
  }
  if (status === 'ENDING') {
    return { title: 'The stream has ended', text: 'The recording is being finished.', isWaiting: false };
  }
  if (status !== 'LIVE') {
    return { title: 'Offline', text: 'The video starts here by itself. Chat is open meanwhile.', isWaiting: false };
  }
  if (playback === 'private') {
    return { title: 'This stream is private', text: 'Its streamer can give you an address with a ticket.', isWaiting: false };
  }
  if (playback === 'unsupported') {
    return { title: 'This browser cannot play the stream', text: 'It lacks Media Source Extensions. Try a current desktop browser.', isWaiting: false };
  }
  if (playback === 'connecting') return { title: 'Connecting', text: 'Looking for the live video.', isWaiting: true };
  return null;
}
