import { useEffect, useRef, useState } from 'react';
import { useAccount } from '../api/account';
import { mutate } from '../api/api';
import { REACT_TO_STREAM, REACTIONS } from '../api/operations';
import type { UserError } from '../api/types';
import { useFollow } from '../api/useFollow';
import { useOpenLogin } from '../login';
import { Errors } from './Field';

interface Burst {
  reactions: { reactions: { streamId: string | null; emoji: string; count: number }[] };
}
interface Flying {
  id: number;
  emoji: string;
  lane: number;
}

const EMOJI = ['❤️', '👏', '😂', '😮', '🔥'];
/** More than these at once are one blur: a storm shows no more of itself. */
const FLYING_MAX = 30;
const FLIGHT_MS = 2_400;
const LANES = 6;

/** What everybody shows just now, and the buttons to join in. */
export function ReactionBar({ channelId, streamId }: { channelId: string; streamId: string }) {
  const account = useAccount();
  const openLogin = useOpenLogin();
  const [flying, setFlying] = useState<Flying[]>([]);
  const [errors, setErrors] = useState<UserError[]>([]);
  const next = useRef(0);
  const landings = useRef(new Set<ReturnType<typeof setTimeout>>());

  useEffect(() => () => landings.current.forEach(clearTimeout), []);
  useFollow<Burst>(REACTIONS, { channelId }, ({ reactions }) => {
    const risen: Flying[] = [];
    for (const { streamId: to, emoji, count } of reactions.reactions) {
      if (to !== streamId) continue;
      for (let n = 0; n < Math.min(count, FLYING_MAX); n += 1) {
        risen.push({ id: next.current, emoji, lane: next.current % LANES });
        next.current += 1;
      }
    }
    if (risen.length === 0) return;
    setFlying((now) => [...now, ...risen].slice(-FLYING_MAX));
    const gone = new Set(risen.map(({ id }) => id));
    const landing = setTimeout(() => {
      landings.current.delete(landing);
      setFlying((now) => now.filter(({ id }) => !gone.has(id)));
    }, FLIGHT_MS);
    landings.current.add(landing);
  });

  async function react(emoji: string) {
    if (!account) return openLogin();
    // One's own comes back by the feed, as everybody sees it.
    const payload = await mutate(REACT_TO_STREAM, 'reactToStream', { streamId, emoji });
    setErrors(payload.errors);
  }

  return (
    <div className="reactions">
      <Errors errors={errors} />
      <div className="reactions-sky" aria-hidden="true" data-testid="reactions-sky">
        {flying.map(({ id, emoji, lane }) => (
          <span key={id} className={`reactions-flying lane-${lane}`}>{emoji}</span>
        ))}
      </div>
      <div className="reactions-row" role="group" aria-label="React to the stream">
        {EMOJI.map((emoji) => (
          <button
            key={emoji}
            type="button"
            onClick={() => void react(emoji)}
            aria-label={`React with ${emoji}`}
            data-testid="react"
          >
            {emoji}
          </button>
        ))}
      </div>
    </div>
  );
}
