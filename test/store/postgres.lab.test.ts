import { postgresOrSkip } from "../lab/postgres.ts";
import { runSuites } from "./suite/subject.ts";

const lab = await postgresOrSkip();
if (lab !== undefined) runSuites("PostgreSQL", async () => lab.socketUrl(await lab.createDatabase()));
