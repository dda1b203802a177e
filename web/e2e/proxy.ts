// nginx in front of the server: below a path, with basic authentication.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort, until, type Server } from "./server.ts";

export const credentials = { username: "ann", password: "open sesame" };

/** The address of the page behind nginx, below /chat/ with credentials, until the test ends; undefined if nginx isn't installed. */
export async function behindNginx(t: TestContext, server: Server): Promise<string | undefined> {
  if (spawnSync("nginx", ["-v"]).error) return undefined;
  const dir = mkdtempSync(join(tmpdir(), "snug-nginx-"));
  chmodSync(dir, 0o755); // its workers are other users
  const port = await freePort();
  writeFileSync(join(dir, "users"), `${credentials.username}:{PLAIN}${credentials.password}\n`);
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${dir}/${what};`);
  writeFileSync(join(dir, "config"), `
worker_processes 1;
pid ${dir}/pid;
events {}
http {
  access_log off;
  ${places.join("\n  ")}
  map $http_upgrade $connection_upgrade { default upgrade; "" close; }
  server {
    listen 127.0.0.1:${port};
    auth_basic "Snug";
    auth_basic_user_file ${dir}/users;
    location /chat/ {
      proxy_pass http://127.0.0.1:${server.port}/;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Prefix /chat;
    }
  }
}
`);
  const child = spawn("nginx", ["-p", dir, "-e", "stderr", "-c", join(dir, "config"), "-g", "daemon off;"], { stdio: "ignore" });
  t.after(async () => {
    const gone = new Promise((done) => child.once("exit", done));
    child.kill();
    await gone;
    rmSync(dir, { recursive: true, force: true });
  });
  await until("nginx listens", () => new Promise<boolean>((done) => {
    const probe = connect(port, "127.0.0.1", () => { probe.destroy(); done(true); });
    probe.once("error", () => done(false));
  }));
  return `http://127.0.0.1:${port}/chat/`;
}
