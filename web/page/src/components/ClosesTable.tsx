import type { BooksClose } from '../api/types';
import { dateAndTime } from '../format';

/** Every month that was closed, the newest first, with what was sealed. */
export function ClosesTable({ closes }: { closes: BooksClose[] }) {
  return (
    <section aria-labelledby="closes" className="sheet">
      <h2 id="closes">Closed months</h2>
      <div className="sheet-scroll">
        <table data-testid="closes">
          <thead>
            <tr>
              <th scope="col">Through</th>
              <th scope="col">Closed</th>
              <th scope="col">By</th>
              <th scope="col">Why</th>
              <th scope="col" className="number">Log up to</th>
              <th scope="col">Trial balance</th>
            </tr>
          </thead>
          <tbody>
            {[...closes].reverse().map((close) => (
              <tr key={close.through}>
                <td>{close.through}</td>
                <td>{dateAndTime(close.closedAt)}</td>
                <td>{close.closedByAccount?.name ?? close.closedBy}</td>
                <td>{close.reason ?? ''}</td>
                <td className="number">{close.sealedPosition}</td>
                <td><code title={close.trialBalanceDigest}>{close.trialBalanceDigest.slice(0, 12)}…</code></td>
              </tr>
            ))}
            {closes.length === 0 && <tr><td colSpan={6}>None yet.</td></tr>}
          </tbody>
        </table>
      </div>
    </section>
  );
}
