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

// process.exit() drops what a pipe has not taken yet.
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write("", () => resolve());
  });
}

const code = await main();
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
