import type { ComponentType } from "react";
import type { RouteObject } from "react-router";
import { loaded } from "../frame/load.ts";

/** Each page is loaded when it is first gone to. */
function page(path: string, load: () => Promise<{ default: ComponentType }>): RouteObject {
  return { path, lazy: async () => ({ Component: (await loaded(load)).default }) };
}

export const pages: RouteObject[] = [
  page("/", () => import("./home/home-page.tsx")),
  page("/jobs", () => import("./jobs/jobs-page.tsx")),
  page("/moved-jobs", () => import("./jobs/moved-page.tsx")),
  page("/jobs/:cluster/:job", () => import("./jobs/job-page.tsx")),
  page("/jobs/:cluster/:job/resubmit", () => import("./jobs/resubmit-page.tsx")),
  page("/submit", () => import("./submit/choose-page.tsx")),
  page("/submit-script", () => import("./submit/script-page.tsx")),
  page("/submit/:application", () => import("./submit/form-page.tsx")),
  page("/applications", () => import("./applications/applications-page.tsx")),
  page("/applications/new", () => import("./applications/editor-page.tsx")),
  page("/applications/:application", () => import("./applications/editor-page.tsx")),
  page("/runs", () => import("./runs/runs-page.tsx")),
  page("/runs/:run", () => import("./runs/run-page.tsx")),
  page("/files", () => import("./files/files-page.tsx")),
  page("/files/:cluster", () => import("./files/files-page.tsx")),
  page("/shell", () => import("./shell/shell-page.tsx")),
  page("/shell/:cluster", () => import("./shell/shell-page.tsx")),
  page("/clusters", () => import("./clusters/clusters-page.tsx")),
  page("/clusters/new", () => import("./wizard/create-page.tsx")),
  page("/clusters/:cluster", () => import("./clusters/cluster-page.tsx")),
  page("/clusters/:cluster/edit", () => import("./wizard/change-page.tsx")),
  page("/site", () => import("./site/site-page.tsx")),
  page("/accounting", () => import("./accounting/accounting-page.tsx")),
  page("/administration", () => import("./administration/administration-page.tsx")),
  page("/administration/:part", () => import("./administration/administration-page.tsx")),
  page("/administration/users/new", () => import("./administration/users/new-user-page.tsx")),
  page("/administration/users/:user", () => import("./administration/users/user-page.tsx")),
  page("/administration/groups/new", () => import("./administration/groups/group-page.tsx")),
  page("/administration/groups/:group", () => import("./administration/groups/group-page.tsx")),
  page("/triggers", () => import("./triggers/triggers-page.tsx")),
  page("/triggers/new", () => import("./triggers/edit-page.tsx")),
  page("/triggers/:trigger", () => import("./triggers/trigger-page.tsx")),
  page("/triggers/:trigger/edit", () => import("./triggers/edit-page.tsx")),
  page("/account", () => import("./administration/account-page.tsx")),
  page("*", () => import("./nowhere-page.tsx")),
];
