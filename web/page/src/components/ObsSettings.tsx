import type { StreamKey } from '../api/types';
import { CopyRow } from './CopyRow';

// Every line answers a question that a first stream raises. Two seconds between key frames is what a new
// viewer waits at most; B-frames are held back by the encoder and add to the delay.
const SETTINGS: [where: string, set: string][] = [
  ['Stream → Service', 'Custom…'],
  ['Stream → Server', 'the server above'],
  ['Stream → Stream Key', 'the key above'],
  ['Output → Output Mode', 'Advanced'],
  ['Output → Video Encoder', 'x264, or your graphics card’s H.264'],
  ['Output → Rate Control', 'CBR'],
  ['Output → Bitrate', '4500 Kbps for 1080p30, 2500 for 720p30'],
  ['Output → Keyframe Interval', '2 s'],
  ['Output → Profile', 'high'],
  ['Output → Tune', 'zerolatency (B-frames 0)'],
  ['Audio → Sample Rate', '48 kHz, AAC at 160 Kbps'],
];

export function ObsSettings({ streamKey, isShown }: { streamKey: StreamKey; isShown: boolean }) {
  const command = (key: string) =>
    'ffmpeg -re -i video.mp4 -c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p ' +
    `-g 60 -b:v 2500k -c:a aac -b:a 160k -ar 48000 -f flv '${streamKey.rtmpUrl}/${key}'`;
  return (
    <div className="obs">
      <details open>
        <summary>OBS settings</summary>
        <dl>
          {SETTINGS.map(([where, set]) => (
            <div key={where}>
              <dt>{where}</dt>
              <dd>{set}</dd>
            </div>
          ))}
        </dl>
      </details>
      <details>
        <summary>With ffmpeg</summary>
        <CopyRow label="Command" value={command(streamKey.key)} masked={command('••••••••')} isSecret={!isShown} testId="ffmpeg-line" />
      </details>
    </div>
  );
}
