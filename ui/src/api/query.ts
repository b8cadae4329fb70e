// One hook for all pages: a typed query, kept for a while, with the last answer shown while the
// next is on its way.
import {
  keepPreviousData,
  QueryClient,
  type UseQueryResult,
  useQuery,
} from "@tanstack/react-query";
import type { TypedDocumentString } from "../gql/graphql";
import { ApiError, ask } from "./client";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 300_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof ApiError && error.code === "OFFLINE",
    },
  },
});

export function useAsk<T, V>(
  document: TypedDocumentString<T, V>,
  variables: V,
  options: { enabled?: boolean; keep?: boolean; every?: number } = {},
): UseQueryResult<T, Error> {
  return useQuery({
    queryKey: [document.toString(), variables],
    queryFn: ({ signal }) => ask(document, variables, signal),
    enabled: options.enabled ?? true,
    placeholderData: options.keep ? (keepPreviousData as never) : undefined,
    refetchInterval: options.every,
  });
}
