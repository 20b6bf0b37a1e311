/** A module of a site that takes its time to start. */
import { defineCommand, defineModule, z } from "@reeve/module";

await Bun.sleep(700);

export default defineModule({
  id: "slow",
  name: "Slow",
  summary: "Takes its time to start",
  icon: "gear",
  categories: ["system"],
  commands: {
    pid: defineCommand({
      summary: "Tell the process",
      access: "user",
      options: z.object({}),
      run: () => process.pid,
    }),
  },
});
