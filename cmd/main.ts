/** Entry of the binary. Nothing heavy is imported here: `--version` and internal children never see the rest. */
import { commit, version } from "../src/version.ts";

const words = process.argv.slice(2);

// Otherwise a run whose promises are forgotten would end as a success.
process.exitCode = 70;

async function main(): Promise<number> {
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
