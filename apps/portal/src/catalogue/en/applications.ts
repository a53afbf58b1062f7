export const applications = {
  description: "Forms that become jobs. Those that are published are offered under Submit.",
  make: "Create application",
  importFile: "Import",
  importTooLarge: "This file is too large to be an application.",
  none: "There is no application yet",
  noneMore:
    "An application is a form and a script: people fill in the form, and a job comes of it.",
  noneToEdit: "There is none that you may change",
  noneToEditMore: "Make one of your own, or begin with a copy of another.",
  show: "Show",
  all: "All that I may use",
  editable: "Those that I may change",
  columns: {
    title: "Application",
    name: "Name",
    category: "Category",
    state: "State",
    owner: "Owner",
    shared: "Shared with",
    changed: "Changed",
    actions: "Actions",
  },
  library: "Library",
  state: {
    draft: "Draft",
    published: (version: number) => `Version ${version} published`,
    newer: (version: number) => `version ${version} is not`,
  },
  everyone: "everyone",
  nobody: "nobody",
  group: (name: string) => `group ${name}`,
  mayEdit: (who: string) => `${who} (may change it)`,
  actionsOf: (title: string) => `Actions for ${title}`,
  actions: {
    submit: "Submit it",
    edit: "Edit",
    view: "View",
    copy: "Make a copy",
    export: "Export as YAML",
    publish: (version: number) => `Publish version ${version}`,
    takeBack: "Take back",
    versions: "Versions",
    share: "Share",
    restore: "Bring back as it came",
    delete: "Delete",
  },
  told: {
    published: (title: string, version: number) => `Version ${version} of ${title} is published`,
    takenBack: (title: string) => `${title} is a draft again`,
    shared: (title: string) => `It is settled with whom ${title} is shared`,
    restored: (title: string) => `${title} is as it came`,
    deleted: (title: string) => `${title} is deleted`,
    saved: (version: number) => `Version ${version} is saved`,
  },
  confirm: {
    takeBack: (title: string) => `Take ${title} back`,
    takeBackMore: "Only those who may change it see it then. Runs of it go on.",
    restore: (title: string) => `Bring ${title} back as it came`,
    restoreMore: "It becomes a new version, and is published. Your versions stay.",
    delete: (title: string) => `Delete ${title}`,
    deleteMore: "It goes with all of its versions. Runs that were made of it stay.",
  },
  share: {
    title: (title: string) => `Share ${title}`,
    description:
      "People see it when a version is published. Those who may change it see drafts too.",
    kind: "With",
    name: "Name",
    access: "They may",
    user: "A user",
    group: "A group",
    everyone: "Everyone",
    use: "use it",
    edit: "use and change it",
    add: "Add",
    remove: "Remove",
    none: "It is shared with nobody.",
    needsName: "A name is needed.",
    save: "Save",
  },
  versions: {
    title: (title: string) => `Versions of ${title}`,
    version: "Version",
    savedBy: "Saved by",
    savedAt: "When",
    note: "Note",
    published: "published",
    difference: (from: number, to: number) => `What version ${to} changed of version ${from}`,
    first: (version: number) => `Version ${version}`,
    same: "The two are the same.",
    compare: "Compare with",
    publish: "Publish this version",
    open: "Open in the editor",
  },
  editor: {
    newTitle: "New application",
    begin: "Begin with",
    beginEmpty: "A small example",
    copyOf: (title: string) => `A copy of ${title}`,
    text: "YAML",
    preview: "Preview",
    form: "Form",
    formStale: "The form is as it was before the errors in the text.",
    formMissing: "The form is shown here when the text has no errors.",
    noFields: "It asks for nothing.",
    problems: (count: number) => (count === 1 ? "1 error" : `${count} errors`),
    good: "No errors",
    checking: "Checking",
    line: (line: number) => `Line ${line}`,
    save: "Save",
    note: "What changed",
    noteHelp: "Kept with the version, for those who look at it later.",
    saveAs: (name: string) => `Its Name is another: saving makes the application ${name}.`,
    notSaved: "It was not saved",
    readOnly: "You may look at it and use it. To change it, make a copy.",
    conflict: {
      title: (who: string) => `${who} saved it meanwhile`,
      more: "Below is what your text would change of that version.",
      mine: "Save mine over it",
      theirs: "Go on with that version",
      theirsMore: "What you wrote is lost then.",
      difference: "Yours beside the one that was saved",
    },
  },
  example: `Name: my-application
Title: My application
Description: What it does, in a sentence.
Category: General
Fields:
  - Name: input
    Type: file
    Label: Input
    Required: true
  - Name: steps
    Type: integer
    Label: Steps
    Default: 100
    Min: 1
  - Name: queue
    Type: queue
    Label: Queue
    Section: Resources
  - Name: time
    Type: duration
    Label: Time limit
    Section: Resources
Options:
  partition: "{{queue}}"
  time: "{{time}}"
Script: |
  #!/bin/bash
  echo "steps: {{steps}}"
  wc -l -- {{input}}
`,
};
