/**
 * Posts every change to a URL. The body is a `ChangeText`; `Idempotency-Key` is the change's id, and with a key
 * `Reeve-Signature: t=SECONDS,v1=HEX` signs `SECONDS.BODY` by HMAC-SHA256, so that the receiver can refuse what is old or
 * not ours.
 */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { readSecretFile } from "../../config/load.ts";
import { Problem } from "../../problem.ts";
import { type Configuration, type Entry, Handler, Unavailable } from "../handler-api.ts";
import { changeText, type Operation } from "./change-text.ts";
import { configured, type ShippedStart } from "./shipped.ts";

/** Milliseconds for an answer. */
const deadline = 20_000;
/** Answers that say "later", beside 5xx. */
const later = new Set([401, 403, 404, 407, 408, 423, 425, 429]);
/** Characters of an answer that a person sees. */
const shown = 500;

class Webhook extends Handler {
  readonly configuration: Configuration;
  readonly url: string;
  /** As it may be shown: what stands behind `?` or before `@` can be a secret. */
  readonly #shown: string;
  readonly #key: string;
  readonly #ca: string | undefined;

  constructor(start: ShippedStart) {
    super();
    const { settings } = start;
    const url = URL.parse(settings.url?.[0] ?? "");
    if (!url || !/^https?:$/.test(url.protocol)) throw new Problem("config", "url: expected https://… or http://…");
    const [secretFile, caFile] = [settings.secretFile?.[0], settings.caFile?.[0]];
    this.url = url.href;
    this.#shown = `${url.origin}${url.pathname}`;
    this.#key = secretFile === undefined ? "" : readSecretFile(secretFile, "secretFile");
    this.#ca = caFile === undefined ? undefined : readFileSync(caFile, "utf8");
    this.configuration = {
      description: `posts changes to ${this.#shown}`,
      timeout: deadline / 1000 + 10,
      ...configured(start, "(objectClass=*)"),
    };
  }

  override create(_dn: string, now: Entry) {
    return this.#post("create", {}, now);
  }

  override modify(_dn: string, old: Entry, now: Entry) {
    return this.#post("modify", old, now);
  }

  override remove(_dn: string, old: Entry) {
    return this.#post("remove", old, {});
  }

  async #post(operation: Operation, old: Entry, now: Entry): Promise<void> {
    const { change } = this;
    if (!change) return;
    const body = JSON.stringify(changeText(change, operation, old, now));
    const seconds = Math.floor(Date.now() / 1000);
    const headers: Record<string, string> = { "content-type": "application/json", "idempotency-key": change.id };
    if (this.#key) {
      const digest = createHmac("sha256", this.#key).update(`${seconds}.${body}`).digest("hex");
      headers["reeve-signature"] = `t=${seconds},v1=${digest}`;
    }
    let response: Response;
    try {
      response = await fetch(this.url, {
        ...{ method: "POST", headers, body, redirect: "error", signal: AbortSignal.timeout(deadline) },
        ...(this.#ca === undefined ? {} : { tls: { ca: this.#ca } }),
      });
    } catch (error) {
      throw new Unavailable(`${this.#shown}: ${(error as Error).message.replaceAll(this.url, this.#shown)}`);
    }
    const answer = await textOf(response);
    if (response.ok) return;
    const text = `${this.#shown} answered ${response.status}${answer ? `: ${answer}` : ""}`;
    // Whoever is not let in, or has no page there yet, is configured wrongly: that is no fault of this one change.
    if (response.status >= 500 || later.has(response.status)) throw new Unavailable(text);
    throw new Error(text);
  }
}

/** The beginning of an answer; the rest is not waited for. */
async function textOf(response: Response): Promise<string> {
  let text = "";
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > shown) break;
    }
  } catch {
    // What counts is the status.
  }
  return text.slice(0, shown).trim();
}

export const webhook = (start: ShippedStart): Handler => new Webhook(start);
