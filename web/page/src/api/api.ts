import { ApiError, newMutationId, post } from './http';
import { accessToken, replaceToken } from './session';
import type { UserError } from './types';

/** Asks a query as whoever is logged in. */
export async function query<T>(document: string, variables: Record<string, unknown> = {}): Promise<T> {
  const token = await accessToken();
  try {
    return await post<T>(document, variables, token);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'UNAUTHENTICATED' && token)) throw error;
    const replaced = await replaceToken(token);
    if (!replaced) throw error;
    return post<T>(document, variables, replaced);
  }
}

/** A mutation's payload. */
export type Payload<T> = T & { errors: UserError[]; position: string | null };

/**
 * Runs a mutation and returns its payload. Whatever went wrong is in `errors`, so that a form has one
 * place to look. The idempotency key lets the one retry after a new token be the same command.
 */
export async function mutate<T>(
  document: string,
  field: string,
  input: Record<string, unknown>,
): Promise<Payload<Partial<T>>> {
  try {
    const variables = { input: { ...input, clientMutationId: newMutationId() } };
    const data = await query<Record<string, Payload<T>>>(document, variables);
    const payload = data[field];
    if (!payload) throw new ApiError('INTERNAL', 'The server sent no answer. Try again.');
    return payload;
  } catch (error) {
    return { errors: [asUserError(error)], position: null } as Payload<Partial<T>>;
  }
}

/** Any failure in the words and shape of an expected refusal. */
export function asUserError(error: unknown): UserError {
  if (error instanceof ApiError) {
    return { code: error.code, field: null, message: error.message, retryAfter: error.retryAfter };
  }
  return { code: 'INTERNAL', field: null, message: 'Something went wrong. Try again.', retryAfter: null };
}
