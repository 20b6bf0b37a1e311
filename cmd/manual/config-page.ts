/** reeve-config(5): every configuration key, from their one declaration. */
import { type Key, keys, variableOf } from "../../src/config/keys.ts";
import { shownDefault } from "../../src/config/template.ts";
import { bold, item, paragraphs, prose, reference, roff, section, sentence, title, typed } from "./roff.ts";

const example = ["listen: 0.0.0.0:8090", "tls:", "  cert: /etc/reeve/cert.pem", "  key: /etc/reeve/key.pem"];

export function configPage(version: string): string {
  const items = Object.entries(keys as Record<string, Key<unknown>>).flatMap(([name, key]) => [
    ...item(bold(name), `${prose(sentence(key.help))}`, ".br"),
    `${prose(sentence(key.kind.expected))} ${defaultOf(key)}Variable: ${bold(variableOf(name))}.`,
  ]);
  return [
    title("reeve-config", 5, version),
    ...section("NAME", `reeve\\-config \\- configuration of Reeve`),
    ...section("SYNOPSIS", ".I /etc/reeve/config.yml", ".br", ".I /etc/reeve/environments/deployment.yml"),
    ...section(
      "DESCRIPTION",
      ...paragraphs([
        "Both files are YAML and optional. What a key is set to comes from the first of these that has it: an option of the command line, an environment variable, the file of the environment, `config.yml`, the default.",
        "A key with a dot may be written with its dots, or nested. An unknown key or a wrong value is an error that names file, line and key. `reeve daemon config` prints what is in force and where each value came from; `reeve daemon config --schema` prints the JSON schema of the files, `reeve daemon config --template` a file with every key.",
        "A user other than root has the files in `~/.config/reeve`. `REEVE_HOME` names another folder instead of `/etc/reeve`, `REEVE_ENVDIR` another folder of environments, and `REEVE_ENVIRONMENT` another environment than `deployment`.",
        "Secrets are best kept in files of their own, readable by the service alone: `agents.secretFile`, `databasePasswordFile`.",
      ]),
    ),
    ...section("KEYS", ...items),
    ...section("EXAMPLES", ...paragraphs(["The console on every address, over TLS:"]), ...example.flatMap(typed)),
    ...section("SEE ALSO", [reference("reeve", 1), reference("reeve-daemon-config", 1)].join(", ")),
    "",
  ].join("\n");
}

function defaultOf(key: Key<unknown>): string {
  const shown = shownDefault(key);
  return shown === '""' ? "" : `Default: ${roff(shown)}. `;
}
