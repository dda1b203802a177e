// How the page's files import each other: without cycles, and downwards.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";

const files = ["client.ts", ...list("client"), ...list("src")].filter(
  (f) => /\.tsx?$/.test(f) && !f.includes(".test.") && f !== "client/test-client.ts",
);

function list(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

/** The files of the page that a file imports, types too. */
function imports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import|import\()\s*"(\.[^"]+\.tsx?)"/g)].map((m) =>
    normalize(join(dirname(file), m[1]!)),
  );
}

/** A cycle of imports, from a file back to itself; undefined if there is none. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}

describe("imports", () => {
  const graph = new Map(files.map((f) => [f, imports(f)]));

  it("make no cycle", () => {
    assert.ok(files.length > 60);
    assert.deepEqual(cycleIn(graph), undefined);
    assert.deepEqual(
      cycleIn(
        new Map([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["b"]],
        ]),
      ),
      ["b", "c", "b"],
      "one would be found",
    );
  });

  it("point down: the client knows nothing of the page, the page's state nothing of its components, and Markdown nothing of either", () => {
    const layer = (file: string): number =>
      file === "client.ts" || file.startsWith("client/")
        ? 0
        : file.startsWith("src/components/") || file.startsWith("src/worker/") || file === "src/main.tsx"
          ? 3
          : /^src\/(session|notify|embed)\//.test(file) || file === "src/actions.ts"
            ? 2
            : 1;
    for (const [file, all] of graph) {
      for (const other of all) {
        assert.ok(layer(other) <= layer(file), `${file} imports ${other}`);
        if (file.startsWith("src/markdown/"))
          assert.ok(other.startsWith("src/markdown/") || other === "src/emote.ts", `${file} imports ${other}`);
      }
    }
  });
});
