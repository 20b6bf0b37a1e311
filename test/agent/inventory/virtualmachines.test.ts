import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { docker, parseContainers, podman } from "../../../src/agent/inventory/containers.ts";
import { libvirt, parseDomain, parseVirshList } from "../../../src/agent/inventory/libvirt.ts";
import { lxc, parseLxcLs } from "../../../src/agent/inventory/lxc.ts";
import { parseVboxList, virtualbox } from "../../../src/agent/inventory/virtualbox.ts";
import { parseXlList, xen } from "../../../src/agent/inventory/xen.ts";
import { Problem } from "../../../src/problem.ts";
import { fakeReader } from "./fake-reader.ts";

const virshList = ` Id   Name          State
------------------------------
 1    web           running
 -    my old box    shut off
 3    odd           no state
`;

describe("libvirt", () => {
  const domain =
    "<domain type='kvm' id='1'><uuid>u-1</uuid><memory unit='MiB'>2048</memory><vcpu placement='static'>2</vcpu></domain>";
  const machine = { files: { "/run/libvirt/libvirt-sock": "" } };

  it("lists names with blanks", () => {
    assert.deepEqual(parseVirshList(virshList), [
      { name: "web", status: "running" },
      { name: "my old box", status: "off" },
    ]);
  });

  it("reads sizes in their units", () => {
    assert.deepEqual(parseDomain(domain), { uuid: "u-1", vcpu: 2, memory: 2048, type: "kvm" });
    assert.equal(parseDomain("<domain><memory>1048576</memory></domain>").memory, 1024);
    assert.equal(parseDomain("<domain><memory unit='parsec'>1</memory></domain>").memory, undefined);
  });

  it("joins the list and each machine's description; a broken one keeps its row", async () => {
    const reader = fakeReader({
      ...machine,
      programs: {
        "virsh --readonly list --all": virshList,
        "virsh --readonly dumpxml --domain web": domain,
        "virsh --readonly dumpxml --domain my old box": "<domain",
      },
    });
    const { sections, incomplete } = libvirt.parse(await libvirt.read(reader));
    assert.deepEqual(sections.VIRTUALMACHINES, [
      { NAME: "web", STATUS: "running", SUBSYSTEM: "libvirt", VMTYPE: "kvm", UUID: "u-1", VCPU: 2, MEMORY: 2048 },
      { NAME: "my old box", STATUS: "off", SUBSYSTEM: "libvirt", VMTYPE: "libvirt" },
    ]);
    assert.equal(incomplete?.length, 1);
  });

  it("is asked only while it runs, and tells when it does not answer", async () => {
    const asleep = fakeReader({});
    await libvirt.read(asleep);
    assert.deepEqual(asleep.ran, []);
    const deaf = fakeReader({ ...machine, programs: { "virsh --readonly list --all": { status: 1 } } });
    await assert.rejects(libvirt.read(deaf), (error) => error instanceof Problem && error.code === "io");
  });
});

describe("docker and podman", () => {
  const id = "ab".repeat(32);
  const inspected = JSON.stringify([
    {
      Id: id,
      Name: "/web",
      State: { Status: "running", Running: true },
      Config: { Image: "nginx:1" },
      HostConfig: { Memory: 536_870_912, NanoCpus: 1_500_000_000 },
      NetworkSettings: {
        Networks: { a: { IPAddress: "172.18.0.2", MacAddress: "02:42:00:00:00:02" }, b: { IPAddress: "" }, c: null },
      },
    },
    { Id: "cd", Name: "idle", State: { Paused: true, Running: true } },
    {},
  ]);

  it("reads what inspect prints", () => {
    assert.deepEqual(parseContainers(inspected, "podman"), [
      {
        NAME: "web",
        STATUS: "running",
        VMTYPE: "podman",
        UUID: "abababababab",
        IMAGE: "nginx:1",
        MEMORY: 512,
        VCPU: 2,
        IPADDR: "172.18.0.2",
        MAC: "02:42:00:00:00:02",
      },
      { NAME: "idle", STATUS: "paused", VMTYPE: "podman", UUID: "cd" },
      { STATUS: "off", VMTYPE: "podman" },
    ]);
    assert.deepEqual(parseContainers("", "docker"), []);
    for (const text of ["{}", "null", "[", "error"])
      assert.throws(
        () => parseContainers(text, "docker"),
        (error) => error instanceof Problem && error.code === "protocol",
      );
  });

  it("asks a daemon that listens, once for the list and once for all", async () => {
    const silent = fakeReader({});
    assert.equal(await docker.read(silent), "");
    assert.equal(await podman.read(silent), "");
    assert.deepEqual(silent.ran, []);
    const reader = fakeReader({
      files: { "/run/docker.sock": "" },
      programs: {
        "docker container ls --all --quiet --no-trunc": `${id}\nwarning: --help\n`,
        [`docker container inspect ${id}`]: inspected,
      },
    });
    assert.equal(docker.parse(await docker.read(reader)).sections.VIRTUALMACHINES?.length, 3);
    assert.equal(reader.ran.length, 2);
  });
});

describe("lxc, xen and VirtualBox", () => {
  it("reads lxc-ls by its columns", () => {
    const text = `NAME     STATE   RAM      IPV4
web      RUNNING 45.00MB  10.0.3.5, 192.0.2.7
old-box  STOPPED -        -
`;
    assert.deepEqual(parseLxcLs(text), [
      { NAME: "web", STATUS: "running", VMTYPE: "lxc", MEMORY: 45, IPADDR: "10.0.3.5/192.0.2.7" },
      { NAME: "old-box", STATUS: "off", VMTYPE: "lxc" },
    ]);
    assert.deepEqual(parseLxcLs(""), []);
  });

  it("reads xl list, without the host", () => {
    const text = `Name                                        ID   Mem VCPUs\tState\tTime(s)  UUID Reason-Code\tSecurity Label
Domain-0                                     0  4096     4     r-----    1000.0 00000000-0000-0000-0000-000000000000 - none
web                                          3  2048     2     -b----      50.1 0004fb00-0006-0000-4acc-3678187fb85c - none
`;
    assert.deepEqual(parseXlList(text), [
      {
        NAME: "web",
        STATUS: "blocked",
        SUBSYSTEM: "xl",
        VMTYPE: "xen",
        MEMORY: 2048,
        VCPU: 2,
        UUID: "0004fb00-0006-0000-4acc-3678187fb85c",
      },
    ]);
  });

  it("reads VBoxManage's long list", () => {
    const text = `Name:            box
Guest OS:        Debian (64-bit)
UUID:            u-2
Memory size:     2048MB
Number of CPUs:  3
State:           saved (since 2024-01-01T00:00:00.000000000)

Shared folders:
Name: 'share', Host path: '/srv'
`;
    assert.deepEqual(parseVboxList(text), [
      {
        NAME: "box",
        STATUS: "off",
        SUBSYSTEM: "Oracle VM VirtualBox",
        VMTYPE: "virtualbox",
        UUID: "u-2",
        MEMORY: 2048,
        VCPU: 3,
        OPERATINGSYSTEM: "Debian (64-bit)",
      },
    ]);
  });

  it("runs none of them where they have nothing", async () => {
    const reader = fakeReader({});
    for (const collector of [lxc, xen, virtualbox]) assert.equal(await collector.read(reader), "");
    assert.deepEqual(reader.ran, []);
  });
});
