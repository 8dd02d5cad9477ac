import { row } from './row.ts';

/** The database, and the process that owns it. */
export const storeErrors = {
  'session.lost': row((_) => ({
    says: 'The process that worked on this is gone.',
    next: 'Nothing that was paid is lost: "npm start" carries its runs on, and "npm run crew -- runs" shows them.',
  })),
  'session.left': row((_) => ({
    says: 'The program that worked on this was stopped.',
    next: 'The run goes on when "npm start" runs again; "npm run crew -- runs" shows it.',
  })),
  'session.running': row<{ pid: number }>((d) => ({
    says: `Crewsmith runs here already (process ${d.pid}); nothing was started.`,
    next: 'Use it with "npm run crew -- …", or end it first.',
  })),
  'seal.broken': row<{ table: string; id: string }>((d) => ({
    says: `A sealed row does not open: ${d.table}, ${d.id}. It was changed, or moved from another place.`,
    next: 'Restore it from a copy of the database, or add the key anew.',
  })),
  'seal.unknown-master': row<{ master: string }>((d) => ({
    says: `A row is sealed with a master key that is not here (${d.master}).`,
    next: 'Give the master key before as CREWSMITH_MASTER_KEY_OLD and start again.',
  })),
  'config.no-old-master': row((_) => ({
    says: 'There is one master key here, so there is nothing to rotate from.',
    next: 'Start with the new one as CREWSMITH_MASTER_KEY and the one before as CREWSMITH_MASTER_KEY_OLD, then ask again.',
  })),
  'store.newer': row<{ place: string; version: number; known: number }>((d) => ({
    says: `The database was written by a newer Crewsmith: ${d.place} is of version ${d.version}, this program knows ${d.known}. It was left untouched.`,
    next: 'Install the newer Crewsmith, or use another data folder.',
  })),
  'store.corrupt': row<{ place: string }>((d) => ({
    says: `The database is damaged: ${d.place}.`,
    next: 'Stop, keep a copy of the data folder, and restore the last good copy; "sqlite3 FILE .recover" may save the rest.',
  })),
  'store.full': row<{ place: string }>((d) => ({
    says: `The disk is full: this could not be saved in ${d.place}. What was saved before is intact.`,
    next: 'Free some space, then ask again.',
  })),
  'store.io': row<{ place: string; why: string }>((d) => ({
    says: `The database cannot be used: ${d.place} (${d.why}). What was saved before is intact.`,
    next: 'Check the disk and who may write to the data folder, then ask again.',
  })),
  'store.older': row<{ place: string; version: number; known: number }>((d) => ({
    says: `The database is of an older version: ${d.place} is of ${d.version}, this program reads ${d.known}.`,
    next: 'Run "npm start" once; it brings the database up to date.',
  })),
  'store.missing': row<{ place: string }>((d) => ({
    says: `There is no database yet: ${d.place} does not exist.`,
    next: 'Run "npm start", or start a first run; either makes it.',
  })),
  'store.foreign': row<{ place: string }>((d) => ({
    says: `${d.place} is not a database of Crewsmith. It was left untouched.`,
    next: 'Move it away, or choose another data folder with CREWSMITH_HOME.',
  })),
  'store.busy': row<{ place: string }>((d) => ({
    says: `Another program keeps the database locked: ${d.place}. This was not saved.`,
    next: 'Close what has it open (a database browser, a backup), then ask again.',
  })),
  'store.unreachable': row<{ why: string }>((d) => ({
    says: `PostgreSQL does not answer: ${d.why}.`,
    next: 'Check that it runs and that DATABASE_URL is right.',
  })),
  'store.stuck': row<{ seconds: number }>((d) => ({
    says: `A transaction was given up after ${d.seconds} s; nothing of it was saved.`,
    next: 'This is a mistake in the program: a transaction waits for something other than the database, such as another transaction. Please report it.',
  })),
} as const;
