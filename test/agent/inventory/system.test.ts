import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { system, type VirtualSource, virtualSystem } from "../../../src/agent/inventory/system.ts";
import { fakeReader } from "./fake-reader.ts";

const physical: VirtualSource = {
  systemdContainer: undefined,
  dockerEnv: false,
  containerEnv: false,
  cgroup: "0::/init.scope",
  dmi: "Dell Inc.\nPowerEdge R660",
  hypervisorType: undefined,
  dom0: false,
  clockSources: "tsc hpet acpi_pm",
  deviceTree: undefined,
  cpuinfo: "flags\t: fpu lm\n",
};

describe("virtualSystem", () => {
  const cases: [string, Partial<VirtualSource>][] = [
    ["Physical", {}],
    ["Docker", { dockerEnv: true }],
    ["Podman", { systemdContainer: "podman" }],
    ["lxc", { systemdContainer: "lxc" }],
    ["systemd-nspawn", { systemdContainer: "systemd-nspawn" }],
    ["Container", { systemdContainer: "something" }],
    ["Docker", { cgroup: "12:devices:/docker/0123" }],
    ["Container", { cgroup: "0::/kubepods.slice/pod1" }],
    ["VMware", { dmi: "VMware, Inc.\nVMware Virtual Platform" }],
    ["VirtualBox", { dmi: "innotek GmbH\nVirtualBox" }],
    ["KVM", { dmi: "Red Hat\nKVM" }],
    ["QEMU", { dmi: "QEMU\nStandard PC (Q35 + ICH9, 2009)" }],
    ["Hyper-V", { dmi: "Microsoft Corporation\nVirtual Machine" }],
    ["Physical", { dmi: "Microsoft Corporation\nSurface Laptop 5" }],
    ["Xen", { hypervisorType: "xen" }],
    ["Physical", { hypervisorType: "xen", dom0: true }],
    ["KVM", { clockSources: "tsc kvm-clock" }],
    ["KVM", { deviceTree: "linux,kvm" }],
    ["Virtual Machine", { cpuinfo: "flags\t\t: fpu hypervisor lm\n" }],
  ];
  for (const [expected, found] of cases)
    it(`says ${expected} for ${JSON.stringify(found)}`, () => {
      assert.equal(virtualSystem({ ...physical, ...found }), expected);
    });
});

describe("the collector", () => {
  it("describes the system", async () => {
    const reader = fakeReader({
      files: {
        "/proc/sys/kernel/hostname": "web1.example.org\n",
        "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
        "/proc/sys/kernel/version": "#1 SMP Debian 6.1.76-1\n",
        "/etc/os-release": 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian \\"12\\""\n',
        "/proc/meminfo": "MemTotal:       24681472 kB\nSwapTotal:             0 kB\n",
      },
    });
    assert.deepEqual(system.parse(await system.read(reader)).sections.HARDWARE, [
      {
        NAME: "web1",
        OSNAME: 'Debian "12"',
        OSVERSION: "6.1.0-18-amd64",
        OSCOMMENTS: "#1 SMP Debian 6.1.76-1",
        MEMORY: 24_103,
        SWAP: 0,
        ARCH: "x86_64",
        DESCRIPTION: "x86_64",
        VMSYSTEM: "Physical",
      },
    ]);
  });
});
