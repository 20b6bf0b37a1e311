/** Follows a directory until it is killed: `following.ts FOLDER URI DN`, the password on standard input. */
import { readFileSync } from "node:fs";
import { Follower } from "../../src/listener/follow.ts";
import { ldapSource } from "../../src/listener/ldap-source.ts";
import { openJournal } from "../../src/listener/open.ts";
import { configureLog } from "../../src/log.ts";

configureLog({ level: "ERROR" });
const [folder = "", uri = "", dn = ""] = process.argv.slice(2);
const password = readFileSync(0, "utf8");
const { journal } = openJournal({ folder, base: "" });
const source = ldapSource({ uris: [uri], connection: {}, identity: () => ({ dn, password }), firstDelay: 20 });
const limits = { percent: 0, least: 1 };
const follower = new Follower({ journal, source, base: "", withheld: [], limits, schemaInterval: 0 });
const running = follower.run(new AbortController().signal);
while (follower.status().state !== "live") await Bun.sleep(2);
process.stdout.write("live\n");
await running;
