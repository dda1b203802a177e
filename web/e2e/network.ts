// The network between a browser and the server: tests can cut and restore it.
import { connect, createServer, type AddressInfo, type Server as Listener, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Server } from "./server.ts";

export class Network {
  #listener: Listener;
  #sockets = new Set<Socket>();
  #whole = true;

  private constructor(to: Server) {
    this.#listener = createServer((near) => {
      if (!this.#whole) return void near.destroy();
      const far = connect(to.port, "127.0.0.1");
      for (const [socket, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(socket);
        socket.pipe(other);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  /** A connection to the server, until the test ends. */
  static async to(t: TestContext, server: Server): Promise<Network> {
    const network = new Network(server);
    await new Promise<void>((listens) => network.#listener.listen(0, "127.0.0.1", listens));
    t.after(() => {
      network.cut();
      return new Promise((done) => network.#listener.close(done));
    });
    return network;
  }

  /** The URL of the server's page through this network, with a slash at its end. */
  get url(): string { return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}/`; }

  /** Breaks every connection, and refuses new ones. */
  cut(): void {
    this.#whole = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void { this.#whole = true; }
}
