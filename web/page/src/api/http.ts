/** A top-level GraphQL error, or a server that did not answer (`OFFLINE`). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

interface Answer<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string; retryAfter?: number } }[];
}

/** Posts one operation. Throws an `ApiError` for anything but data. */
export async function post<T>(
  query: string,
  variables: Record<string, unknown>,
  accessToken: string | null,
): Promise<T> {
  let answer: Answer<T>;
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
    });
    answer = (await response.json()) as Answer<T>;
  } catch {
    throw new ApiError('OFFLINE', 'The server did not answer. Check your connection and try again.');
  }
  const error = answer.errors?.[0];
  if (error) {
    const { code = 'INTERNAL', retryAfter = null } = error.extensions ?? {};
    throw new ApiError(code, wording(code, error.message, retryAfter), retryAfter);
  }
  if (!answer.data) throw new ApiError('INTERNAL', 'The server sent no answer. Try again.');
  return answer.data;
}

function wording(code: string, message: string, retryAfter: number | null): string {
  if (code !== 'RATE_LIMITED') return message;
  return retryAfter ? `Too fast. Try again in ${retryAfter} s.` : 'Too fast. Try again in a moment.';
}

/** An idempotency key. `crypto.randomUUID` is missing on plain http, where people try things out. */
export function newMutationId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
