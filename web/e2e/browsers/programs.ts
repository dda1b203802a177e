// Programs that tests start, and end.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The path of an installed program, by any of its names. */
export function installed(...names: string[]): string | undefined {
  const places = [...(process.env.PATH ?? "").split(":"), "/usr/bin", "/usr/sbin"];
  for (const name of names) {
    const path = places.map((place) => join(place, name)).find((p) => existsSync(p));
    if (path) return path;
  }
  return undefined;
}

/** A program that runs with a home directory of its own. */
export class Program {
  #output = "";
  #ended: Promise<void>;

  private constructor(readonly name: string, readonly home: string, readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (data) => (this.#output += data));
    this.#ended = new Promise((done) => {
      child.once("exit", () => done());
      child.once("error", () => done());
    });
  }

  /** Starts a program. A group of processes of its own lets `end` end what it has started, too. */
  static start(path: string, args: (home: string) => string[], env: NodeJS.ProcessEnv = {}): Program {
    const home = mkdtempSync(join(tmpdir(), "snug-browser-"));
    const child = spawn(path, args(home), { stdio: ["ignore", "pipe", "pipe"], detached: true, env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, ...env } });
    return new Program(path, home, child);
  }

  /** Waits until the program has written what matches. */
  async says(pattern: RegExp, ms = 120_000): Promise<RegExpExecArray> {
    const end = Date.now() + ms;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (this.child.exitCode !== null || Date.now() > end) throw new Error(`${this.name} doesn't say ${pattern}: ${this.#output}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Ends the program and what it has started, and removes its files. */
  async end(): Promise<void> {
    try {
      process.kill(-this.child.pid!, "SIGKILL");
    } catch { /* it has ended */ }
    await this.#ended;
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
