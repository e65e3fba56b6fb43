import { useAccount } from '../api/account';
import { useOpenLogin } from '../login';
import { channelPath, followLink } from '../router';
import { OpenChannel } from './OpenChannel';

/** Nobody is live: say so, and how to be the first. */
export function EmptyList() {
  const account = useAccount();
  const openLogin = useOpenLogin();
  return (
    <div className="empty" data-testid="live-empty">
      <svg viewBox="0 0 600 150" className="empty-art" aria-hidden="true">
        <g fill="none" strokeWidth="5" strokeLinecap="round">
          <path className="mark-a" d="M4 20C200 20 220 69 340 69C430 69 480 49 596 49" />
          <path className="mark-c" d="M4 75H340C430 75 480 55 596 55" />
          <path className="mark-b" d="M4 130C200 130 220 81 340 81C430 81 480 61 596 61" />
        </g>
      </svg>
      <h2>Nobody is live. You could be the first.</h2>
      <p>This list fills by itself the moment a stream starts.</p>
      <ol className="steps">
        <li>
          <h3>Log in</h3>
          <p>An account is a name, an e-mail address and a password.</p>
          {account ? (
            <p className="done">You are {account.name}.</p>
          ) : (
            <button type="button" className="primary" onClick={openLogin}>Log in or register</button>
          )}
        </li>
        <li>
          <h3>Open your channel</h3>
          <p>It gives you an address to share, a chat and a stream key.</p>
          {account?.channel && <p className="done">{account.channel.name} is open.</p>}
          {account && !account.channel && <OpenChannel />}
        </li>
        <li>
          <h3>Point OBS at it</h3>
          <p>Copy the server and the key from your channel into Settings → Stream, then press Start.</p>
          {account?.channel && (
            <a className="button primary" href={channelPath(account.channel.name)} onClick={followLink}>
              Show my OBS settings
            </a>
          )}
        </li>
      </ol>
    </div>
  );
}
