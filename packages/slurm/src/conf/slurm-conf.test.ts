import type { MachineType } from "@sluice/model";
import { describe, expect, test } from "vitest";
import { renderCgroupConf, renderGresConf, renderSlurmdbdConf } from "./daemon-conf.ts";
import type { SlurmConfInput } from "./input.ts";
import { renderSlurmConf } from "./slurm-conf.ts";

const small: MachineType = {
  name: "sim.small",
  arch: "x86_64",
  vcpus: 2,
  threadsPerCore: 2,
  memoryMiB: 1024,
};
const gpu: MachineType = { ...small, name: "sim.gpu", vcpus: 8, gpus: { model: "a100", count: 4 } };

const input: SlurmConfInput = {
  clusterName: "demo",
  slurmVersion: "24.11",
  head: { hostName: "head", address: "10.0.0.1" },
  groups: [
    {
      queue: "cpu",
      computeResource: "s",
      kind: "static",
      prefix: "cpu-st-s-",
      count: 1,
      machineTypes: [small],
    },
    {
      queue: "cpu",
      computeResource: "s",
      kind: "dynamic",
      prefix: "cpu-dy-s-",
      count: 3,
      machineTypes: [small],
    },
    {
      queue: "gpu",
      computeResource: "g",
      kind: "static",
      prefix: "gpu-st-g-",
      count: 0,
      machineTypes: [small],
    },
    {
      queue: "gpu",
      computeResource: "g",
      kind: "dynamic",
      prefix: "gpu-dy-g-",
      count: 2,
      machineTypes: [small],
    },
  ],
  queues: [
    { name: "cpu", isDefault: true, exclusive: false },
    { name: "gpu", isDefault: false, exclusive: true },
  ],
  idleSeconds: 600,
  resumeTimeout: 300,
  suspendTimeout: 60,
  memoryScheduling: false,
  customSettings: [],
  traits: { slurmConf: {}, cgroupConf: {} },
  paths: {
    stateSave: "/state/slurmctld",
    slurmctldLog: "/var/log/slurm/slurmctld.log",
    slurmdLog: "/var/log/slurm/slurmd.log",
    slurmdSpool: "/var/spool/slurmd",
    jwtKey: "/state/jwt.key",
    hooks: {
      resume: "/hooks/resume",
      resumeFail: "/hooks/resume-fail",
      suspend: "/hooks/suspend",
      prologSlurmctld: "/hooks/prolog",
    },
  },
  accounting: { host: "head" },
};

const lines = (changes: Partial<SlurmConfInput> = {}) =>
  renderSlurmConf({ ...input, ...changes }).split("\n");
const values = (key: string, changes: Partial<SlurmConfInput> = {}) =>
  lines(changes).filter((line) => line.toLowerCase().startsWith(`${key.toLowerCase()}=`));
const unsafe = expect.objectContaining({ code: "SLURM_CONF_UNSAFE" });

