import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { makeFolders } from '../make-folders.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { continueDownload, ConnectionLost } from './download-part.ts';
import { describeSystemError, findFileBytes, hashFile } from './file-access.ts';
import { officialArchive, type RemoteArchive } from './official-archive.ts';
import { openRoute, type Route } from './route.ts';

/** Connections lost after some bytes came; one that brings nothing ends the download at once. */
const MAX_CONNECTIONS = 10;

export interface DownloadOptions {
  /** Where the archive goes; made if it is missing. */
  readonly folder: string;
  readonly remote?: RemoteArchive;
  /** A connection that brings nothing for so long counts as lost. */
  readonly stallSeconds?: number;
  readonly onProgress?: OnProgress;
}

type Settings = Required<DownloadOptions>;

function partPath({ folder, remote }: Settings): string {
  return join(folder, `${remote.fileName}.part`);
}

/** What the user can do where the network does not help. */
function placeByHand(folder: string, { fileName }: RemoteArchive): string {
  return `get it by other means and put it at ${join(folder, fileName)}, or name it with --data PATH`;
}

/** Connects until the `.part` file is complete. @throws UserError when the network does not give it */
async function fetchWhole(settings: Settings): Promise<void> {
  const { folder, remote } = settings;
  try {
    const route = await openRoute(remote.url);
    await connectUntilWhole(settings, route).finally(() => route.close());
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${error.message}; ${placeByHand(folder, remote)}`) : error;
  }
}

async function connectUntilWhole(settings: Settings, route: Route): Promise<void> {
  const { remote: { url } } = settings, path = partPath(settings);
  for (let connection = 1; ; connection++) {
    try {
      await continueDownload({ ...settings, url, route, path });
      return;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      if (error.receivedBytes > 0 && connection < MAX_CONNECTIONS) continue;
      const kept = (await findFileBytes(path)) === undefined ? '' : '; what came is kept, and the next start goes on from there';
      throw new UserError(`${url}: the download stopped (${error.message})${kept}`);
    }
  }
}

/** Renames the complete part to its final name if its checksum is right, else removes it. @returns the MD5 found */
async function acceptPart(settings: Settings): Promise<string> {
  const { folder, remote, onProgress } = settings;
  const md5 = await hashFile(partPath(settings), 'md5', onProgress);
  if (md5 === remote.md5) await rename(partPath(settings), join(folder, remote.fileName));
  else await rm(partPath(settings), { force: true });
  return md5;
}

/** Another process that downloads at the same time writes the same bytes to the same part, and may be the one that renames it. */
async function fetchAndAccept(settings: Settings): Promise<string> {
  try {
    await fetchWhole(settings);
    return await acceptPart(settings);
  } catch (error) {
    if ((await findFileBytes(join(settings.folder, settings.remote.fileName))) !== undefined) return settings.remote.md5;
    throw error;
  }
}

/**
 * Downloads an archive into a folder: resumes what an earlier start left in `<name>.part`, and gives the file its own name only
 * when all of it is there and its checksum is right. A resumed file with a wrong checksum is fetched once more from its start.
 *
 * @returns the archive's path
 * @throws UserError without network, with a wrong checksum, or when the folder cannot be written
 */
export async function downloadArchive(options: DownloadOptions): Promise<string> {
  const settings: Settings = { remote: officialArchive, stallSeconds: 30, onProgress: ignoreProgress, ...options };
  const { folder, remote } = settings;
  try {
    makeFolders(folder);
    const resumed = (await findFileBytes(partPath(settings))) !== undefined;
    let md5 = await fetchAndAccept(settings);
    if (md5 !== remote.md5 && resumed) md5 = await fetchAndAccept(settings);
    if (md5 !== remote.md5) {
      throw new UserError(`${remote.url}: what came has MD5 ${md5} instead of ${remote.md5} and was removed; ${placeByHand(folder, remote)}`);
    }
  } catch (error) {
    throw describeSystemError(error, 'write', folder);
  }
  return join(folder, remote.fileName);
}
