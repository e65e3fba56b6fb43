import type { ChatMessage } from './api/types';

// The chat as a fold of what arrives: each thing once, in the order of the log, whatever way it came.

export type Entry =
  | { kind: 'message'; id: string; position: string; message: ChatMessage }
  /** Remembered, so that a late copy of a removed message does not come back. */
  | { kind: 'deleted'; id: string; position: string };

export type Action =
  | { kind: 'messages'; messages: ChatMessage[] }
  | { kind: 'deleted'; messageId: string }
  | { kind: 'cleared'; upto: string };

/** Older lines than these leave the page. */
const LINES_MAX = 250;

export function reduce(state: Map<string, Entry>, action: Action): Map<string, Entry> {
  const next = new Map(state);
  switch (action.kind) {
    case 'messages':
      for (const message of action.messages) add(next, entryOf(message));
      break;
    case 'deleted': {
      const position = next.get(action.messageId)?.position ?? '0';
      next.set(action.messageId, { kind: 'deleted', id: action.messageId, position });
      break;
    }
    case 'cleared':
      for (const { id, position } of state.values()) {
        if (compare(position, action.upto) <= 0) next.set(id, { kind: 'deleted', id, position });
      }
      break;
  }
  if (next.size <= LINES_MAX) return next;
  return new Map([...next.values()].sort(byPosition).slice(-LINES_MAX).map((entry) => [entry.id, entry]));
}

/** The lines to show, oldest first. */
export function entries(state: Map<string, Entry>): Entry[] {
  return [...state.values()].filter((entry) => entry.kind !== 'deleted').sort(byPosition);
}

function entryOf(message: ChatMessage): Entry {
  const { id, position, isDeleted } = message;
  // A tip whose words were removed is still a gift.
  const isGone = isDeleted && message.kind !== 'TIP';
  return isGone ? { kind: 'deleted', id, position } : { kind: 'message', id, position, message };
}

function add(state: Map<string, Entry>, entry: Entry): void {
  if (state.get(entry.id)?.kind !== 'deleted') state.set(entry.id, entry);
}

function byPosition(a: Entry, b: Entry): number {
  return compare(a.position, b.position);
}

/** Positions are whole numbers in strings: the longer is the greater. */
function compare(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}
