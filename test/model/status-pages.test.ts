import { expect, test } from "vitest";
import { config, look } from "./small-host.ts";

const PAGE =
  "Active connections: 3 \nserver accepts handled requests\n 90 88 200 \nReading: 0 Writing: 2 Waiting: 1 \n";
const served = (place: string): string =>
  `events {}\nhttp {\n  server {\n    listen 127.0.0.1:8080;\n    server_name status.example.test;\n    ${place}\n  }\n}`;

test("the page of nginx's counters is asked for where it is configured, and read", async () => {
  const asked: string[] = [];
  const { model } = await look({
    "nginx-config": config(served("location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }")),
    "stub-status": (argv) => {
      asked.push(argv.at(-1) ?? "");
      return PAGE;
    },
  });
  expect(asked).toEqual(["http://status.example.test:8080/nginx_status"]);
  expect(model.nginx).toMatchObject({ connections: 3, connectionsDropped: 2, requestsOpen: 2 });
});

test("it is asked for nowhere else", async () => {
  const asked: string[] = [];
  for (const place of ["location / { return 200; }", "location ~ ^/s(.*)$ { stub_status; }"])
    await look({
      "nginx-config": config(served(place)),
      "stub-status": (argv) => {
        asked.push(argv.at(-1) ?? "");
        return PAGE;
      },
    });
  expect(asked).toEqual([]);
});
