import { followLink } from '../router';

export function NotFound({ name }: { name: string }) {
  return (
    <div className="empty">
      <h2>There is no channel called “{name}”.</h2>
      <p>Names are exact: check the spelling, or look who is live.</p>
      <p>
        <a className="button primary" href="/" onClick={followLink}>Who is live</a>
      </p>
    </div>
  );
}
