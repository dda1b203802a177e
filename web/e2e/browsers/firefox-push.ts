// The push service that Firefox connects to, which is Mozilla's elsewhere: the server posts
// what is encrypted, and Firefox gets it over a WebSocket
// (https://mozilla-push-service.readthedocs.io/en/latest/design/).
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { WebSocketServer, type WebSocket } from "ws";

/** What Firefox says. */
interface Command {
  messageType: string;
  channelID: string;
}

export class FirefoxPush {
  /** The headers of each push that came, oldest first. */
  readonly received: NodeJS.Dict<string | string[]>[] = [];
  readonly #browsers = new Set<WebSocket>();
  readonly #channels = new Set<string>();
  #generation = 0;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const channelID = request.url!.slice(1);
      if (!this.#channels.has(channelID)) return void response.writeHead(410).end();
      this.received.push(request.headers);
      this.#send({
        messageType: "notification", channelID, version: `${this.received.length}`,
        data: Buffer.concat(chunks).toString("base64url"), headers: { encoding: request.headers["content-encoding"] },
      });
      response.writeHead(201).end();
    });
  });

  private constructor() {
    new WebSocketServer({ server: this.#server }).on("connection", (browser) => {
      this.#browsers.add(browser);
      browser.on("close", () => this.#browsers.delete(browser));
      browser.on("message", (data) => this.#handle(JSON.parse(data.toString()) as Command));
    });
  }

  /** A push service on this machine, until the test ends. */
  static async start(t: TestContext): Promise<FirefoxPush> {
    const service = new FirefoxPush();
    await new Promise<void>((listens) => service.#server.listen(0, "127.0.0.1", listens));
    t.after(() => {
      for (const browser of service.#browsers) browser.terminate();
      service.#server.closeAllConnections();
      return new Promise((done) => service.#server.close(done));
    });
    return service;
  }

  get #host(): string { return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`; }

  /** With these, Firefox uses this service, and allows every site to notify. */
  get preferences(): Record<string, unknown> {
    return {
      "remote.prefs.recommended": false, // they turn pushes off
      "dom.push.connection.enabled": true,
      "dom.push.serverURL": `ws://${this.#host}/`,
      "dom.push.retryBaseInterval": 100, // ms
      "dom.push.testing.allowInsecureServerURL": true,
      "permissions.default.desktop-notification": 1,
      "alerts.useSystemBackend": false, // there is no desktop
    };
  }

  /** How many subscriptions there are. */
  get subscriptions(): number { return this.#channels.size; }

  /** Forgets all browsers, as a push service that has lost its data: they find that out when they connect again. */
  forget(): void {
    this.#generation++;
    this.#channels.clear();
    for (const browser of this.#browsers) browser.terminate();
  }

  #handle({ messageType, channelID }: Command): void {
    const answer = { messageType, channelID, status: 200 };
    switch (messageType) {
      case "hello":
        return this.#send({ ...answer, uaid: `${this.#generation}`.padStart(32, "0"), use_webpush: true, broadcasts: {} });
      case "register":
        this.#channels.add(channelID);
        return this.#send({ ...answer, pushEndpoint: `http://${this.#host}/${channelID}` });
      case "unregister":
        this.#channels.delete(channelID);
        return this.#send(answer);
    }
  }

  #send(message: object): void {
    for (const browser of this.#browsers) browser.send(JSON.stringify(message));
  }
}
