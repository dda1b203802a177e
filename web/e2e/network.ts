// The network between a browser and the server: tests can cut and restore it, and put
// something into it that WebSockets don't get through.
import { connect, createServer, type AddressInfo, type Server as Listener, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Server } from "./server.ts";

/** What becomes of a WebSocket: its handshake is answered with a status, it loses its Upgrade, no frame arrives after it, or frames to the server arrive late. */
export type Obstacle = 400 | 403 | 502 | "stripped" | "swallowed" | "late";

const realTimeout = setTimeout; // a test may mock it

export class Network {
  #listener: Listener;
  #sockets = new Set<Socket>();
  /** Connections to the server, and where their answers go. */
  #answers = new Map<Socket, Socket>();
  #whole = true;
  #silent = false;
  /** What WebSockets that are opened from now on meet. */
  obstacle: Obstacle | undefined;
  /** How many WebSockets were tried. */
  handshakes = 0;

  private constructor(to: Server) {
    this.#listener = createServer((near) => {
      if (!this.#whole) return void near.destroy();
      const far = connect(to.port, "127.0.0.1");
      for (const [socket, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      near.once("data", (head: Buffer) => this.#begin(near, far, head));
    });
  }

  /** Passes on what begins with head. A browser opens a connection of its own for each WebSocket. */
  #begin(near: Socket, far: Socket, head: Buffer): void {
    let request = head.toString("latin1");
    const obstacle = /^upgrade: *websocket/im.test(request) ? this.obstacle : undefined;
    if (/^upgrade: *websocket/im.test(request)) this.handshakes++;
    if (typeof obstacle === "number") {
      near.end(`HTTP/1.1 ${obstacle} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    if (obstacle === "stripped") request = request.replace(/^(upgrade|connection):.*\r\n/gim, "");
    far.write(request, "latin1");
    if (obstacle === "swallowed") {
      near.resume();
      far.once("data", (answer: Buffer) => {
        near.write(answer.subarray(0, answer.indexOf("\r\n\r\n") + 4));
        far.resume();
      });
      return;
    }
    if (obstacle === "late") near.on("data", (data) => realTimeout(() => far.write(data), 500));
    else near.pipe(far);
    this.#answers.set(far, near);
    far.once("close", () => this.#answers.delete(far));
    if (!this.#silent) far.pipe(near);
  }

  /** Has nothing that the server says arrive until `speak`, as if it were very slow. */
  silence(): void {
    this.#silent = true;
    for (const [far, near] of this.#answers) far.unpipe(near).pause();
  }

  speak(): void {
    this.#silent = false;
    for (const [far, near] of this.#answers) far.pipe(near);
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

  get ws(): string { return this.url.replace("http", "ws") + "ws"; }

  /** Breaks every connection, and refuses new ones. */
  cut(): void {
    this.#whole = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void { this.#whole = true; }
}
