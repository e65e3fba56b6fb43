import type { Books } from '../api/types';
import { money, words } from '../format';

/** What every account comes to: debits on the left, credits on the right, the same in sum. */
export function TrialBalanceTable({ books }: { books: Books }) {
  const { digest, totals, rows } = books.trialBalance;
  return (
    <section aria-labelledby="trial-balance" className="sheet">
      <h2 id="trial-balance">Trial balance</h2>
      <div className="sheet-scroll">
        <table data-testid="trial-balance">
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col">Whose</th>
              <th scope="col">Class</th>
              <th scope="col" className="number">Debit</th>
              <th scope="col" className="number">Credit</th>
            </tr>
          </thead>
          <tbody>
            {rows.nodes.map(({ account, balance }) => {
              const isCredit = balance.amount.startsWith('-');
              const shown = money(balance.amount.replace('-', ''), balance.currency);
              return (
                <tr key={`${account.name} ${balance.currency}`}>
                  <td title={account.name}>{words(account.kind)}</td>
                  <td>{account.owner?.name ?? account.name.split(':')[1] ?? ''}</td>
                  <td>{words(account.class)}</td>
                  <td className="number">{isCredit ? '' : shown}</td>
                  <td className="number">{isCredit ? shown : ''}</td>
                </tr>
              );
            })}
          </tbody>
          <tfoot>
            {totals.map(({ currency, debit, credit }) => (
              <tr key={currency} data-testid="total">
                <th scope="row" colSpan={3}>
                  {currency}
                  {debit !== credit && <strong className="error"> does not balance</strong>}
                </th>
                <td className="number">{money(debit, currency)}</td>
                <td className="number">{money(credit, currency)}</td>
              </tr>
            ))}
          </tfoot>
        </table>
      </div>
      {rows.pageInfo.hasNextPage && (
        <p className="hint">The first hundred accounts; the totals are of all. <code>tributary ledger trial-balance</code> lists every one.</p>
      )}
      <p className="hint">
        Digest <code data-testid="digest">{digest}</code>, as <code>tributary ledger trial-balance</code> prints it.
      </p>
    </section>
  );
}
