import { z } from "zod";
import { hostSortKeys } from "../../inventory/host.ts";
import { declareModule } from "../module.ts";

const id = z.int().min(1);
const ids = z.array(id).min(1).max(1000).describe("Numbers of hosts");
const search = z.string().max(200).optional();
const descending = z.boolean().default(false).describe("Largest first");
const offset = z.int().min(0).default(0).describe("How many to skip");
const sectionName = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, "a section is named in capitals, as in OCS: SOFTWARES");

export const inventory = declareModule({
  id: "inventory",
  name: "Hosts",
  summary: "Machines that report their hardware, software, disks and network",
  icon: "server",
  categories: ["machines"],
  home: "/hosts",
  singleton: true,
  commands: {
    query: {
      summary: "Hosts that match",
      access: "user",
      get: true,
      options: z.strictObject({
        search: search.describe(
          "Words that must all occur in name, address, serial number, tag, user, system or model; software:NAME asks for a package",
        ),
        sort: z.enum(hostSortKeys).default("name"),
        descending,
        limit: z.int().min(1).max(1000).default(50).describe("How many at most"),
        offset,
      }),
    },
    get: {
      summary: "One host with a list of its sections",
      access: "user",
      get: true,
      options: z.strictObject({ id }),
    },
    section: {
      summary: "Rows of one section of a host",
      access: "user",
      get: true,
      options: z.strictObject({
        id,
        section: sectionName.describe("OCS name, e.g. SOFTWARES"),
        search: search.describe("Words that must all occur in the row"),
        sort: z
          .string()
          .regex(/^[A-Z][A-Z0-9_]{0,63}$/, "a field is named in capitals, as in OCS: NAME")
          .optional(),
        descending,
        limit: z.int().min(1).max(5000).default(50).describe("How many at most"),
        offset,
      }),
    },
    delete: {
      summary: "Forget hosts with all they reported; one that reports again is a new host",
      access: "administrator",
      changes: true,
      options: z.strictObject({ ids }),
    },
    merge: {
      summary: "Make one host of two that are the same machine",
      access: "administrator",
      changes: true,
      options: z.strictObject({
        from: id.describe("Number of the host that goes; its agent's next report is taken as the other's"),
        into: id.describe("Number of the host that stays; the newer inventory of the two is kept"),
      }),
    },
    acknowledge: {
      summary: "Say that hosts seen for the first time are known",
      access: "administrator",
      changes: true,
      options: z.strictObject({ ids }),
    },
  },
});
