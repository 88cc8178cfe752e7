// @ts-check

/** What --data takes, in words; the front half of the command line, which is plain JavaScript, shows it in help. */
export const acceptedData = 'aclImdb_v1.tar.gz, its unpacked folder, or a table of reviews and labels (CSV, TSV or JSON Lines, gzipped or not)';
