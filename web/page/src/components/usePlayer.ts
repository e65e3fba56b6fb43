import type Mpegts from 'mpegts.js';
import { useEffect, useState, type RefObject } from 'react';

// Keeps a <video> fed with FLV from where a channel's video is: connects, follows the live edge and, when the connection
// ends or stands still, connects again with growing waits.

/** `blocked`: the browser, or a long pause, wants a click on play. `private`: there is no address for this viewer. */
export type Playback = 'idle' | 'connecting' | 'playing' | 'blocked' | 'private' | 'unsupported';

/** Finds where the video is for this viewer now: a ticket does not last for ever. Null where they may not watch. */
export type Address = () => Promise<string | null>;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** A connection that carried video this long was good: the next loss waits the first wait again. */
const GOOD_AFTER_MS = 10_000;
/** Without progress for this long, while the server says "live", the connection is given up. */
const STALLED_AFTER_MS = 8_000;
/** Playback further behind the buffer's end than this jumps; less is caught up by playing faster. */
const JUMP_BEHIND_S = 5;
/** A paused player goes on receiving; after this long it hangs up, and playing connects anew. */
const HANG_UP_PAUSED_AFTER_MS = 20_000;
const BEHIND_EDGE_S = 0.6;

const CONFIG: Mpegts.Config = {
  isLive: true,
  // Hand every frame on as it comes: the stash would hold back up to 384 kB, seconds of a small stream.
  enableStashBuffer: false,
  lazyLoad: false,
  deferLoadAfterSourceOpen: false,
  // Drift is made good by playing a tenth faster, which nobody hears; a seek is seen by everybody.
  liveSync: true,
  liveSyncMaxLatency: 1.6,
  liveSyncTargetLatency: 0.8,
  liveSyncPlaybackRate: 1.1,
  // Viewers stay for hours: only the last seconds are kept in memory.
  autoCleanupSourceBuffer: true,
  autoCleanupMaxBackwardDuration: 30,
  autoCleanupMinBackwardDuration: 10,
};

/** Jumps to the live edge when playback is far behind it, or stands before a gap in the buffer. */
export function keepAtEdge(video: HTMLVideoElement): void {
  const { buffered, currentTime } = video;
  if (buffered.length === 0) return;
  const start = buffered.start(buffered.length - 1);
  const end = buffered.end(buffered.length - 1);
  const isBeforeGap = currentTime < start;
  if (isBeforeGap || end - currentTime > JUMP_BEHIND_S) {
    video.currentTime = Math.max(start + 0.05, end - BEHIND_EDGE_S);
  }
}

/** Plays what is at `address` while that is not null. `isLive` says whether silence is a fault or an announced pause. */
export function usePlayer(
  ref: RefObject<HTMLVideoElement | null>,
  address: Address | null,
  isLive: RefObject<boolean>,
): Playback {
  const [playback, setPlayback] = useState<Playback>('idle');

  useEffect(() => {
    const video = ref.current;
    if (!video || address === null) {
      setPlayback('idle');
      return;
    }
    let player: Mpegts.Player | null = null;
    let isOver = false;
    let failures = 0;
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
    let connectedAtMs = 0;
    let lastTime = 0;
    let lastProgressMs = 0;
    let pausedSinceMs: number | null = null;

    const disconnect = (): void => {
      clearTimeout(retryTimer);
      player?.destroy();
      player = null;
    };

    const retry = (): void => {
      if (isOver) return;
      if (lastTime > 0 && lastProgressMs - connectedAtMs > GOOD_AFTER_MS) failures = 0;
      disconnect();
      setPlayback('connecting');
      const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
      failures += 1;
      retryTimer = setTimeout(() => void connect(), ceiling * (0.5 + Math.random() / 2));
    };

    const connect = async (): Promise<void> => {
      setPlayback('connecting');
      // Loaded when the first video is, so that the list does not carry it.
      const mpegts = (await import('mpegts.js')).default;
      if (isOver) return;
      let url: string | null;
      try {
        url = await address();
      } catch {
        return retry();
      }
      if (isOver) return;
      if (url === null) return setPlayback('private');
      if (!mpegts.isSupported()) return setPlayback('unsupported');
      mpegts.LoggingControl.enableAll = false;
      connectedAtMs = lastProgressMs = performance.now();
      lastTime = 0;
      const absolute = new URL(url, location.href).href;
      player = mpegts.createPlayer({ type: 'flv', isLive: true, url: absolute }, CONFIG);
      player.on(mpegts.Events.ERROR, retry);
      player.on(mpegts.Events.LOADING_COMPLETE, retry);
      player.attachMediaElement(video);
      player.load();
      try {
        await player.play();
      } catch (error) {
        // Muted playback is refused only by battery savers and strict settings: ask for a click.
        if ((error as DOMException).name === 'NotAllowedError') setPlayback('blocked');
      }
    };

    const onProgress = (): void => {
      lastProgressMs = performance.now();
      lastTime = video.currentTime;
      setPlayback('playing');
    };
    const watchdog = setInterval(() => {
      if (!player) return;
      const now = performance.now();
      if (video.paused) {
        pausedSinceMs ??= now;
        lastProgressMs = now;
        if (now - pausedSinceMs > HANG_UP_PAUSED_AFTER_MS) {
          disconnect();
          setPlayback('blocked');
        }
        return;
      }
      pausedSinceMs = null;
      keepAtEdge(video);
      if (now - lastProgressMs > STALLED_AFTER_MS && isLive.current) retry();
    }, 1_000);
    const onPlay = (): void => {
      if (player || pausedSinceMs === null) return;
      pausedSinceMs = null;
      void connect();
    };

    video.addEventListener('timeupdate', onProgress);
    video.addEventListener('play', onPlay);
    void connect();
    return () => {
      isOver = true;
      clearInterval(watchdog);
      video.removeEventListener('timeupdate', onProgress);
      video.removeEventListener('play', onPlay);
      disconnect();
    };
  }, [ref, address, isLive]);

  return playback;
}
