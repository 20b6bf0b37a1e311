/** The console in a real browser. One daemon and one Chromium serve all suites, which leave each other's hosts alone. */
import { afterAll } from "bun:test";
import { closeSite } from "./browser.ts";
import "./suite/pages.ts";
import "./suite/session.ts";
import "./suite/hosts.ts";
import "./suite/host.ts";
import "./suite/module.ts";
import "./suite/network.ts";
import "./suite/directory.ts";
import "./suite/interfaces.ts";
import "./suite/without-script.ts";

afterAll(closeSite);
