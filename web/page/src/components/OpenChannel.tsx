import { useState } from 'react';
import { reloadAccount } from '../api/account';
import { mutate } from '../api/api';
import { OPEN_CHANNEL } from '../api/operations';
import type { UserError } from '../api/types';
import { channelPath, navigate } from '../router';
import { Errors } from './Field';

/** A button that opens the account's channel and goes there. */
export function OpenChannel({ className = 'primary' }: { className?: string }) {
  const [isBusy, setBusy] = useState(false);
  const [errors, setErrors] = useState<UserError[]>([]);

  async function open() {
    setBusy(true);
    const payload = await mutate<{ channel: { name: string } }>(OPEN_CHANNEL, 'openChannel', {});
    setErrors(payload.errors);
    if (payload.channel) {
      await reloadAccount(payload.position);
      navigate(channelPath(payload.channel.name));
    }
    setBusy(false);
  }

  return (
    <>
      <button type="button" className={className} disabled={isBusy} onClick={() => void open()} data-testid="channel-open">
        Open a channel
      </button>
      <Errors errors={errors} />
    </>
  );
}
