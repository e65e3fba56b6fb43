// Operations over HTTP: what goes in and what comes out has the type that the operation was generated with.

import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import type { RefusalFragment } from "./generated.js";

/** Nobody decided: the request was malformed, not allowed, or came at a bad time. */
export class Fault extends Error {
  override readonly name = "Fault";

  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** The answer to a mutation was no. `code` never changes; the message is for a person. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;

  constructor({ code, field, message }: RefusalFragment) {
    super(field === null ? message : `${field}: ${message}`);
    this.code = code;
  }
}

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

export async function ask<Data, Variables>(
  site: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  accessToken?: string,
): Promise<Data> {
  const response = await fetch(new URL("/graphql", site), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  const [fault] = errors ?? [];
  if (fault) throw new Fault(fault.message, fault.extensions?.code ?? "INTERNAL");
  if (!data) throw new Fault(`the server answered ${response.status} without data`, "INTERNAL");
  return data;
}

/** The payload of a mutation that was not refused. */
export function done<Payload extends { errors: RefusalFragment[] }>(payload: Payload | null): Payload {
  if (payload === null) throw new Fault("the mutation has no answer", "INTERNAL");
  const [refusal] = payload.errors;
  if (refusal) throw new Refusal(refusal);
  return payload;
}
