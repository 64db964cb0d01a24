import type { ClientChannel } from "ssh2";
import type { Link } from "./connect.ts";
import { connectError, forwardError, type Way } from "./connect-error.ts";

/** Opens a stream from one hop to the next. Throws ShellError. */
export function forward(link: Link, way: Way): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      const timeout = Object.assign(new Error("timed out"), { code: "ETIMEDOUT" });
      reject(connectError(way, timeout, { candidates: [], problems: [] }));
    }, way.timeoutMs);
    link.client.forwardOut("127.0.0.1", 0, way.hop.hostName, way.hop.port, (error, channel) => {
      clearTimeout(timer);
      if (late) channel?.destroy();
      else if (error === undefined) resolve(channel);
      else reject(forwardError(way, error));
    });
    void link.gone.then((reason) => {
      clearTimeout(timer);
      reject(forwardError(way, new Error(reason)));
    });
  });
}
