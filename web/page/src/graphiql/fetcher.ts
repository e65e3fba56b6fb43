import type { Fetcher, FetcherParams, FetcherReturnType } from '@graphiql/toolkit';
import { getOperationAST, type DocumentNode, type ExecutionResult } from 'graphql';
import { createClient, type Client } from 'graphql-ws/client';

// The headers editor is the one place for the token: its headers go with each HTTP request, and make up
// the payload of the socket's connection_init, in lower case as the server reads it.

let socket: { key: string; client: Client } | null = null;

function clientFor(headers: Record<string, unknown>): Client {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const key = JSON.stringify(lower);
  if (socket?.key !== key) {
    void socket?.client.dispose();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const url = `${scheme}://${location.host}/graphql/ws`;
    socket = { key, client: createClient({ url, connectionParams: lower, retryAttempts: 0 }) };
  }
  return socket.client;
}

function isSubscription(document: DocumentNode | undefined, name: string | null | undefined): boolean {
  return document !== undefined && getOperationAST(document, name)?.operation === 'subscription';
}

function subscribe({ query, variables, operationName }: FetcherParams, headers: Record<string, unknown>) {
  const payload = { query, variables: variables as Record<string, unknown>, operationName: operationName ?? null };
  return clientFor(headers).iterate(payload) as AsyncIterableIterator<ExecutionResult>;
}

async function ask(params: FetcherParams, headers: Record<string, unknown>): Promise<ExecutionResult> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      ...(headers as Record<string, string>),
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    body: JSON.stringify(params),
  });
  return (await response.json()) as ExecutionResult;
}

export const fetcher: Fetcher = (params, options) => {
  const headers = (options?.headers ?? {}) as Record<string, unknown>;
  const answer = isSubscription(options?.documentAST, params.operationName)
    ? subscribe(params, headers)
    : ask(params, headers);
  return answer as FetcherReturnType;
};
