import type { ChatMessage, Tip } from './api/types';

// The chat as a fold of what arrives: each thing once, in the order of the log, whatever way it came.

export type Entry =
  | { kind: 'message'; id: string; position: string; message: ChatMessage }
  | { kind: 'tip'; id: string; position: string; tip: Tip }
  /** Remembered, so that a late copy of a removed message does not come back. */
  | { kind: 'deleted'; id: string; position: string };

export type Action =
  | { kind: 'messages'; messages: ChatMessage[] }
  | { kind: 'tips'; tips: Tip[] }
  | { kind: 'deleted'; messageId: string };

/** Older lines than these leave the page. */
const LINES_MAX = 250;

export function reduce(state: Map<string, Entry>, action: Action): Map<string, Entry> {
  const next = new Map(state);
  switch (action.kind) {
    case 'messages':
      for (const message of action.messages) {
        // Tips have lines of their own, from their own feed, with the amount.
        if (message.kind !== 'TIP') add(next, entryOf(message));
      }
      break;
    case 'tips':
      for (const tip of action.tips) add(next, { kind: 'tip', id: tip.id, position: tip.position, tip });
      break;
    case 'deleted': {
      const position = next.get(action.messageId)?.position ?? '0';
      next.set(action.messageId, { kind: 'deleted', id: action.messageId, position });
      break;
    }
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
  return isDeleted ? { kind: 'deleted', id, position } : { kind: 'message', id, position, message };
}

function add(state: Map<string, Entry>, entry: Entry): void {
  if (state.get(entry.id)?.kind !== 'deleted') state.set(entry.id, entry);
}

/** Positions are whole numbers in strings: the longer is the greater. */
function byPosition(a: Entry, b: Entry): number {
  return a.position.length - b.position.length || (a.position < b.position ? -1 : Number(a.position > b.position));
}
