// A push service, as the makers of browsers have them: it takes what the server sends, and
// decrypts it with the keys of the browser that it is for (RFC 8030, 8188, 8291).
import { createDecipheriv, createECDH, hkdfSync, randomBytes, type ECDH } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** What a browser's subscription says of itself. */
export interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}

export interface Received {
  endpoint: string;
  payload: string;
  headers: IncomingHttpHeaders;
}

export class PushService {
  /** What has come, oldest first. */
  readonly received: Received[] = [];
  /** Subscriptions that have ended: a push for one is answered with 410. */
  readonly ended = new Set<string>();
  readonly #subscriptions = new Map<string, { keys: ECDH; auth: Buffer }>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const endpoint = this.#url + request.url!.slice(1);
      const subscription = this.#subscriptions.get(endpoint);
      if (!subscription || this.ended.has(endpoint)) return void response.writeHead(410).end();
      this.received.push({ endpoint, payload: decrypt(Buffer.concat(chunks), subscription), headers: request.headers });
      response.writeHead(201).end();
    });
  });

  private constructor() {}

  /** A push service on this machine, until the test ends. */
  static async start(t: TestContext): Promise<PushService> {
    const service = new PushService();
    await new Promise<void>((listens) => service.#server.listen(0, "127.0.0.1", listens));
    t.after(() => {
      service.#server.closeAllConnections();
      return new Promise((done) => service.#server.close(done));
    });
    return service;
  }

  get #url(): string { return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`; }

  /** Subscribes a browser. */
  subscribe(): Subscription {
    const keys = createECDH("prime256v1");
    keys.generateKeys();
    const auth = randomBytes(16);
    const endpoint = `${this.#url}${randomBytes(8).toString("hex")}`;
    this.#subscriptions.set(endpoint, { keys, auth });
    return { endpoint, keys: { p256dh: keys.getPublicKey("base64url"), auth: auth.toString("base64url") } };
  }
}

/** Decrypts one record of aes128gcm (RFC 8188), for the keys of a subscription (RFC 8291, section 3.4). */
function decrypt(body: Buffer, { keys, auth }: { keys: ECDH; auth: Buffer }): string {
  const [salt, idLength] = [body.subarray(0, 16), body[20]!];
  const sender = body.subarray(21, 21 + idLength);
  const record = body.subarray(21 + idLength);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), sender]);
  const secret = Buffer.from(hkdfSync("sha256", keys.computeSecret(sender), auth, info, 32));
  const derive = (label: string, length: number) => Buffer.from(hkdfSync("sha256", secret, salt, Buffer.from(`Content-Encoding: ${label}\0`), length));
  const decipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString(); // after a 2 is padding
}
