import { useEffect, useState } from 'react';
import { query } from '../api/api';
import { OPEN_POINTS } from '../api/operations';

type List = { nodes: unknown[]; pageInfo: { hasNextPage: boolean } };
type Points = Record<'requested' | 'unanswered' | 'sent' | 'disputed' | 'owing', List>;

const WORDS: [keyof Points, string, string][] = [
  ['requested', 'wait for approval', 'Payouts that a streamer asked for and nobody has looked at'],
  ['unanswered', 'without an answer', 'Payouts that a provider may have been told of: send them again, they are made once'],
  ['sent', 'on their way', 'Payouts that a provider was told of and that have not arrived: compare them with its file'],
  ['disputed', 'disputes open', 'Payments that a bank has not decided on'],
  ['owing', 'left a claim', 'Disputes after which a streamer owed what was paid out before'],
];

/** What somebody of finance may have to look at: what is between us and providers. */
export function OpenPoints() {
  const [points, setPoints] = useState<Points | null>(null);
  useEffect(() => {
    let isOver = false;
    query<{ ledger: Points }>(OPEN_POINTS)
      .then(({ ledger }) => !isOver && setPoints(ledger))
      // The tables below say what is wrong.
      .catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, []);
  return (
    <dl className="points" data-testid="open-points" aria-busy={points === null}>
      {WORDS.map(([name, label, title]) => (
        <div key={name} title={title}>
          <dt>{label}</dt>
          <dd data-testid={`points-${name}`}>{points ? shown(points[name]) : '…'}</dd>
        </div>
      ))}
    </dl>
  );
}

function shown({ nodes, pageInfo }: List): string {
  return pageInfo.hasNextPage ? `${nodes.length}+` : String(nodes.length);
}