describe("slurm.conf", () => {
  test("for 24.11", () => {
    expect(renderSlurmConf(input)).toMatchInlineSnapshot(`
      "# Written by Sluice from the cluster file; changes made here are lost.
      ClusterName=demo
      SlurmctldHost=head(10.0.0.1)
      SlurmUser=slurm
      AuthType=auth/munge
      AuthAltTypes=auth/jwt
      AuthAltParameters=jwt_key=/state/jwt.key
      AuthInfo=cred_expire=30
      StateSaveLocation=/state/slurmctld
      FirstJobId=1
      SlurmctldLogFile=/var/log/slurm/slurmctld.log
      SlurmdLogFile=/var/log/slurm/slurmd.log
      SlurmdSpoolDir=/var/spool/slurmd
      SlurmctldParameters=enable_configless,idle_on_node_suspend,power_save_interval=1,node_reg_mem_percent=75,CONMGR_THREADS=8
      CommunicationParameters=keepalivetime=10,keepaliveinterval=10,keepaliveprobes=30
      TreeWidth=65533
      ReconfigFlags=KeepPartState
      DisableRootJobs=YES
      PrivateData=cloud
      DebugFlags=Power,NO_CONF_HASH
      ResumeProgram=/hooks/resume
      ResumeFailProgram=/hooks/resume-fail
      SuspendProgram=/hooks/suspend
      PrologSlurmctld=/hooks/prolog
      ResumeRate=0
      SuspendRate=0
      SuspendTime=600
      SuspendTimeout=60
      ResumeTimeout=300
      SuspendExcNodes=cpu-st-s-1
      SuspendExcStates=DOWN,DRAIN
      SchedulerType=sched/backfill
      SchedulerParameters=nohold_on_prolog_fail,batch_sched_delay=0,bf_interval=2,bf_hetjob_immediate
      SelectType=select/cons_tres
      SelectTypeParameters=CR_CPU
      EnforcePartLimits=ALL
      JobRequeue=1
      ReturnToService=1
      SlurmctldTimeout=120
      SlurmdTimeout=180
      BatchStartTimeout=10
      MessageTimeout=30
      InactiveLimit=0
      KillWait=30
      MinJobAge=300
      UnkillableStepTimeout=180
      ProctrackType=proctrack/cgroup
      TaskPlugin=task/affinity,task/cgroup
      JobAcctGatherType=jobacct_gather/cgroup
      AccountingStorageType=accounting_storage/slurmdbd
      AccountingStorageHost=head
      AccountingStoragePort=6819
      AccountingStoreFlags=job_comment,job_extra,job_script

      NodeName=cpu-st-s-1 CPUs=2 RealMemory=972 State=CLOUD Feature=static,sim.small,s Weight=1
      NodeName=cpu-dy-s-[1-3] CPUs=2 RealMemory=972 State=CLOUD Feature=dynamic,sim.small,s Weight=1000
      NodeName=gpu-dy-g-[1-2] CPUs=2 Sockets=1 CoresPerSocket=1 ThreadsPerCore=2 RealMemory=972 State=CLOUD Feature=dynamic,sim.small,g Weight=1000

      PartitionName=cpu Nodes=cpu-st-s-1,cpu-dy-s-[1-3] MaxTime=INFINITE State=UP Default=YES
      PartitionName=gpu Nodes=gpu-dy-g-[1-2] MaxTime=INFINITE State=UP OverSubscribe=EXCLUSIVE
      "
    `);
  });

  test("on 22.05 asks for what later became the rule, and not for what came later", () => {
    const old = lines({ slurmVersion: "22.05" });
    expect(old.join("\n")).toMatch(/^CommunicationParameters=.*NoAddrCache/m);
    expect(old.join("\n")).toMatch(/^SlurmctldParameters=.*cloud_reg_addrs/m);
    expect(old.join("\n")).not.toMatch(/SuspendExcStates/);
    expect(old.join("\n")).not.toMatch(/CONMGR/);
    expect(lines().join("\n")).not.toMatch(/NoAddrCache|cloud_reg_addrs/);
    expect(lines({ slurmVersion: "25.05" }).join("\n")).not.toMatch(/CONMGR/);
  });

  test("never idle is not the SuspendTime that switches power saving off", () => {
    expect(values("SuspendTime", { idleSeconds: "never" })).toEqual(["SuspendTime=315360000"]);
  });

  test("a queue's own idle time is its partition's, and never is infinite there", () => {
    const partitions = (idleSeconds: number | "never") =>
      lines({ queues: input.queues.map((one) => (one.isDefault ? { ...one, idleSeconds } : one)) })
        .filter((line) => line.startsWith("PartitionName="))
        .map((line) => / SuspendTime=(\S+)/.exec(line)?.[1]);
    expect(partitions(30)).toEqual(["30", undefined]);
    expect(partitions("never")).toEqual(["INFINITE", undefined]);
    expect(values("SuspendTime", {})).toEqual(["SuspendTime=600"]);
  });

  test("custom settings override traits, which override ours, once and in any case", () => {
    const changes = {
      traits: { slurmConf: { TaskPlugin: "task/none", MessageTimeout: 5 }, cgroupConf: {} },
      customSettings: [{ messagetimeout: 99 }, { Epilog: "/opt/epilog" }],
    };
    expect(values("TaskPlugin", changes)).toEqual(["TaskPlugin=task/none"]);
    expect(values("MessageTimeout", changes)).toEqual(["MessageTimeout=99"]);
    expect(values("Epilog", changes)).toEqual(["Epilog=/opt/epilog"]);
  });

  test("parameters of a list join ours, and the cloud's", () => {
    const changes = {
      traits: { slurmConf: { SlurmdParameters: "config_overrides" }, cgroupConf: {} },
      customSettings: [{ slurmdparameters: "l3cache_as_socket" }, { PrivateData: "jobs,usage" }],
    };
    expect(values("SlurmdParameters", changes)).toEqual([
      "SlurmdParameters=config_overrides,l3cache_as_socket",
    ]);
    expect(values("PrivateData", changes)).toEqual(["PrivateData=cloud,jobs,usage"]);
  });

  test("a node may take five message timeouts to kill a step", () => {
    const customSettings = [{ MessageTimeout: 60 }];
    expect(values("UnkillableStepTimeout", { customSettings })).toEqual([
      "UnkillableStepTimeout=300",
    ]);
  });

  test("scheduler parameters join ours, and replace those of their name", () => {
    const [line] = lines({
      customSettings: [{ schedulerparameters: "bf_interval=60,defer" }],
    }).filter((text) => /^schedulerparameters=/i.test(text));
    expect(line).toBe(
      "SchedulerParameters=nohold_on_prolog_fail,batch_sched_delay=0,bf_hetjob_immediate,bf_interval=60,defer",
    );
  });

  test("a custom map about a node is a line", () => {
    const customSettings = [
      { NodeName: "gpu-dy-g-1", Weight: 5 },
      { NodeName: "b", CPUs: 1 },
    ];
    const all = lines({ customSettings });
    expect(all).toContain("NodeName=gpu-dy-g-1 Weight=5");
    expect(all).toContain("NodeName=b CPUs=1");
  });

  test("a line says first what it is about, and no machine of ours is a node of one's own", () => {
    const customSettings = [
      { CPUs: 1, nodename: "b[1-2]" },
      { NodeName: "DEFAULT", Weight: 3 },
    ];
    expect(lines({ customSettings })).toContain("nodename=b[1-2] CPUs=1");
    expect(values("SuspendExcNodes", { customSettings })).toEqual([
      "SuspendExcNodes=cpu-st-s-1,b[1-2]",
    ]);
  });

  test("a file to include is named last, and without a folder", () => {
    expect(lines({ include: "own.conf" }).slice(-2)).toEqual(["include own.conf", ""]);
    for (const include of ["/etc/shadow", "../x", "a b", "a\nb", ""]) {
      expect(() => renderSlurmConf({ ...input, include })).toThrow(unsafe);
    }
  });

  test("a queue's and a compute resource's settings cannot rename them", () => {
    const [group] = input.groups;
    const [queue] = input.queues;
    if (group === undefined || queue === undefined) throw new Error("no input");
    const all = lines({
      groups: [{ ...group, customSettings: { nodename: "evil", weight: 7 } }],
      queues: [{ ...queue, customSettings: { PartitionName: "evil", MaxTime: "1:00:00" } }],
    });
    expect(all.filter((line) => line.includes("evil"))).toEqual([]);
    expect(all).toContain(
      "NodeName=cpu-st-s-1 CPUs=2 RealMemory=972 State=CLOUD Feature=static,sim.small,s Weight=7",
    );
    expect(all).toContain(
      "PartitionName=cpu Nodes=cpu-st-s-1 MaxTime=1:00:00 State=UP Default=YES",
    );
  });

  test("memory, one CPU a core, and memory as a resource", () => {
    const [group] = input.groups;
    if (group === undefined) throw new Error("no input");
    const all = lines({
      groups: [{ ...group, schedulableMemoryMiB: 700, multithreading: false }],
      memoryScheduling: true,
    });
    expect(all.find((line) => line.startsWith("NodeName="))).toMatch(
      / CPUs=1 Sockets=1 CoresPerSocket=1 ThreadsPerCore=1 RealMemory=700 /,
    );
    expect(all).toContain("SelectTypeParameters=CR_CPU_Memory");
  });

  test("GPUs are nodes', the scheduler's and the accounting's", () => {
    const groups = input.groups.map((group) => ({ ...group, machineTypes: [gpu] }));
    const all = lines({ groups }).join("\n");
    expect(all).toMatch(/^GresTypes=gpu$/m);
    expect(all).toMatch(/^AccountingStorageTRES=gres\/gpu$/m);
    expect(all).toMatch(/^NodeName=gpu-dy-g-\[1-2\] .* Gres=gpu:a100:4$/m);
    expect(renderGresConf(groups)).toContain(
      "NodeName=gpu-dy-g-[1-2] Name=gpu Type=a100 File=/dev/nvidia[0-3]\n",
    );
    expect(renderGresConf(input.groups)).toBeUndefined();
  });

  test.each([
    { Epilog: "/a\nSlurmUser=root" },
    { Epilog: "/a\r/b" },
    { Epilog: "/a\u2028b" },
    { Epilog: '"' },
    { Epilog: '/a" "b' },
    { Epilog: "" },
    { "Epilog=/a\nX": "b" },
    { "Include /etc/shadow": "b" },
    { include: "/etc/shadow" },
  ])("refuses %j", (settings: Record<string, string>) => {
    expect(() => renderSlurmConf({ ...input, customSettings: [settings] })).toThrow(unsafe);
  });

  test("what has a meaning in slurm.conf is escaped", () => {
    const customSettings = [{ MailDomain: "a # b\\" }, { Epilog: "/a#b" }];
    expect(values("MailDomain", { customSettings })).toEqual(['MailDomain="a \\# b\\\\"']);
    expect(values("Epilog", { customSettings })).toEqual(["Epilog=/a\\#b"]);
  });

  test("a blank in a value does not begin another setting", () => {
    const [queue] = input.queues;
    if (queue === undefined) throw new Error("no input");
    const queues = [{ ...queue, customSettings: { QOS: "a State=DOWN" } }];
    expect(values("PartitionName", { queues })[0]).toContain('QOS="a State=DOWN"');
  });
});

