import { useCallback, useEffect, useState } from 'react';
import { useAccount } from '../api/account';
import { asUserError, query } from '../api/api';
import { CHANNEL, STREAM_STATE } from '../api/operations';
import type { Channel, UserError } from '../api/types';
import { useFollow } from '../api/useFollow';
import { Chat } from './Chat';
import { Errors } from './Field';
import { NotFound } from './NotFound';
import { Player } from './Player';
import { StreamInfo } from './StreamInfo';
import { Studio } from './Studio';

/** A channel: its player, what is on, its chat and, for its owner, the studio. */
export function ChannelScreen({ name }: { name: string }) {
  const account = useAccount();
  const [channel, setChannel] = useState<Channel | null>();
  const [errors, setErrors] = useState<UserError[]>([]);

  const load = useCallback(
    async (atLeast: string | null) => {
      try {
        const answer = await query<{ channel: Channel | null }>(CHANNEL, { name, atLeast });
        setChannel(answer.channel);
        setErrors([]);
      } catch (error) {
        const refusal = asUserError(error);
        if (refusal.code === 'NOT_FOUND') setChannel(null);
        else setErrors([refusal]);
      }
    },
    [name],
  );

  useEffect(() => void load(null), [load]);
  useFollow<{ streamState: Channel }>(
    STREAM_STATE,
    channel ? { channelId: channel.id } : null,
    ({ streamState }) => setChannel(streamState),
  );
  const stream = channel?.currentStream;
  useEffect(() => {
    document.title = stream ? `${stream.title} · ${name}` : `${name} · Tributary`;
  }, [stream?.title, name]);

  if (channel === null) return <NotFound name={name} />;
  if (!channel) {
    return (
      <div className="channel">
        <div className="channel-main">
          <div className="stage skeleton" aria-hidden="true" />
          <Errors errors={errors} />
          {errors.length > 0 && (
            <button type="button" onClick={() => void load(null)}>Try again</button>
          )}
        </div>
      </div>
    );
  }
  const isOwner = account?.id === channel.owner.id;
  return (
    <div className="channel">
      <div className="channel-main">
        <Player channel={channel} />
        <StreamInfo channel={channel} isOwner={isOwner} />
        {isOwner && <Studio channel={channel} onChange={(position) => void load(position)} />}
      </div>
      <Chat channel={channel} isOwner={isOwner} />
    </div>
  );
}
