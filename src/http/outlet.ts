import { spawn } from "node:child_process";

const TIMEOUT_MS = 10_000;

/** POSTs `{"text": …}` as JSON, which chat programs' webhooks take. @throws Error when it is not taken */
export async function sendWebhook(url: string, text: string): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // The address is a secret: it is not named.
  if (!answer.ok) throw new Error(`The second outlet's webhook answered ${answer.status}.`);
}

/** Sends a mail through the machine's own sendmail. @throws Error when there is none, or it refuses */
export async function sendMail(to: string, text: string, program = "/usr/sbin/sendmail"): Promise<void> {
  const subject = text.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, 120);
  const mail = `To: ${to}\nSubject: ${subject}\nContent-Type: text/plain; charset=utf-8\n\n${text}\n`;
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, ["-t", "-i"], { stdio: ["pipe", "ignore", "ignore"], timeout: TIMEOUT_MS });
    child.once("error", (error) =>
      reject(new Error(`The second outlet's mail could not be sent: ${error.message}`, { cause: error })),
    );
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`sendmail ended with ${code ?? "a signal"}.`)),
    );
    child.stdin.on("error", () => undefined);
    child.stdin.end(mail);
  });
}
