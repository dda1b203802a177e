// The real server on a journal of its own, which tests can kill and start again on the
// same port.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The repository. Tests run in web/. */
const root = join(process.cwd(), "..");

let program: string | undefined;

/** Builds the server's binary, once for a test run. */
function built(): string {
  if (program) return program;
  program = process.env.SNUG_TEST_SERVER;
  if (program) return program;
  const dir = mkdtempSync(join(tmpdir(), "snug-binary-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "server");
  const build = spawnSync("go", ["build", "-o", file, "./cmd/server"], { cwd: root, stdio: "inherit" });
  if (build.status !== 0) throw new Error("the server can't be built");
  return (program = file);
}

/**
 * Returns a free port of this machine. It is outside the range from which systems assign ports, so
 * that no other program is given it while the server is stopped.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const free = await new Promise<boolean>((done) => {
      probe.once("error", () => done(false));
      probe.listen(port, "127.0.0.1", () => done(true));
    });
    if (!free) continue;
    await new Promise((done) => probe.close(done));
    return port;
  }
}

export class Server {
  #child: ChildProcess | undefined;
  /** Another program than the one that is built from the sources as they are. */
  program: string | undefined;

  private constructor(readonly dir: string, readonly port: number, readonly flags: string[]) {}

  /** Starts a server on a new journal, on a free loopback port. */
  static async start(...flags: string[]): Promise<Server> {
    return Server.startAt(await freePort(), ...flags);
  }

  /** The same on a port that was free. */
  static async startAt(port: number, ...flags: string[]): Promise<Server> {
    const server = new Server(mkdtempSync(join(tmpdir(), "snug-test-")), port, flags);
    await server.start();
    return server;
  }

  /** With a slash at its end. */
  get url(): string { return `http://127.0.0.1:${this.port}/`; }
  get ws(): string { return `ws://127.0.0.1:${this.port}/ws`; }

  /** Starts the server again, on the same journal and port, and waits until it listens. */
  async start(): Promise<void> {
    const journal = this.flags.some((flag) => flag.startsWith("--journal=")) ? [] : [`--journal=sqlite:${join(this.dir, "snug.db")}`];
    const child = spawn(this.program ?? built(), [`--addr=127.0.0.1:${this.port}`, ...journal, ...this.flags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let log = "";
    child.stderr.on("data", (data) => (log += data));
    await new Promise<void>((listens, failed) => {
      child.stdout.once("data", () => listens());
      child.once("exit", (code) => failed(new Error(`the server ended with status ${code}: ${log}`)));
    });
  }

  /** Sends SIGKILL, and waits until the process has ended. */
  kill(): Promise<void> { return this.#signal("SIGKILL"); }

  /** Sends SIGTERM, and waits until the process has ended. */
  stop(): Promise<void> { return this.#signal("SIGTERM"); }

  /** Suspends the process, as if the network were gone, until `resume`. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
    const threads = `/proc/${this.#child?.pid}/task`;
    if (!existsSync(threads)) return; // not Linux
    // On a busy machine some still run for a while.
    while (!readdirSync(threads).every((thread) => / T /.test(readFileSync(join(threads, thread, "stat"), "utf8")))) continue;
  }
  resume(): void { this.#child?.kill("SIGCONT"); }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }

  /** Kills the server and removes its journal. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Bounds every wait, in ms. A test that passes doesn't wait that long, even on a busy machine. */
export const patience = 120_000;

const realTimeout = setTimeout; // a test may mock it

/** Waits until check holds, for at most so many ms. */
export async function until(what: string, check: () => boolean | Promise<boolean>, ms = patience): Promise<void> {
  const end = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((done) => realTimeout(done, 20));
  }
}
