import { postgresOrSkip } from "../../lab/postgres.ts";
import { networkCommands } from "./suite.ts";

const lab = await postgresOrSkip();
if (lab !== undefined) networkCommands("PostgreSQL", async () => lab.socketUrl(await lab.createDatabase()));
