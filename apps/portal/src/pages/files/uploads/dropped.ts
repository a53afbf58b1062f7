/** A file, and where below the folder that it is put into. */
export interface Dropped {
  readonly file: File;
  /** `heat/inputs/mesh.dat` */
  readonly path: string;
}

export interface DroppedFiles {
  readonly files: readonly Dropped[];
  /** Folders, also those with nothing in them, each after the one that it is in. */
  readonly folders: readonly string[];
}

/** What somebody chose by a button, of a folder with where each file lies in it. */
export function chosenFiles(list: Iterable<File>): DroppedFiles {
  const files = [...list].map((file) => ({
    file,
    path: file.webkitRelativePath === "" ? file.name : file.webkitRelativePath,
  }));
  return { files, folders: foldersOf(files.map(({ path }) => path)) };
}

/** All folders that paths lie in, each after the one that it is in. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const names = path.split("/").slice(0, -1);
    for (let length = 1; length <= names.length; length += 1) {
      folders.add(names.slice(0, length).join("/"));
    }
  }
  return [...folders];
}

/** What was dropped, with all that is in dropped folders. To be called while the event is handled. */
export async function droppedFiles(transfer: DataTransfer): Promise<DroppedFiles> {
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    return entry === null ? [] : [entry];
  });
  const files: Dropped[] = [];
  const folders: string[] = [];
  const walk = async (entry: FileSystemEntry, above: string): Promise<void> => {
    const path = above === "" ? entry.name : `${above}/${entry.name}`;
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      files.push({ file, path });
      return;
    }
    folders.push(path);
    for (const one of await entriesOf(entry as FileSystemDirectoryEntry)) await walk(one, path);
  };
  for (const entry of entries) await walk(entry, "");
  return { files, folders };
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // It gives a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
