import type { Command, CommandResult } from "../../src/domain/command.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import type { Session, Shell } from "../../src/workflows/ports.ts";

export const HOST_KEY = "SHA256:fake-host-key";

export interface Reply {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  readonly end?: CommandResult["end"];
  /** The command has its effect, then the connection dies. */
  readonly thenLost?: boolean;
}

/** A host with one service behind nginx; a fix's commands change it, and are counted. */
export class FakeHost {
  hostKey = HOST_KEY;
  active = "inactive";
  pid = 0;
  restarts = 0;
  boot = "enabled";
  /** What nginx answers; undefined: 200 while the service is active, else 502. */
  status: number | undefined;
  /** Said by every attempt to connect, when set. */
  refuses: ShellError | undefined;
  /** A fix of somebody else holds the host's lock. */
  locked = false;
  /** Every command a fix ran, in order. */
  readonly ran: string[] = [];
  readonly syslog: string[] = [];
  openSessions = 0;
  /** Replies to a fix's commands by their text; they may change the host. */
  readonly on = new Map<string, (c: Command) => Reply>();
  /** What other peers answer to a request, by ADDR:PORT; a peer that is not here answers as nginx does. */
  readonly peers = new Map<string, Reply>();
  /** What df says of file systems, in kB free by mount. */
  readonly freeKb = new Map<string, number>();
  /** Called before each look of a wave: a test lets the host change in time. */
  tick: () => void = () => undefined;

  start(): void {
    this.active = "active";
    this.pid += 100;
  }

  answer(c: Command): Reply {
    const text = c.argv.join(" ");
    const peer = [...this.peers].find(([target]) => text.includes(`://${target}/`));
    if (peer !== undefined) return peer[1];
    if (c.argv[0] === "df" && this.freeKb.size > 0) {
      const rows = [...this.freeKb].map(
        ([mount, kb]) => `/dev/sda1 10485760 ${10_485_760 - kb} ${kb} 99% ${mount}`,
      );
      return {
        stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n${rows.join("\n")}\n`,
      };
    }
    if (c.argv[0] === "curl") {
      const status = this.status ?? (this.active === "active" ? 200 : 502);
      const direct = text.includes(":3000/");
      if (direct && this.active !== "active") return { stdout: "000 0.001\n", exitCode: 7 };
      return { stdout: `${direct ? 200 : status} 0.012\n` };
    }
    if (text.includes("--property=LoadState")) {
      const sub = this.active === "active" ? "running" : "dead";
      return {
        stdout: `LoadState=loaded\nActiveState=${this.active}\nSubState=${sub}\nMainPID=${this.pid}\nNRestarts=${this.restarts}\nUnitFileState=${this.boot}\n`,
      };
    }
    if (text.startsWith("systemctl show -p ActiveState")) return { stdout: `${this.active}\n` };
    if (c.argv[0] === "ss") {
      const line = `LISTEN 0 511 127.0.0.1:3000 0.0.0.0:* users:(("node",pid=${this.pid},fd=18))`;
      return { stdout: this.active === "active" ? `${line}\n` : "" };
    }
    if (c.argv[0] === "logger") {
      this.syslog.push(c.argv.at(-1) ?? "");
      return {};
    }
    return { exitCode: 127, end: "missing" };
  }

  act(c: Command): Reply {
    const text = c.argv.join(" ");
    if (c.id.startsWith("precondition")) return this.on.get(text)?.(c) ?? this.answer(c);
    this.ran.push(c.id === "edit" || c.id === "restore" ? c.id : text);
    const reply = this.on.get(c.id === "edit" || c.id === "restore" ? c.id : text);
    if (reply !== undefined) return reply(c);
    if (text.startsWith("systemctl start")) this.start();
    return {};
  }

  session(): Session {
    this.openSessions += 1;
    let open = true;
    return {
      hostKey: this.hostKey,
      runWave: async (commands) => {
        this.tick();
        return commands.map((c) =>
          open ? result(c, this.answer(c)) : result(c, { end: "unreachable", exitCode: -1 }),
        );
      },
      runFix: async (commands, opts) => {
        if (this.locked) throw new ShellError("locked", "Another fix runs on this host.", "Wait.");
        const done: CommandResult[] = [];
        for (const [i, c] of commands.entries()) {
          if ((await opts.beforeEach?.(i, [...done])) === false) return done;
          const reply = this.act(c);
          if (reply.thenLost === true) {
            open = false;
            this.openSessions -= 1;
            throw new ShellError(
              "lost",
              "The connection was lost in the middle of the fix.",
              "Diagnose again.",
            );
          }
          const r = result(c, reply);
          done.push(r);
          if (r.exitCode !== 0) return done;
        }
        return done;
      },
      close: async () => {
        if (open) this.openSessions -= 1;
        open = false;
      },
    };
  }

  shell(): Shell {
    return {
      open: async () => {
        if (this.refuses !== undefined) throw this.refuses;
        return this.session();
      },
    };
  }
}

function result(c: Command, r: Reply): CommandResult {
  const end = r.end ?? "exited";
  return {
    id: c.id,
    argv: c.argv,
    stdout: r.stdout ?? "",
    stderr: r.stderr ?? "",
    exitCode: end === "exited" || end === "missing" ? (r.exitCode ?? 0) : null,
    end,
    durationMs: 1,
    privileged: true,
  };
}
