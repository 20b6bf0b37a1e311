/** A module of a site whose commands behave and misbehave by name; after `ucstest` of the model's own tests. */
import { defineCommand, defineModule, Problem, z } from "@reeve/module";

const nothing = z.object({});

export default defineModule({
  id: "lab",
  name: "Lab",
  summary: "Commands that behave and misbehave by name",
  icon: "gear",
  categories: ["system"],
  commands: {
    echo: defineCommand({
      summary: "Give the options back",
      access: "user",
      get: true,
      options: z.object({ value: z.unknown() }),
      run: ({ value }, { user, address, locale, flavor }) => ({
        ...{ value, user: user.name, address, locale, flavor, pid: process.pid },
      }),
    }),
    sleep: defineCommand({
      summary: "Answer after so many milliseconds",
      access: "user",
      options: z.object({ milliseconds: z.number().int().max(60_000) }),
      run: ({ milliseconds }) => Bun.sleep(milliseconds),
    }),
    norespond: defineCommand({
      summary: "Never answer; tell when aborted",
      access: "user",
      options: z.object({ file: z.string().optional() }),
      run: ({ file }, { signal, progress }) => {
        progress("waiting");
        return new Promise((_, reject) => {
          signal.addEventListener("abort", async () => {
            if (file) await Bun.write(file, "aborted");
            reject(new Problem("cancelled", "aborted"));
          });
        });
      },
    }),
    external: defineCommand({
      summary: "Run a program that takes long; tell its pid",
      access: "user",
      options: nothing,
      run: async (_, { run, progress }) => {
        const onOutput = (_stream: string, text: string) => progress(Number(text));
        await run(["sh", "-c", "echo $$; exec sleep 1000"], { onOutput });
      },
    }),
    count: defineCommand({
      summary: "Partial results 1 to n, then their sum",
      access: "user",
      options: z.object({ n: z.number().int().min(1).max(100) }),
      run: ({ n }, { progress }) => {
        let sum = 0;
        for (let i = 1; i <= n; i++) {
          progress(i);
          sum += i;
        }
        return sum;
      },
    }),
    tell: defineCommand({
      summary: "Report steps 1 to n; with a file, go on until aborted and note that there",
      access: "user",
      get: true,
      options: z.object({ n: z.number().int().min(1).max(2000), file: z.string().optional() }),
      run: async ({ n, file }, { signal, progress }) => {
        for (let i = 1; i <= n; i++) progress({ message: `step ${i} <i>of</i> ${n}`, percent: (100 * i) / n });
        if (!file) return { steps: n };
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await Bun.write(file, "aborted");
        throw new Problem("cancelled", "aborted");
      },
    }),
    throws: defineCommand({
      summary: "Throw what nobody expects",
      access: "user",
      options: nothing,
      run: () => {
        throw new TypeError("the secret is in the stack");
      },
    }),
    conflict: defineCommand({
      summary: "Throw a problem",
      access: "user",
      options: nothing,
      run: () => {
        throw new Problem("conflict", "it is there already", { detail: { name: "taken" } });
      },
    }),
    crash: defineCommand({
      summary: "End the process at once",
      access: "user",
      options: nothing,
      run: () => process.kill(process.pid, "SIGKILL"),
    }),
    spin: defineCommand({
      summary: "Never give the processor back",
      access: "user",
      options: nothing,
      run: () => {
        for (;;) Math.sqrt(2);
      },
    }),
    write: defineCommand({
      summary: "Pretend to change something",
      access: "administrator",
      changes: true,
      options: z.object({ name: z.string().min(1).describe("whatever") }),
      run: ({ name }) => ({ wrote: name }),
    }),
    big: defineCommand({
      summary: "Answer with so many bytes",
      access: "user",
      options: z.object({ bytes: z.number().int().max(20_000_000) }),
      run: ({ bytes }) => "x".repeat(bytes),
    }),
  },
});
