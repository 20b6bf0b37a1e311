/** Entry of the binary. Nothing heavy is imported here: `--version` and internal children never see the rest. */
import type { Face } from "../src/netconf/classic/invocation.ts";
import { commit, version } from "../src/version.ts";

const words = process.argv.slice(2);
const called = process.argv0.replace(/^.*\//s, "");

// Otherwise a run whose promises are forgotten would end as a success.
process.exitCode = 70;

/** Whether a DHCP client runs us as its script: by the name of a link, by what it was given for us, or in words. */
function isDhcpHook(): boolean {
  if (words.length > 0) return words.length === 2 && words[0] === "netconf" && words[1] === "dhcp-hook";
  return process.argv0.endsWith("/reeve-dhcp-hook") || process.env.REEVE_HOOK !== undefined;
}

/** Whether it was called as ifup, ifdown or ifquery: by the name of a link. */
function isFace(name: string): name is Face {
  return name === "ifup" || name === "ifdown" || name === "ifquery";
}

/** What runs often and is over in milliseconds. It writes by itself, if at all. Undefined: it is something else. */
async function light(): Promise<number | undefined> {
  const [service, verb] = words;
  if (isFace(called)) return undefined;
  if (isDhcpHook()) {
    const { dhcpHook } = await import("./netconf/dhcp-hook.ts");
    return dhcpHook();
  }
  if (service === "netconf" && (verb === "up" || verb === "down")) {
    const { upDownQuickly } = await import("./netconf/quick.ts");
    return upDownQuickly(verb, words.slice(2));
  }
  return undefined;
}

async function main(): Promise<number> {
  if (isFace(called)) {
    const { runClassic } = await import("./netconf/classic/run.ts");
    return runClassic(called, words);
  }
  if (words[0] === "--version" || words[0] === "-V") {
    process.stdout.write(`reeve ${version} (${commit})\n`);
    return 0;
  }
  if (process.send) {
    const { runChild } = await import("./children.ts");
    const code = await runChild(words);
    if (code !== undefined) return code;
  }
  const { runCommand } = await import("./commands.ts");
  return runCommand(words);
}

// process.exit() drops what a pipe has not taken yet; only the callback of end() tells that it has.
function flushed(stream: NodeJS.WriteStream): Promise<Error | undefined> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) return resolve(undefined);
    stream.once("error", resolve);
    stream.end(() => resolve(undefined));
  });
}

const early = await light();
if (early !== undefined) process.exit(early);

// Without a listener, a reader that goes away while we write would be a stack trace, and no end.
let lost: NodeJS.ErrnoException | undefined;
process.stdout.on("error", (error) => {
  lost ??= error;
});
let code = await main();
lost ??= await flushed(process.stdout);
// A reader that has seen enough is no failure; a full disk is.
if (lost && lost.code !== "EPIPE" && code === 0) {
  process.stderr.write(`reeve: the output could not be written (${lost.code ?? lost.message})\n`);
  code = 74;
}
await flushed(process.stderr);
process.exit(code);