test("cgroup.conf", () => {
  const traits = { slurmConf: {}, cgroupConf: { CgroupPlugin: "cgroup/v1" } };
  expect(renderCgroupConf({ memoryScheduling: true, traits })).toMatchInlineSnapshot(`
    "# Written by Sluice from the cluster file; changes made here are lost.
    ConstrainCores=yes
    ConstrainRAMSpace=yes
    CgroupPlugin=cgroup/v1
    "
  `);
});

test("slurmdbd.conf", () => {
  const storage = {
    host: "localhost",
    database: "slurm_acct_db",
    user: "slurm",
    password: "s3cret",
  };
  const dbd = {
    host: "head",
    storage,
    logFile: "/var/log/slurm/slurmdbd.log",
    jwtKey: "/state/jwt.key",
  };
  expect(renderSlurmdbdConf(dbd)).toMatchInlineSnapshot(`
    "# Written by Sluice from the cluster file; changes made here are lost.
    DbdHost=head
    DbdPort=6819
    SlurmUser=slurm
    AuthType=auth/munge
    AuthAltTypes=auth/jwt
    AuthAltParameters=jwt_key=/state/jwt.key
    LogFile=/var/log/slurm/slurmdbd.log
    StorageType=accounting_storage/mysql
    StorageHost=localhost
    StorageLoc=slurm_acct_db
    StorageUser=slurm
    StoragePass="s3cret"
    "
  `);
  const refused = () => renderSlurmdbdConf({ ...dbd, storage: { ...storage, password: 'a"b' } });
  expect(refused).toThrow(unsafe);
  expect(refused).not.toThrow(/a"b|a\\"b/);
});
