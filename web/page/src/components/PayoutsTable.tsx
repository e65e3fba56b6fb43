import { useEffect, useState } from 'react';
import { asUserError, query } from '../api/api';
import { PAYOUTS } from '../api/operations';
import type { Payout, PayoutPage, PayoutState } from '../api/types';
import { dateAndTime, money, words } from '../format';

const STATES: PayoutState[] = ['REQUESTED', 'APPROVED', 'HANDED_OVER', 'SENT', 'SETTLED', 'FAILED', 'CANCELLED'];

/** Payouts, the newest first, by how far they are. */
export function PayoutsTable() {
  const [state, setState] = useState<PayoutState | ''>('');
  const [payouts, setPayouts] = useState<Payout[]>([]);
  const [after, setAfter] = useState<string | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    let isOver = false;
    query<{ ledger: { payouts: PayoutPage } }>(PAYOUTS, { filter: state ? { state } : null, after })
      .then(({ ledger: { payouts: page } }) => {
        if (isOver) return;
        setFault(null);
        setPayouts((shown) => (after ? [...shown, ...page.nodes] : page.nodes));
        setNext(page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null);
      })
      .catch((error: unknown) => !isOver && setFault(asUserError(error).message));
    return () => {
      isOver = true;
    };
  }, [state, after]);

  return (
    <section aria-labelledby="payouts" className="sheet">
      <div className="sheet-head">
        <h2 id="payouts">Payouts</h2>
        <select
          aria-label="Which payouts"
          value={state}
          data-testid="payout-state"
          onChange={(event) => {
            setAfter(null);
            setState(event.target.value as PayoutState | '');
          }}
        >
          <option value="">all</option>
          {STATES.map((name) => <option key={name} value={name}>{words(name)}</option>)}
        </select>
        {fault && <span className="error" role="alert">{fault}</span>}
      </div>
      <div className="sheet-scroll">
        <table data-testid="payouts">
          <thead>
            <tr>
              <th scope="col">Channel</th>
              <th scope="col" className="number">Amount</th>
              <th scope="col">State</th>
              <th scope="col">Asked for</th>
              <th scope="col">Approved by</th>
              <th scope="col">Why</th>
              <th scope="col">Provider</th>
            </tr>
          </thead>
          <tbody>
            {payouts.map((payout) => <PayoutRow key={payout.payoutId} payout={payout} />)}
            {payouts.length === 0 && <tr><td colSpan={7}>None.</td></tr>}
          </tbody>
        </table>
      </div>
      {next && <button type="button" className="quiet" onClick={() => setAfter(next)}>Show more</button>}
    </section>
  );
}

function PayoutRow({ payout }: { payout: Payout }) {
  const { approvedBy, arrivedOn, endReason, reference } = payout;
  return (
    <tr data-testid="payout">
      <td>{payout.channel?.name ?? '—'}</td>
      <td className="number">{money(payout.amount.amount, payout.amount.currency)}</td>
      <td>
        <span className={`state state-${payout.state.toLowerCase()}`}>{words(payout.state)}</span>
        {arrivedOn && ` on ${arrivedOn}`}
        {endReason && `: ${endReason}`}
      </td>
      <td>{dateAndTime(payout.requestedAt)}</td>
      <td>{approvedBy?.account?.name ?? approvedBy?.part ?? ''}</td>
      <td>{payout.approvalReason ?? ''}</td>
      <td>{payout.provider ? `${payout.provider} ${reference ?? ''}` : ''}</td>
    </tr>
  );
}
