// Tokens that a server with --auth=hmac: accepts.
import { createHmac } from "node:crypto";

/** What servers under test share with who signs tokens. */
export const secret = "0123456789abcdef0123456789abcdef";

/** The time as tokens have it, in s. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** Signs a token (RFC 7519) with these claims. */
export function sign(claims: object, key = secret): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}
