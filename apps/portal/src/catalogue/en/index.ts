import { accounting } from "./accounting.ts";
import { administration } from "./administration.ts";
import { applications } from "./applications.ts";
import { clusters } from "./clusters.ts";
import { fileChooser } from "./file-chooser.ts";
import { files } from "./files.ts";
import { frame } from "./frame.ts";
import { home } from "./home.ts";
import { jobs } from "./jobs.ts";
import { logView } from "./log-view.ts";
import { runs } from "./runs.ts";
import { shell } from "./shell.ts";
import { site } from "./site.ts";
import { submit } from "./submit.ts";
import { triggers } from "./triggers.ts";
import { wizard } from "./wizard.ts";

/** Sentences with parts in them are functions, so that each language has its own order and plurals. */
export const en = {
  accounting,
  administration,
  applications,
  clusters,
  fileChooser,
  files,
  frame,
  home,
  jobs,
  logView,
  runs,
  shell,
  site,
  submit,
  triggers,
  wizard,
};
