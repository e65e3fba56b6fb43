import { useEffect, useState } from 'react';
import { useAccount } from '../api/account';
import { asUserError, query } from '../api/api';
import { BOOKS } from '../api/operations';
import type { Books } from '../api/types';
import { useOpenLogin } from '../login';
import { ClosesTable } from './ClosesTable';
import { OpenPoints } from './OpenPoints';
import { PayoutsTable } from './PayoutsTable';
import { TrialBalanceTable } from './TrialBalanceTable';

/** The books, for finance: to be read only. What changes them is asked for over the API, by name and with a reason. */
export function FinanceScreen() {
  const account = useAccount();
  const openLogin = useOpenLogin();

  useEffect(() => {
    document.title = 'Tributary · Books';
  }, []);
  if (account === undefined) return <div className="card skeleton" aria-hidden="true" />;
  if (account === null) {
    return (
      <div className="empty" data-testid="finance-closed">
        <h2>The books are for finance.</h2>
        <p>Log in with an account that has the role.</p>
        <p>
          <button type="button" className="primary" onClick={openLogin}>Log in</button>
        </p>
      </div>
    );
  }
  return <OpenBooks key={account.id} />;
}

function OpenBooks() {
  const [day, setDay] = useState('');
  const [books, setBooks] = useState<Books | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    let isOver = false;
    setFault(null);
    query<{ ledger: Books }>(BOOKS, { asOf: day ? { day } : null })
      .then(({ ledger }) => !isOver && setBooks(ledger))
      .catch((error: unknown) => !isOver && setFault(asUserError(error).message));
    return () => {
      isOver = true;
    };
  }, [day]);

  if (!books) {
    if (!fault) return <div className="card skeleton" aria-hidden="true" />;
    return (
      <div className="empty" data-testid="finance-closed">
        <h2>These books are closed to you.</h2>
        <p>The server says: {fault}.</p>
      </div>
    );
  }
  return (
    <section aria-labelledby="books" className="books">
      <div className="list-head">
        <h1 id="books">Books</h1>
        <label className="as-of">
          As of the end of
          <input type="date" value={day} onChange={(event) => setDay(event.target.value)} data-testid="as-of" />
        </label>
        {day && <button type="button" className="link" onClick={() => setDay('')}>now</button>}
        {fault && <span className="error" role="alert">{fault}</span>}
      </div>
      <OpenPoints />
      <TrialBalanceTable books={books} />
      <PayoutsTable />
      <ClosesTable closes={books.closes.nodes} />
    </section>
  );
}
