/**
 * Both halves of handlers' processes, as the binary is: it follows the folders it is given and does what standard input
 * says, a JSON object a line; what happens is told the same way on standard output. The log goes there, too.
 */
import { createInterface } from "node:readline";
import { runChild } from "../../cmd/children.ts";
import { HandlerProcess, type Pace } from "../../src/listener/handler.ts";
import { shippedFile } from "../../src/listener/handler-file.ts";
import { HandlerFolders } from "../../src/listener/handler-folder.ts";
import { configureLog } from "../../src/log.ts";

export interface FollowerStart {
  folders: string[];
  settings: Record<string, Record<string, string[]>>;
  directory?: { basedn: string; binddn: string; ldapserver: string; registry: string };
  bindPassword?: string;
  pace?: Partial<Pace>;
  /** Those that are part of Reeve, with their settings. */
  shipped?: Record<string, Record<string, string[]>>;
}

const tell = (value: unknown) => void process.stdout.write(`${JSON.stringify(value)}\n`);

async function follow(start: FollowerStart): Promise<void> {
  configureLog({ level: "DEBUG", format: "json", write: (line) => tell({ log: JSON.parse(line) }) });
  const stateOf = ({ name, state, declaration }: HandlerProcess) => ({ name, ...state, declaration });
  const folders = new HandlerFolders({
    folders: start.folders,
    optionsOf: (stem) => ({
      settings: start.settings[stem] ?? {},
      ...(start.directory ? { directory: start.directory } : {}),
      ...(start.bindPassword ? { bindPassword: () => start.bindPassword ?? "" } : {}),
      ...(start.pace ? { pace: start.pace } : {}),
    }),
    events: {
      added(worker) {
        tell({ added: stateOf(worker) });
        worker.onState = () => tell({ state: stateOf(worker) });
      },
      removed: ({ name }) => tell({ removed: name }),
    },
  });
  const shipped = Object.entries(start.shipped ?? {}).map(
    ([name, settings]) =>
      new HandlerProcess(shippedFile(name), { settings, shipped: { source: "dc=lab", database: { url: "" } } }),
  );
  await Promise.all([folders.open(), ...shipped.map(({ settled }) => settled)]);
  const all = () => [...folders.handlers, ...shipped];
  tell({ open: all().map(stateOf) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, name, calls, life, verb } = JSON.parse(line);
    const worker = all().find((one) => one.name === name);
    if (calls) {
      const done: string[] = [];
      void worker?.send(calls, (call) => void done.push(call)).then((delivery) => tell({ answer: id, delivery, done }));
    } else if (life) {
      worker?.life(life).then(
        () => tell({ answer: id, done: true }),
        (error) => tell({ answer: id, error: error.message }),
      );
    } else if (verb === "stats") tell({ answer: id, stats: worker?.stats });
    else if (verb === "restart") worker?.restart();
  }
  await Promise.all([folders.close(), ...shipped.map((handler) => handler.stop())]);
}

if (process.send) process.exit(await runChild(process.argv.slice(2)));
await follow(JSON.parse(process.argv[2] ?? ""));
process.exit(0);
