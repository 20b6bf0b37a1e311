/** A Reeve that starts a DHCP client and is killed: `bun starter.ts SUPPLIER OPTIONS` prints the client's record, and waits. */

import type { SupplierName } from "../../../src/netconf/dhcp/supplier.ts";
import { supplierOf } from "../../../src/netconf/dhcp/suppliers.ts";

const [name = "", options = ""] = process.argv.slice(2);
const client = await supplierOf(name as SupplierName)?.start(JSON.parse(options));
process.stdout.write(`${JSON.stringify(client?.record)}\n`);
setInterval(() => undefined, 1000);
