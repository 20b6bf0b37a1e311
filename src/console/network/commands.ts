import type { Commands } from "../module.ts";
import type { network } from "./declaration.ts";
import { addressList, deviceDetail, deviceList, deviceOf, moduleList, vlanList } from "./devices.ts";
import { history } from "./history.ts";
import { cancel, enqueue, jobList, oneJob, queue, watch, writePort } from "./jobs.ts";
import { neighbourList, portDetail, portList } from "./ports.ts";
import { locate } from "./where.ts";

export const commands: Commands<typeof network> = {
  devices: async (options, { store }) => deviceList(await store(), options),
  device: async ({ device }, { store }) => deviceDetail(await store(), device),
  ports: async (options, { store }) => portList(await store(), options),
  port: async (options, { store }) => portDetail(await store(), options),
  neighbours: async ({ device, at }, { store }) =>
    neighbourList(await store(), await deviceOf(await store(), device), at),
  modules: async ({ device }, { store }) => moduleList(await store(), device),
  addresses: async ({ device }, { store }) => addressList(await store(), device),
  vlans: async ({ device }, { store }) => vlanList(await store(), device),
  history: async (options, { store }) => history(await store(), options),
  where: async ({ search, at }, { store }) => locate(await store(), search, at),
  jobs: async (options, { store }) => jobList(await store(), options),
  job: async ({ id }, { store }) => oneJob(await store(), id),
  queue: async (_, { store }) => queue(await store()),
  watch: async ({ id }, context) => watch(await context.store(), id, context),
  enqueue: async (options, context) => enqueue(await context.store(), options, context),
  cancel: async ({ id }, { store, user }) => cancel(await store(), id, user.name),
  portcontrol: async ({ action, ...options }, context) =>
    writePort(await context.store(), { ...options, action: "portcontrol", extra: action }, context),
  portname: async ({ name, ...options }, context) =>
    writePort(await context.store(), { ...options, action: "portname", extra: name, force: false }, context),
};
