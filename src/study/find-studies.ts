import { listFolder, PUBLISHED_FOLDER } from '../experiment/find-runs.ts';
import { kindOf } from '../files/paths.ts';
import { isStudyFolder } from './record.ts';
import { isSearchFolder } from './search-record.ts';

/** The folders of studies and of searches in a folder and up to two below it, in the order of names; what is neither is passed over. */
export function findStudies(root = PUBLISHED_FOLDER): string[] {
  const inside = (folder: string): string[] => listFolder(folder).filter((path) => kindOf(path) === 'folder');
  return [root, ...inside(root).flatMap((folder) => [folder, ...inside(folder)])]
    .filter((folder) => isStudyFolder(folder) || isSearchFolder(folder));
}
