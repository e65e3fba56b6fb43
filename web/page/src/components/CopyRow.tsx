import { useRef, useState, type ReactNode } from 'react';

interface CopyRowProps {
  label: string;
  value: string;
  /** What is shown instead while the value is secret; bullets by default. */
  masked?: string;
  isSecret?: boolean;
  testId?: string;
  children?: ReactNode;
}

/** A value to carry elsewhere, with a button that copies it, shown or not. */
export function CopyRow({ label, value, masked = '•'.repeat(20), isSecret = false, testId, children }: CopyRowProps) {
  const shown = useRef<HTMLElement>(null);
  const [note, setNote] = useState('Copy');

  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setNote('Copied');
    } catch {
      // Plain http has no clipboard: mark the text, so that the keyboard can copy it.
      if (shown.current && !isSecret) getSelection()?.selectAllChildren(shown.current);
      setNote(isSecret ? 'Show it first' : 'Press Ctrl C');
    }
    setTimeout(() => setNote('Copy'), 2_000);
  }

  return (
    <div className="copy-row">
      <span className="copy-label">{label}</span>
      <code ref={shown} data-testid={testId}>{isSecret ? masked : value}</code>
      {children}
      <button type="button" className="small" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
        <span aria-live="polite">{note}</span>
      </button>
    </div>
  );
}
