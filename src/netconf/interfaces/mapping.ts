/** From the name of a device to the name of its stanzas (interfaces(5), MAPPINGS). */
import { Problem } from "../../problem.ts";
import { type Configuration, place } from "./configuration.ts";
import { matches } from "./glob.ts";

/**
 * Runs a mapping's script and gives what it printed.
 * @param physical its only argument
 * @param input the `map` lines, for its standard input
 * @throws Problem when it cannot be started or fails
 */
export type MappingRunner = (script: string, physical: string, input: string) => Promise<string>;

/**
 * Goes through the mappings once, in order: the script of each one that matches the name so far gives the next name.
 * @param first `home` of `eth0=home`; the device's name otherwise
 * @param onScript is told of each script before it runs, and of the name that matched
 * @throws Problem `config` when a mapping has no script or its script printed nothing, `child-failed` when it failed
 */
export async function mapName(
  { mappings }: Pick<Configuration, "mappings">,
  physical: string,
  run: MappingRunner,
  first: string = physical,
  onScript?: (script: string, name: string) => void,
): Promise<string> {
  let name = first;
  for (const { patterns, script, maps, at } of mappings) {
    if (!patterns.some((pattern) => matches(pattern, name))) continue;
    if (script === "") throw new Problem("config", `${place(at)}: the mapping has no script`);
    onScript?.(script, name);
    const input = maps.map((map) => `${map}\n`).join("");
    const output = await run(script, physical, input).catch((cause: unknown) => {
      throw new Problem("child-failed", `error trying to executing mapping script ${script} on ${name}`, { cause });
    });
    const [printed = ""] = output.split("\n");
    if (printed === "") throw new Problem("config", `no output from mapping script ${script} on ${name}`);
    name = printed;
  }
  return name;
}
