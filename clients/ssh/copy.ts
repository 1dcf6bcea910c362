import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path/posix";
import type { Client, SFTPWrapper, Stats } from "ssh2";
import { budgets } from "../deadline";
import { watched } from "../watch";

/** What is copied: a text, or a file or folder of this machine. */
export type CopySource = { text: string } | { path: string };

/**
 * Copies over SFTP with the places that pulumi-command chooses (remote/copyController.go
 * `sftpCopy`): into a folder that exists, else to the path itself, whose parents are made. Files are
 * overwritten in place and get the server's default mode.
 */
export function copyOver(client: Client, source: CopySource, remotePath: string): Promise<void> {
  return watched(
    budgets.script,
    async (watch) => {
      watch.connected();
      await copy(client, source, remotePath);
    },
    () => client.destroy(),
  );
}

async function copy(client: Client, source: CopySource, remotePath: string): Promise<void> {
  const sftp = await open(client);
  try {
    if ("text" in source) await copyText(sftp, source.text, remotePath);
    else if ((await stat(source.path)).isDirectory())
      await copyFolder(sftp, source.path, remotePath);
    else await copyFile(sftp, source.path, remotePath);
  } finally {
    sftp.end();
  }
}

async function copyText(sftp: SFTPWrapper, text: string, to: string): Promise<void> {
  if ((await remoteStat(sftp, to))?.isDirectory()) {
    throw new Error(
      `remote path ${to} is a directory; when using a text asset, remotePath must be a file path`,
    );
  }
  await makeFolder(sftp, join(to, ".."), "parent directories for ", to);
  await write(sftp, to, Buffer.from(text));
}

async function copyFile(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  const there = await remoteStat(sftp, to);
  if (there === undefined) await makeFolder(sftp, join(to, ".."), "parent directories for ", to);
  await write(sftp, there?.isDirectory() ? join(to, basename(from)) : to, await readFile(from));
}

async function copyFolder(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  await makeFolder(sftp, to, "remote directory ", to);
  const into = from.endsWith("/") ? to : join(to, basename(from));
  await copyEntries(sftp, from, into);
}

async function copyEntries(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  await makeFolder(sftp, to, "remote directory ", to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyEntries(sftp, source, target);
    else await write(sftp, target, await readFile(source));
  }
}

async function makeFolder(sftp: SFTPWrapper, path: string, what: string, whose: string) {
  const there = await remoteStat(sftp, path);
  if (there?.isDirectory()) return;
  if (there !== undefined) {
    throw new Error(`remote path ${path} exists but is not a directory`);
  }
  const parent = join(path, "..");
  if (parent !== path) await makeFolder(sftp, parent, what, whose);
  await call((done) => sftp.mkdir(path, done), `failed to create ${what}${whose}`);
}

function write(sftp: SFTPWrapper, path: string, content: Buffer): Promise<void> {
  return call(
    (done) => sftp.writeFile(path, content, done),
    `failed to create remote file ${path}`,
  );
}

/** The code of SFTP for a path that does not exist. */
const NO_SUCH_FILE = 2;

function remoteStat(sftp: SFTPWrapper, path: string): Promise<Stats | undefined> {
  return new Promise((resolve, reject) => {
    sftp.stat(path, (error: (Error & { code?: number }) | undefined, stats) => {
      if (error === undefined || error === null) resolve(stats);
      else if (error.code === NO_SUCH_FILE) resolve(undefined);
      else reject(new Error(`failed to stat remote path ${path}: ${error.message}`));
    });
  });
}

function open(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp)));
  });
}

function call(start: (done: (error?: Error | null) => void) => void, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(new Error(`${what}: ${error.message}`)) : resolve()));
  });
}
