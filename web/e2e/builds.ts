// Servers with other builds of the page.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const committed = join(process.cwd(), "dist");

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((f) => f.isFile() ? join(f.parentPath, f.name).slice(dir.length + 1) : []);

/** Bundles the page once more, with a remark at the end of each script, and builds the server with it. It returns the server's program. */
export function anotherBuild(remark: string): string {
  const dir = mkdtempSync(join(tmpdir(), "snug-build-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const dist = join(dir, "dist");
  run("./bundle.sh", dist, `--footer:js=/*${remark}*/`);
  // What package web embeds is replaced: go help build, -overlay.
  const replace = Object.fromEntries([
    ...filesIn(committed).map((name) => [join(committed, name), ""]),
    ...filesIn(dist).map((name) => [join(committed, name), join(dist, name)]),
  ]);
  writeFileSync(join(dir, "overlay.json"), JSON.stringify({ Replace: replace }));
  const program = join(dir, "server");
  run("go", "build", "-overlay", join(dir, "overlay.json"), "-o", program, "../cmd/server");
  return program;
}

function run(program: string, ...args: string[]): void {
  const { status } = spawnSync(program, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed`);
}
