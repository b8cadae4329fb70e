// The few things that GraphQL does not have: asked for by path. Knows no page.
import { ApiError } from "./client";

/** Asks for one path. Throws an ApiError that says what failed and what to do. */
export async function rest<T>(
  path: string,
  { method = "GET", signal }: { method?: "GET" | "POST" | "DELETE"; signal?: AbortSignal } = {},
): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, { method, headers: { accept: "application/json" }, signal });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(
      "The server does not answer. Is it running, and is the network up? Try again.",
      "OFFLINE",
    );
  }
  if (response.status === 204) return undefined as T;
  let answer: { error?: { code: string; message: string } };
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ApiError(
      `The server answered ${response.status} and no JSON. A proxy between may have cut the answer.`,
      "NO_JSON",
    );
  }
  if (answer.error) throw new ApiError(answer.error.message, answer.error.code);
  if (!response.ok) throw new ApiError(`The server answered ${response.status}.`, "ERROR");
  return answer as T;
}
