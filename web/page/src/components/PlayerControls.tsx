import { useEffect, useState, type RefObject } from 'react';
import { Icon } from './Icon';
import { keepAtEdge } from './usePlayer';

interface ControlsProps {
  stage: RefObject<HTMLDivElement | null>;
  video: RefObject<HTMLVideoElement | null>;
  isMuted: boolean;
  setMuted: (isMuted: boolean) => void;
  isBlocked: boolean;
}

export function PlayerControls({ stage, video, isMuted, setMuted, isBlocked }: ControlsProps) {
  const [isPaused, setPaused] = useState(true);
  const [volume, setVolume] = useState(1);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const sync = () => setPaused(element.paused);
    element.addEventListener('play', sync);
    element.addEventListener('pause', sync);
    sync();
    return () => {
      element.removeEventListener('play', sync);
      element.removeEventListener('pause', sync);
    };
  }, [video]);

  function toggle() {
    const element = video.current;
    if (!element) return;
    if (!element.paused) return element.pause();
    keepAtEdge(element);
    void element.play().catch(() => setPaused(true));
  }

  function changeVolume(value: number) {
    setVolume(value);
    if (video.current) video.current.volume = value;
    setMuted(value === 0);
  }

  async function toggleFullscreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await stage.current?.requestFullscreen?.();
  }

  return (
    <>
      {isBlocked && (
        <button type="button" className="unmute" onClick={toggle}>Play</button>
      )}
      <div className="controls">
        <button type="button" className="icon" onClick={toggle} aria-label={isPaused ? 'Play' : 'Pause'}>
          <Icon name={isPaused ? 'play' : 'pause'} />
        </button>
        <button type="button" className="icon" onClick={() => setMuted(!isMuted)} aria-label={isMuted ? 'Unmute' : 'Mute'} aria-pressed={isMuted}>
          <Icon name={isMuted ? 'muted' : 'sound'} />
        </button>
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={isMuted ? 0 : volume}
          onChange={(event) => changeVolume(Number(event.target.value))}
          aria-label="Volume"
        />
        <span className="controls-space" />
        <button type="button" className="icon" onClick={() => void toggleFullscreen()} aria-label="Full screen">
          <Icon name="full" />
        </button>
      </div>
    </>
  );
}
