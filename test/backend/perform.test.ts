import { describe, expect, test } from "bun:test";
import type { Action, JobRequest, Tools } from "../../src/backend/action.ts";
import { parseActions, requestsFor } from "../../src/backend/foreground.ts";
import { actionNamed, performAction, stagesFor } from "../../src/backend/perform.ts";
import { Problem } from "../../src/problem.ts";

const request: JobRequest = {
  action: "test",
  stage: "",
  device: "192.0.2.1",
  port: "",
  extra: "",
  force: false,
  username: "",
  userip: "",
};
const tools = {} as Tools;
const live = new AbortController().signal;

/** An action whose stages write down that they ran; `replies` says what some of them answer. */
function recorder(ran: string[], replies: Record<string, () => unknown> = {}): Action {
  const stage = (name: string, phase: Action["stages"][number]["phase"], needs: string[] = [], objects?: string[]) => ({
    name,
    phase,
    help: "",
    needs,
    ...(objects ? { objects: () => objects } : {}),
    run: () => {
      ran.push(name);
      return replies[name]?.() as never;
    },
  });
  return {
    name: "test",
    help: "",
    wants: "device",
    state: () => ({}),
    end: () => ran.push("end"),
    read: async (_context, _state, objects) => {
      ran.push(`read ${objects.join(" ")}`);
      return replies.read?.() as never;
    },
    stages: [
      stage("hooks", "late", ["rows"]),
      stage("ports", "main", ["connect"], ["1", "2"]),
      stage("links", "main", ["ports"], ["3"]),
      stage("rows", "store", ["ports"]),
      stage("connect", "early"),
      stage("allowed", "check"),
    ],
  };
}

describe("an action", () => {
  test("runs its stages phase by phase, and reads once for all of them", async () => {
    const ran: string[] = [];
    const outcome = await performAction(recorder(ran), request, tools, live);
    expect(ran).toEqual(["allowed", "connect", "read 1 2 3", "ports", "links", "rows", "hooks", "end"]);
    expect(outcome.status).toBe("done");
  });

  test("of one stage brings along what it needs, its checks and the storing", async () => {
    const ran: string[] = [];
    await performAction(recorder(ran), { ...request, stage: "links" }, tools, live);
    expect(ran).toEqual(["allowed", "connect", "read 1 2 3", "ports", "links", "rows", "end"]);
    expect(() => stagesFor(recorder([]), "nosuch")).toThrow(/no stage nosuch; known: hooks, ports/);
  });

  test("ends with the first stage that says no", async () => {
    const ran: string[] = [];
    const replies = { allowed: () => ({ status: "info", message: "not due" }) };
    expect(await performAction(recorder(ran, replies), request, tools, live)).toEqual({
      status: "info",
      message: "not due",
    });
    expect(ran).toEqual(["allowed", "end"]);
  });

  test("that was done in part goes on, and does not end as done", async () => {
    const ran: string[] = [];
    const replies = {
      rows: () => ({ status: "error", partial: true, message: "cut off" }),
      hooks: () => ({ status: "done", message: "told" }),
    };
    const outcome = await performAction(recorder(ran, replies), request, tools, live);
    expect(outcome).toMatchObject({ status: "error", message: "cut off" });
    expect(ran.slice(-2)).toEqual(["hooks", "end"]);
  });

  test("whose device does not answer is put off; other problems are errors; a defect is thrown", async () => {
    const ends = async (problem: Problem) => {
      const fail = () => {
        throw problem;
      };
      return performAction(recorder([], { connect: fail }), request, tools, live);
    };
    expect(await ends(new Problem("unavailable", "no answer"))).toEqual({ status: "defer", message: "no answer" });
    expect(await ends(new Problem("forbidden", "read-only"))).toEqual({ status: "error", message: "read-only" });
    expect(ends(new Problem("internal", "oops"))).rejects.toMatchObject({ code: "internal" });
  });

  test("that is cancelled says so, and frees what it holds", async () => {
    const ran: string[] = [];
    const stop = new AbortController();
    const replies = { connect: () => stop.abort(new Problem("cancelled", "by hand")) };
    await expect(performAction(recorder(ran, replies), request, tools, stop.signal)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(ran).toEqual(["allowed", "connect", "end"]);
  });

  test("without the device or parameter it wants is refused before anything runs", async () => {
    const ran: string[] = [];
    const without = { ...request, device: "" };
    await expect(performAction(recorder(ran), without, tools, live)).rejects.toMatchObject({ code: "usage" });
    const wanting = { ...recorder(ran), extra: "required: up or down" };
    await expect(performAction(wanting, request, tools, live)).rejects.toMatchObject({ code: "usage" });
    expect(ran).toEqual([]);
  });
});

describe("what is asked for", () => {
  const common = { port: "", extra: "", force: false, username: "", userip: "" };

  test("is checked before anything is begun or queued", () => {
    const wrong = (words: string, more = {}) => {
      expect(() => requestsFor(parseActions([words]), ["192.0.2.1"], { ...common, ...more })).toThrow(Problem);
    };
    for (const words of ["discover::nosuch", "nosuch", "discover::system::x", "discover::", "portname", "renumber"]) {
      wrong(words);
    }
    wrong("portcontrol", { extra: "up" });
    wrong("discover,portcontrol", { port: "1" });
    expect(requestsFor(parseActions(["discover::neighbors,macsuck"]), ["a", "b"], common)).toHaveLength(2);
  });

  test("a stage of discover alone stores with the device who it is; a check or the connection alone stores nothing", () => {
    const names = (stage: string) => stagesFor(actionNamed("discover"), stage).map(({ name }) => name);
    expect(names("neighbors")).toEqual([
      ...["allowed", "connect", "system", "interfaces", "neighbors", "identity", "rows"],
    ]);
    expect(names("connect")).toEqual(["allowed", "connect"]);
    expect(names("hooks")).toEqual(["allowed", "connect", "system", "interfaces", "identity", "rows", "hooks"]);
  });
});
