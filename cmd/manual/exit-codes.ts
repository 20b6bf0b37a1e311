/** The exit codes, as the manual and docs/exit-codes.md tell them: the table of src/problem.ts by number. */
import { problemCodes } from "../../src/problem.ts";

interface ExitCode {
  exit: number;
  meanings: { code: string; meaning: string; http: number; umcp: number }[];
}

export function exitCodes(): ExitCode[] {
  const byNumber = new Map<number, ExitCode>();
  for (const [code, { exit, meaning, http, umcp }] of Object.entries(problemCodes)) {
    const entry = byNumber.get(exit) ?? { exit, meanings: [] };
    entry.meanings.push({ code, meaning, http, umcp });
    byNumber.set(exit, entry);
  }
  return [...byNumber.values()].sort((a, b) => a.exit - b.exit);
}

/** docs/exit-codes.md, whole. */
export function exitCodesMarkdown(): string {
  const rows = exitCodes().flatMap(({ exit, meanings }) =>
    meanings.map(({ code, meaning, http, umcp }) => `| ${exit} | \`${code}\` | ${meaning} | ${http} | ${umcp} |`),
  );
  return `# Exit codes

Every command of \`reeve\` ends with 0 when it did what it was asked, else with one of these numbers. The code in the
second column is the same error in a log, in an answer over HTTP and in a UMCP response. Most numbers are those of
sysexits(3).

| exit code | code | meaning | HTTP | UMCP |
|---|---|---|---|---|
${rows.join("\n")}

Made by \`reeve manual --exit-codes\`.
`;
}
