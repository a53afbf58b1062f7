import {
  applicationsRoutes,
  filesRoutes,
  jobsRoutes,
  runsRoutes,
  shellRoutes,
  tokensRoutes,
  triggersRoutes,
} from "@sluice/api";
import { ask, clientOf, type Person, siteOfServer } from "../site.ts";

/** What somebody has, as paths name it. */
export interface Things {
  /** By the names of path parameters. */
  readonly words: Readonly<Record<string, string>> & { readonly job: string };
  /** A private file, and a folder that is the owner's alone. */
  readonly file: string;
  readonly folder: string;
  /** Takes all of it away. */
  remove(): Promise<void>;
}

const cluster = "demo";

/**
 * Makes one of each kind of thing: a file, an upload, a waiting job, a draft of an application, a
 * draft of a run with an input, a trigger, a token and a terminal. The secret is in each that has
 * words; the job has the name.
 */
export async function makeThings(
  person: Person & ("ada" | "ben"),
  secret: string,
  jobName: string,
): Promise<Things> {
  const client = clientOf(person);
  const head = siteOfServer().cluster;
  const folder = `/home/${person}/probed`;
  const file = `${folder}/private`;
  await head.ok(person, `umask 077; mkdir -p ${folder}; echo ${secret} > ${file}`);
  const upload = await ask(
    `/api/v1/clusters/${cluster}/files/uploads?path=${encodeURIComponent(`${folder}/up`)}`,
    person,
    { method: "POST", headers: { "upload-length": "9", "tus-resumable": "1.0.0" } },
  );
  const location = new URL(upload.headers.get("location") ?? "", "http://x");
  const { jobId } = await client.call(jobsRoutes.submitJob, {
    params: { cluster },
    body: {
      script: `#!/bin/sh\n# ${secret}\n`,
      options: [
        ...["--hold", "--partition=burst", `--job-name=${jobName}`, `--comment=${jobName}`],
        `--chdir=${folder}`,
      ],
    },
  });
  const application = `probed-${person}`;
  const text = `Name: ${application}\nTitle: ${secret}\nFields: []\nScript: |\n  #!/bin/sh\n  # ${secret}\n`;
  await client.call(applicationsRoutes.saveApplication, { body: { text } });
  const run = await client.call(runsRoutes.createRun, {
    body: { application: "script", cluster, name: secret, draft: true, values: {} },
  });
  await client.call(runsRoutes.uploadRunInput, {
    params: { run: run.id, name: "input" },
    content: secret,
  });
  const trigger = await client.call(triggersRoutes.createTrigger, {
    body: {
      ...{ name: secret, cluster, application: "script", values: { script: file } },
      source: { kind: "web-hook" },
    },
  });
  const token = await client.call(tokensRoutes.createToken, {
    body: { name: secret, expiresInDays: 1, scopes: ["metrics:read"] },
  });
  const terminal = await client.call(shellRoutes.openTerminal, { params: { cluster }, body: {} });
  return {
    file,
    folder,
    words: {
      application,
      run: run.id,
      trigger: trigger.id,
      token: token.id,
      terminal: terminal.id,
      job: `${jobId}`,
      job_id: `${jobId}`,
      upload: location.pathname.split("/").at(-1) ?? "",
      name: "input",
    },
    remove: async () => {
      const shell = { params: { cluster, terminal: terminal.id } };
      await client.call(shellRoutes.endTerminal, shell);
      await client.call(tokensRoutes.revokeToken, { params: { token: token.id } });
      await client.call(triggersRoutes.removeTrigger, { params: { trigger: trigger.id } });
      await client.call(runsRoutes.deleteRun, { params: { run: run.id } });
      await client.call(applicationsRoutes.deleteApplication, { params: { application } });
      const query = { path: folder, recursive: "true" };
      await client.call(filesRoutes.removeFile, { params: { cluster }, query });
      await head.ok("root", `scancel --user=${person}`);
    },
  };
}
