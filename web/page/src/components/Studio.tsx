import { useState } from 'react';
import { useAccount } from '../api/account';
import { mutate } from '../api/api';
import { END_STREAM } from '../api/operations';
import type { Channel, UserError } from '../api/types';
import { money } from '../format';
import { Errors } from './Field';
import { StreamForm } from './StreamForm';
import { StreamKeyPanel } from './StreamKeyPanel';

interface StudioProps {
  channel: Channel;
  /** Called with the position of whatever was changed. */
  onChange: (position: string | null) => void;
}

/** What only the owner of a channel sees. */
export function Studio({ channel, onChange }: StudioProps) {
  const wallet = useAccount()?.wallets[0];
  const [errors, setErrors] = useState<UserError[]>([]);
  const [isBusy, setBusy] = useState(false);
  const stream = channel.currentStream;

  async function end() {
    if (!stream) return;
    setBusy(true);
    const payload = await mutate(END_STREAM, 'endStream', { streamId: stream.id });
    setBusy(false);
    setErrors(payload.errors);
    onChange(payload.position);
  }

  return (
    <section className="studio" aria-labelledby="studio">
      <div className="studio-head">
        <h2 id="studio">Your studio</h2>
        {wallet && <span className="hint">Earned so far: {money(wallet.earnings, wallet.currency)}</span>}
      </div>
      <div className="studio-grid">
        <div className="panel">
          <h3>{stream ? 'On now' : 'Next stream'}</h3>
          <StreamForm key={stream?.id ?? 'next'} stream={stream} onChange={onChange} />
          {stream && (
            <>
              <button type="button" className="danger wide" disabled={isBusy} onClick={() => void end()} data-testid="stream-end">
                End the stream
              </button>
              <Errors errors={errors} />
            </>
          )}
        </div>
        <StreamKeyPanel channelId={channel.id} />
      </div>
    </section>
  );
}
