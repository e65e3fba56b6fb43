/** Three streams that join: the mark. */
export function Brand() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <g fill="none" strokeWidth="3.4" strokeLinecap="round">
        <path className="mark-a" d="M3 6c10 0 10 10 20 10h6" />
        <path className="mark-b" d="M3 26c10 0 10-10 20-10" />
        <path className="mark-c" d="M3 16h20" />
      </g>
    </svg>
  );
}
