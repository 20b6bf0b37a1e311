import { beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { managedLink, ResolvFile } from "../../../src/netconf/dns/file.ts";
import { mark, nothingBrought } from "../../../src/netconf/dns/merge.ts";
import { temporaryFolder } from "../../lab/folder.ts";

const lab = { servers: ["192.0.2.1"], search: ["lab.test"], options: [] };
const other = { servers: ["192.0.2.2"], search: [], options: ["edns0"] };
const before = "# mine\nnameserver 9.9.9.9\noptions rotate\n";

describe("a resolv.conf that Reeve owns", () => {
  let folder = "";
  let path = "";
  let file: ResolvFile;
  const again = () => new ResolvFile({ path, run: join(folder, "run"), state: join(folder, "state") });
  const text = (at = path) => readFileSync(at, "utf8");
  beforeEach(() => {
    folder = temporaryFolder("resolv");
    mkdirSync(join(folder, "etc"));
    path = join(folder, "etc", "resolv.conf");
    writeFileSync(path, before, { mode: 0o644 });
    file = again();
  });

  test("two interfaces together; when both have gone, what was there before is back", () => {
    file.set("eth0", lab);
    file.set("eth1", other);
    expect(text()).toBe(`${mark}\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch lab.test\noptions edns0\n`);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    file.set("eth0", nothingBrought);
    expect(text()).toBe(`${mark}\nnameserver 192.0.2.2\noptions edns0\n`);
    file.set("eth1", nothingBrought);
    expect(text()).toBe(before);
    expect(readdirSync(join(folder, "etc"))).toEqual(["resolv.conf"]);
  });

  test("the next process goes on with what this one knew", () => {
    file.set("eth0", lab);
    const next = again();
    next.set("eth1", other);
    expect(text()).toContain("nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
    again().set("eth0", nothingBrought);
    again().set("eth1", nothingBrought);
    expect(text()).toBe(before);
  });

  test("after a power cut ours is still there, and what was before it, too", () => {
    file.set("eth0", lab);
    rmSync(join(folder, "run"), { recursive: true });
    const next = again();
    next.set("eth1", other);
    expect(text()).toBe(`${mark}\nnameserver 192.0.2.2\noptions edns0\n`);
    next.set("eth1", nothingBrought);
    expect(text()).toBe(before);
  });

  test("somebody else's text in between is kept in place of the first, or left alone", () => {
    file.set("eth0", lab);
    writeFileSync(path, "nameserver 8.8.8.8\n");
    file.set("eth0", other);
    expect(text()).toContain("192.0.2.2");
    file.set("eth0", nothingBrought);
    expect(text()).toBe("nameserver 8.8.8.8\n");
    file.set("eth0", lab);
    writeFileSync(path, "nameserver 8.8.4.4\n");
    file.set("eth0", nothingBrought);
    expect(text()).toBe("nameserver 8.8.4.4\n");
  });

  test("there was none: there is none again", () => {
    rmSync(path);
    file.set("eth0", lab);
    expect(text()).toContain("192.0.2.1");
    file.set("eth0", nothingBrought);
    expect(existsSync(path)).toBe(false);
  });

  test("search domains alone leave the name servers that were there", () => {
    file.set("eth0", { servers: [], search: ["lab.test"], options: [] });
    expect(text()).toBe(`${mark}\nnameserver 9.9.9.9\nsearch lab.test\n`);
  });

  test("the same again is not written again", () => {
    file.set("eth0", lab);
    const { ino } = statSync(path);
    file.set("eth0", lab);
    expect(statSync(path).ino).toBe(ino);
  });

  test("a link of the site's own stays one: its target is written", () => {
    const target = join(folder, "elsewhere.conf");
    rmSync(path);
    writeFileSync(target, before);
    symlinkSync("../elsewhere.conf", path);
    file.set("eth0", lab);
    expect([readlinkSync(path), text(target).startsWith(mark)]).toEqual(["../elsewhere.conf", true]);
    file.set("eth0", nothingBrought);
    expect(text(target)).toBe(before);
  });

  test("a link to another manager's file is put aside, and put back", () => {
    const target = "/run/systemd/resolve/stub-resolv.conf";
    rmSync(path);
    symlinkSync(target, path);
    expect(managedLink(path)).toBe(target);
    file.set("eth0", lab);
    expect([lstatSync(path).isSymbolicLink(), text().startsWith(mark)]).toEqual([false, true]);
    file.set("eth0", nothingBrought);
    expect(readlinkSync(path)).toBe(target);
  });

  test("links in a circle", () => {
    rmSync(path);
    symlinkSync("resolv.conf.2", path);
    symlinkSync("resolv.conf", `${path}.2`);
    expect(managedLink(path)).toBeUndefined();
    file.set("eth0", lab);
    expect(text()).toContain("192.0.2.1");
    file.set("eth0", nothingBrought);
    expect(readlinkSync(path)).toBe("resolv.conf.2");
  });

  test("where nothing can be written, it is a problem, and the file is what it was", () => {
    // As on a read-only file system; root may write where modes forbid.
    rmSync(path);
    mkdirSync(path);
    expect(() => file.set("eth0", lab)).toThrow(expect.objectContaining({ code: "io" }));
    expect(statSync(path).isDirectory()).toBe(true);
  });
});
