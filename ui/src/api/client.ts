// The one way to the server: GraphQL by POST, subscriptions by WebSocket. Knows no page.
import { type Client, createClient } from "graphql-ws";
import type { TypedDocumentString } from "../gql/graphql";

/** What the server said was wrong. `code` is stable; the message is for people. */
export class ApiError extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

interface Answer<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string } }[];
  error?: { code: string; message: string };
}

/** Asks one question. Throws an ApiError that says what failed and what to do. */
export async function ask<T, V>(
  document: TypedDocumentString<T, V>,
  variables: V,
  signal?: AbortSignal,
): Promise<T> {
  let response: Response;
  try {
    response = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: document.toString(), variables }),
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(
      "The server does not answer. Is it running, and is the network up? Nothing you typed is lost; try again.",
      "OFFLINE",
    );
  }
  let answer: Answer<T>;
  try {
    answer = await response.json();
  } catch {
    throw new ApiError(
      `The server answered ${response.status} and no JSON. A proxy between may have cut the answer.`,
      "NO_JSON",
    );
  }
  const first = answer.errors?.[0];
  if (first) throw new ApiError(first.message, first.extensions?.code ?? "ERROR");
  if (answer.error) throw new ApiError(answer.error.message, answer.error.code);
  if (!answer.data) throw new ApiError(`The answer (${response.status}) has no data.`, "EMPTY");
  return answer.data;
}

let client: Client | undefined;

/** Hears a subscription until the returned function is called. */
export function hear<T>(
  document: TypedDocumentString<T, Record<string, never>>,
  next: (data: T) => void,
  state: (connected: boolean) => void,
): () => void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  client ??= createClient({
    url: `${scheme}://${location.host}/graphql`,
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
  });
  const offs = [client.on("connected", () => state(true)), client.on("closed", () => state(false))];
  const stop = client.subscribe<T>(
    { query: document.toString() },
    {
      next: (message) => message.data && next(message.data),
      error: () => state(false),
      complete: () => state(false),
    },
  );
  return () => {
    for (const off of offs) off();
    stop();
  };
}
