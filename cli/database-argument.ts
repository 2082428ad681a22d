// The database of a live service, as commands that read one are told it.

export const DATABASE_ARGUMENT = {
  type: 'string',
  demandOption: true,
  describe: 'A SQLite file, sqlite:FILE, or postgres://…',
} as const;
