import type { Failure } from "./outbox.ts";
import type { Refusal } from "./protocol.ts";

/** Why a server refuses a WebSocket, as it says over plain HTTP. */
export interface HTTPRefusal extends Failure {
  /** When to try again at the earliest, in ms; undefined if trying again is of no use. */
  retry: number | undefined;
}

/**
 * Asks the server why a WebSocket didn't open; browsers don't say it. It resolves to
 * "reachable" if the server can be asked and has no reason, so something on the way
 * refuses WebSockets, and to undefined if there is no answer of the server's.
 */
export async function explainRefusal(
  url: string,
  room: string,
  request: typeof fetch,
): Promise<HTTPRefusal | "reachable" | undefined> {
  const ask = (url: string) => request(url, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  try {
    const answer = await ask(url.replace(/^ws/, "http"));
    if (answer.status !== 426 && answer.headers.get("Content-Type")?.startsWith("application/problem+json")) {
      const problem = (await answer.json()) as { detail?: string };
      const seconds = Number(answer.headers.get("Retry-After")) || 0;
      return {
        code: `http-${answer.status}`,
        message: problem.detail ?? `HTTP status ${answer.status}`,
        retry: answer.status >= 500 || answer.status === 429 ? seconds * 1000 : undefined,
      };
    }
    // A proxy may fail all that looks like a WebSocket.
    return answer.status < 500 || (await ask(room)).ok ? "reachable" : undefined;
  } catch {
    return undefined; // no answer: there is no connection
  }
}

/** Whether an answer has a media type. */
export function isOf(answer: Response, type: string): boolean {
  return answer.headers.get("Content-Type")?.startsWith(type) ?? false;
}

/** Reads an error in a response as the v1 error that it is. It resolves to undefined if it is none of the room's. */
export async function refusalOf(answer: Response): Promise<Refusal | undefined> {
  if (answer.ok || !isOf(answer, "application/problem+json")) return undefined;
  const { detail, ...fields } = (await answer.json()) as Partial<Refusal> & { detail?: string };
  if (fields.code === undefined) return undefined;
  const seconds = Number(answer.headers.get("Retry-After")) || 0;
  return {
    ...(seconds > 0 ? { retry_after_ms: seconds * 1000 } : {}),
    ...fields,
    code: fields.code,
    type: "error",
    message: detail ?? `HTTP status ${answer.status}`,
  };
}
