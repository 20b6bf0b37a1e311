/** LOCAL_USERS and LOCAL_GROUPS: passwd(5) and group(5), never shadow. */
import type { Row } from "../../inventory/document.ts";
import { type Collector, row } from "./collector.ts";

export interface AccountSource {
  passwd: string;
  group: string;
}

const lines = (text: string, fields: number) =>
  text
    .split("\n")
    // "+" and "-" begin NIS entries, which name no local account.
    .filter((line) => !/^[#+-]|^$/.test(line))
    .map((line) => line.split(":"))
    .filter((values) => values.length >= fields);

export function parsePasswd(text: string): Row[] {
  return lines(text, 7).map(([login, , uid, gid, gecos, home, shell]) =>
    row({ LOGIN: login, NAME: gecos?.split(",")[0], ID_USER: uid, GID: gid, HOME: home, SHELL: shell }),
  );
}

/** Members are those the group lists and those whose first group it is. */
export function parseGroup(text: string, passwd: string): Row[] {
  const primary = Map.groupBy(lines(passwd, 7), (values) => values[3]);
  return lines(text, 4).map(([name, , gid, members]) => {
    const first = (primary.get(gid) ?? []).map((values) => values[0] as string);
    const all = new Set([...first, ...(members ?? "").split(",").filter((member) => member !== "")]);
    return row({ NAME: name, ID_GROUP: gid, MEMBER: [...all].join(",") });
  });
}

export const accounts: Collector<AccountSource> = {
  sections: ["LOCAL_USERS", "LOCAL_GROUPS"],
  async read(reader) {
    return { passwd: (await reader.file("/etc/passwd")) ?? "", group: (await reader.file("/etc/group")) ?? "" };
  },
  parse: ({ passwd, group }) => ({
    sections: { LOCAL_USERS: parsePasswd(passwd), LOCAL_GROUPS: parseGroup(group, passwd) },
  }),
};
