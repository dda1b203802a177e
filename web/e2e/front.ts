// A proxy before the server that answers what the worker loads with something else, as a
// hotel's network does. WebSockets don't get through it.
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Server } from "./server.ts";

export class Front {
  /** Whether it spoils what the worker loads to store it. */
  spoiling = false;
  /** How often it has. */
  spoiled = 0;
  readonly #listener;

  private constructor(server: Server) {
    this.#listener = createServer((request, response) => {
      const forward = httpRequest(
        { port: server.port, host: "127.0.0.1", path: request.url, method: request.method, headers: request.headers },
        (answer) => {
          // The page itself loads scripts and styles, and the worker what has no destination.
          if (this.spoiling && request.url!.startsWith("/assets/") && request.headers["sec-fetch-dest"] === "empty") {
            this.spoiled++;
            answer.resume();
            response.writeHead(200, { "Content-Type": "text/html", "Cache-Control": "max-age=60" });
            response.end("<p>not the page");
          } else {
            response.writeHead(answer.statusCode!, answer.headers);
            answer.pipe(response);
          }
        },
      );
      forward.on("error", () => response.destroy());
      request.pipe(forward);
    });
  }

  /** A proxy to the server, until the test ends. */
  static async to(t: TestContext, server: Server): Promise<Front> {
    const front = new Front(server);
    await new Promise<void>((listens) => front.#listener.listen(0, "127.0.0.1", listens));
    t.after(() => front.stop());
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.#listener.closeAllConnections();
    this.#listener.close();
  }
}
