/** Starts test/store/child.ts and talks to it line by line. */
import { join } from "node:path";

export interface StoreChild {
  pid: number;
  /** The next line of its output, parsed; `undefined` at its end. */
  next(): Promise<unknown>;
  /** Lets it go on. */
  go(): void;
  kill(): void;
  exited: Promise<number>;
}

/** Runs the work in another process, ready to be let go; as the given user if one is named. */
export async function startChild(
  url: string,
  work: string,
  count = 0,
  identity: { uid: number; gid: number } | undefined = undefined,
): Promise<StoreChild> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "child.ts"), url, work, String(count)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    ...identity,
  });
  const lines = linesOf(child.stdout);
  const next = async () => {
    const { value } = await lines.next();
    return value === undefined ? undefined : (JSON.parse(value) as unknown);
  };
  const ready = await next();
  if (ready !== "ready") throw new Error(`the child said ${JSON.stringify(ready)}`);
  return {
    pid: child.pid,
    next,
    go: () => {
      child.stdin.write("\n");
      child.stdin.flush();
    },
    kill: () => child.kill("SIGKILL"),
    exited: child.exited,
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
