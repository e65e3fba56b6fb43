import { useCallback } from 'react';
import { useAccount } from '../api/account';
import { query } from '../api/api';
import { PLAYBACK } from '../api/operations';
import type { Channel } from '../api/types';
import type { Address } from './usePlayer';

/** Where a channel's video is. It changes, so that playing begins anew, when who may watch does, or who is here. */
export function useAddress({ id, flvUrl, currentStream }: Channel): Address {
  const account = useAccount();
  const isPrivate = currentStream?.visibility === 'PRIVATE';
  const who = account?.id ?? null;
  return useCallback(async () => {
    if (!isPrivate) return flvUrl;
    // A guest's ticket stands in the page's own address, as it does in that of the video.
    const ticket = new URLSearchParams(location.search).get('ticket');
    if (ticket !== null) return `${flvUrl}?ticket=${encodeURIComponent(ticket)}`;
    // Only who runs the channel gets one of their own.
    if (who === null) return null;
    const answer = await query<{ channel: { playback: { path: string } | null } | null }>(PLAYBACK, { channelId: id });
    return answer.channel?.playback?.path ?? null;
  }, [id, flvUrl, isPrivate, who]);
}
