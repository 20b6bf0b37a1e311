/** Foundry, Brocade and Ruckus ICX with IronWare (FastIron). They have no ENTITY-MIB, but a table of modules. */
import { foundry as mib } from "../../snmp/mib/vendor.ts";
import { numbered, text } from "../device/cells.ts";
import { fans, moduleOf, scalars, type Vendor, within } from "./vendor.ts";

const states = ["", "other", "normal", "failure"];

export const foundry: Vendor = {
  name: "foundry",
  matches: ({ enterprise }) => enterprise === 1991,
  objects: [
    ...scalars(mib.snChasSerNum, mib.snAgImgVer),
    mib.snChasPwrSupplyDescription,
    mib.snChasPwrSupplyOperStatus,
    mib.snChasFanOperStatus,
  ],
  system(tables, about) {
    const [one, two] = [...tables.rows(mib.snChasPwrSupplyDescription)].map(([index, description]) => ({
      type: text(description),
      state: states[Number(tables.value(mib.snChasPwrSupplyOperStatus, index))] ?? "",
    }));
    const fan = [...tables.rows(mib.snChasFanOperStatus).values()].map((state) => states[Number(state)] ?? "");
    const maker = within(about, /^(Foundry|Brocade|Ruckus)/i).toLowerCase();
    return {
      vendor: maker || "brocade",
      os: "ironware",
      os_ver: text(tables.value(`${mib.snAgImgVer}.0`)) || within(about, /\bIronWare Version\s+V?(\S+)/),
      model: within(about, /\b((?:ICX|FCX|FWS|FLS|FES|FGS|SX|FESX|TI|MLX|XMR|CER|CES|NI)[\w-]*\d[\w-]*)\b/),
      serial: text(tables.value(`${mib.snChasSerNum}.0`)),
      ps1_type: one?.type ?? "",
      ps1_status: one?.state ?? "",
      ps2_type: two?.type ?? "",
      ps2_status: two?.state ?? "",
      fan: fans(fan),
    };
  },
  moduleObjects: [
    ...scalars(mib.snChasSerNum),
    mib.snAgentConfigModuleDescription,
    mib.snAgentConfigModuleSerialNumber,
  ],
  modules(tables) {
    const chassis = text(tables.value(`${mib.snChasSerNum}.0`));
    const found = [...numbered(tables, mib.snAgentConfigModuleDescription)].map(([slot, description]) => ({
      slot,
      description: text(description),
      serial: text(tables.value(mib.snAgentConfigModuleSerialNumber, String(slot))),
    }));
    const base = found.find(({ serial }) => serial !== "" && serial === chassis);
    return found.map(({ slot, description, serial }) =>
      moduleOf({
        index: 100 + slot,
        description,
        serial,
        class: slot === base?.slot ? "chassis" : "module",
        parent: base === undefined || slot === base.slot ? 0 : 100 + base.slot,
        pos: slot,
        model: /^(\S+)/.exec(description)?.[1] ?? "",
      }),
    );
  },
};
