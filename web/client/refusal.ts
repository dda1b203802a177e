import type { Failure } from "./outbox.ts";

/** Why a server refuses a WebSocket, as it says over plain HTTP. */
export interface HTTPRefusal extends Failure {
  /** When to try again at the earliest, in ms; undefined if trying again is of no use. */
  retry: number | undefined;
}

/**
 * Asks the server why a WebSocket didn't open; browsers don't say it. It resolves to
 * undefined if the server accepts connections, or doesn't answer.
 */
export async function explainRefusal(url: string, request: typeof fetch): Promise<HTTPRefusal | undefined> {
  try {
    const answer = await request(url.replace(/^ws/, "http"), { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (answer.status === 426) return undefined; // it would accept an upgrade
    if (!answer.headers.get("Content-Type")?.startsWith("application/problem+json")) return undefined;
    const problem = (await answer.json()) as { detail?: string };
    const seconds = Number(answer.headers.get("Retry-After")) || 0;
    return {
      code: `http-${answer.status}`,
      message: problem.detail ?? `HTTP status ${answer.status}`,
      retry: answer.status >= 500 || answer.status === 429 ? seconds * 1000 : undefined,
    };
  } catch {
    return undefined; // no answer: there is no connection
  }
}
