// The Node application of the lab's stacks: real code with the habits of real code.
// PORT, HOST or SOCKET say where it listens; the other variables make it fail in known ways.
const fs = require("node:fs");
const http = require("node:http");

const env = process.env;
console.log(`${env.APP_NAME || "app"} is starting`);
for (const name of (env.REQUIRE_ENV || "").split(",").filter(Boolean))
  if (!env[name]) throw new Error(`missing environment variable ${name}`);
for (const file of (env.REQUIRE_FILE || "").split(",").filter(Boolean)) fs.readFileSync(file);

const held = [];
let broken = false;
process.on("SIGUSR2", () => (broken = true)); // its database handle is gone for good
const server = http.createServer((request, response) => {
  if (broken) return void request.socket.destroy();
  const url = new URL(request.url, "http://localhost");
  const number = (name, otherwise) => Number(url.searchParams.get(name) || otherwise);
  if (url.pathname === "/slow") return void setTimeout(() => response.end("late\n"), number("ms", 3000));
  if (url.pathname.startsWith("/status/")) {
    response.statusCode = Number(url.pathname.slice(8));
    return void response.end("as asked\n");
  }
  if (url.pathname === "/missing") {
    response.statusCode = 404;
    return void response.end("no such product\n");
  }
  if (url.pathname === "/report") process.exit(1);
  if (url.pathname === "/close") return void request.socket.destroy();
  if (url.pathname === "/login") {
    response.setHeader("Set-Cookie", `session=${"c".repeat(number("bytes", 9000))}`);
    return void response.end("welcome\n");
  }
  if (url.pathname === "/export") for (;;) held.push(Buffer.alloc(4 << 20, 1));
  if (url.pathname === "/heap") for (;;) held.push(Array.from({ length: 1e5 }, () => ({})));
  if (url.pathname === "/upload" && env.UPLOAD_LIMIT) {
    console.error("PayloadTooLargeError: 413, request entity too large");
    request.socket.resetAndDestroy(); // a reset overtakes the answer: the client never sees the 413
    return undefined;
  }
  response.end(`${env.APP_NAME || "app"} ${url.pathname}\n`);
  return undefined;
});
if (env.KEEP_ALIVE_MS) server.keepAliveTimeout = Number(env.KEEP_ALIVE_MS);

function listen() {
  if (env.LISTEN_FDS) server.listen({ fd: 3 });
  else if (env.SOCKET) server.listen({ path: env.SOCKET, writableAll: true });
  else server.listen({ port: Number(env.PORT), host: env.HOST || "127.0.0.1" });
  server.once("listening", () => console.log(`listening on ${env.SOCKET || env.PORT}`));
}

if (env.NEEDS) {
  // A dependency that must accept a connection first, as a database does.
  const [host, port] = env.NEEDS.split(":");
  require("node:net")
    .connect(Number(port), host, listen)
    .on("error", (error) => {
      console.error(`could not connect to the database: ${error.message}`);
      process.exit(1);
    });
} else setTimeout(listen, Number(env.START_DELAY_MS || 0));
