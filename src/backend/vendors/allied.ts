/** Allied Telesis AlliedWare Plus. Chassis, line cards and power supplies stand in one table of boards. */
import { allied as mib } from "../../snmp/mib/vendor.ts";
import type { Tables } from "../../snmp/tables.ts";
import { parts, text } from "../device/cells.ts";
import { modelOf } from "./models.ts";
import { moduleOf, scalars, type Vendor, within } from "./vendor.ts";

const boards = (tables: Tables) =>
  [...tables.rows(mib.rscBoardName)].map(([index, name]) => ({
    place: parts(index),
    name: text(name),
    serial: text(tables.value(mib.rscBoardSerialNumber, index)),
  }));

export const allied: Vendor = {
  name: "allied",
  matches: ({ enterprise, description }) => enterprise === 207 && /AW\+|AlliedWare Plus/.test(description),
  objects: [...scalars(mib.currSoftVersion), mib.rscBoardName, mib.rscBoardSerialNumber],
  system(tables, about) {
    const model = modelOf(about.objectId);
    const own = boards(tables).filter(({ name }) => model !== "" && name === model);
    return {
      vendor: "allied",
      os: "alliedware plus",
      os_ver: text(tables.value(`${mib.currSoftVersion}.0`)) || within(about, /\bv(\d[\w.-]*)/),
      serial: own[0]?.serial ?? "",
    };
  },
  moduleObjects: [mib.rscBoardName, mib.rscBoardSerialNumber],
  modules: (tables) =>
    boards(tables).map(({ place: [member = 0, board = 0], name, serial }) =>
      moduleOf({
        index: member * 1000 + board,
        description: name,
        model: name,
        serial,
        class: "module",
        pos: board,
        parent: 0,
      }),
    ),
};
