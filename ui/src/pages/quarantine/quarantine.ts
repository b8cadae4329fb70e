// What the server says of events that contracts turned away, and what can be done with them.
import { type QueryClient, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { rest } from "../../api/rest";
import type { Tone } from "../../parts/basic";

type Named = [namespace: string, name: string];

export interface Reason {
  contract: string;
  rule: string;
  severity: string;
  message: string;
  subject: Named;
  object: Named | null;
}

export interface Turned {
  id: string;
  receivedAt: string;
  eventTime: string;
  producer: string;
  subject: Named;
  reasons: Reason[];
  bytes: number;
}

export interface TurnedPage {
  total: number;
  bytes: number;
  next: string | null;
  events: Turned[];
}

/** One of them with its event as text: every digit, without secrets. */
export interface Whole extends Turned {
  text: string | null;
  masked: boolean;
}

export interface Receipt {
  seq: number;
  status: string;
}

const KEY = "quarantine";
const placeOf = (id: string) => `/api/v1/quarantine/${encodeURIComponent(id)}`;

export function useTurned(first: number, after?: string): UseQueryResult<TurnedPage, Error> {
  const asked = new URLSearchParams({ first: String(first) });
  if (after) asked.set("after", after);
  return useQuery({
    queryKey: [KEY, first, after],
    queryFn: ({ signal }) => rest<TurnedPage>(`/api/v1/quarantine?${asked}`, { signal }),
    refetchInterval: 15_000,
  });
}

export function useWhole(id: string): UseQueryResult<Whole, Error> {
  return useQuery({
    queryKey: [KEY, "one", id],
    queryFn: ({ signal }) => rest<Whole>(`${placeOf(id)}?text=true`, { signal }),
    // While another page is on its way there is none.
    enabled: id !== "",
    // What is done with it is done once.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const release = (id: string) => rest<Receipt>(`${placeOf(id)}/release`, { method: "POST" });
export const discard = (id: string) => rest<void>(placeOf(id), { method: "DELETE" });

/** Lists are asked for anew; what was done is seen there. */
export const forget = (queries: QueryClient) =>
  queries.invalidateQueries({ queryKey: [KEY], predicate: (it) => it.queryKey[1] !== "one" });

const TONES: Record<string, Tone> = { error: "bad", warning: "warn", info: "info" };
export const toneOf = (severity: string): Tone => TONES[severity] ?? "other";
