import type { Failure } from "./outbox.ts";

/** What a server said, over plain HTTP, of why it refuses a WebSocket. */
export interface HTTPRefusal extends Failure {
  /** Whether to try again makes sense, and after how many ms at the earliest. */
  retry: number | undefined;
}

/**
 * Asks why a WebSocket didn't open, which a browser doesn't tell. It resolves to
 * undefined where the server takes connections, or doesn't answer.
 */
export async function explainRefusal(url: string, request: typeof fetch): Promise<HTTPRefusal | undefined> {
  try {
    const answer = await request(url.replace(/^ws/, "http"), { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (answer.status === 426) return undefined; // it would take an upgrade
    if (!answer.headers.get("Content-Type")?.startsWith("application/problem+json")) return undefined;
    const problem = (await answer.json()) as { detail?: string };
    const seconds = Number(answer.headers.get("Retry-After")) || 0;
    return {
      code: `http-${answer.status}`,
      message: problem.detail ?? `HTTP status ${answer.status}`,
      retry: answer.status >= 500 || answer.status === 429 ? seconds * 1000 : undefined,
    };
  } catch {
    return undefined; // no answer: that there is no connection says it all
  }
}
