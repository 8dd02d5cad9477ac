import { near, row } from './row.ts';

/** What was typed, and the texts of crews. */
export const typedErrors = {
  'crew.unknown': row<{ name: string; nearest: string[]; known: string[] }>((d) => ({
    says: `There is no crew called "${d.name}".`,
    next: [near(d.nearest), `Crews here: ${d.known.join(', ')}.`].filter(Boolean).join(' '),
  })),
  'crew.not-here': row<{ crew: string }>((d) => ({
    says: `The Crewsmith that runs here was started without the crew "${d.crew}". Nothing was started and nothing paid.`,
    next: 'End it and start it again with the same CREWSMITH_CREWS; a line in .env does for all commands.',
  })),
  'crew.invalid': row<{ problems: string[] }>((d) => ({
    says: `The crew file has ${d.problems.length === 1 ? 'a mistake' : `${d.problems.length} mistakes`}: ${d.problems.join('; ')}.`,
    next: 'Mend the file; "crews check FILE" says when it is right.',
  })),
  'crew.no-file': row<{ file: string }>((d) => ({
    says: `There is no crew file ${d.file} that can be read.`,
    next: 'Give the way to a file, like crews/research.yaml.',
  })),
  'input.missing': row<{ crew: string; fields: string[] }>((d) => ({
    says: `The crew "${d.crew}" needs: ${d.fields.join(', ')}.`,
    next: `Write it after the crew's name.`,
  })),
  'input.invalid': row<{ field: string; why: string }>((d) => ({
    says: `The input "${d.field}" cannot be used: ${d.why}.`,
    next: 'Change it and ask again; nothing was started and nothing paid.',
  })),
  'input.unknown': row<{ crew: string; name: string; known: string[] }>((d) => ({
    says: `The crew "${d.crew}" asks for no "${d.name}".`,
    next: d.known.length > 0 ? `It asks for: ${d.known.join(', ')}.` : 'It asks for nothing.',
  })),
  'file.unread': row<{ file: string; why: string; next: string }>((d) => ({
    says: `The file "${d.file}" could not be read: ${d.why}.`,
    next: d.next,
  })),
  'edit.unknown': row<{ field: string }>((d) => ({
    says: `The draft has no text at "${d.field}" that can be edited.`,
    next: 'Open the draft again; it may have changed meanwhile.',
  })),
  'edit.nothing': row((_) => ({
    says: 'This draft has no text that can be edited.',
    next: 'Approve it, reject it, or request changes.',
  })),
  'edit.long': row<{ field: string; most: number }>((d) => ({
    says: `The text at "${d.field}" has more than ${d.most} characters.`,
    next: 'Shorten it and save again; nothing was changed.',
  })),
  'template.failed': row<{ where: string; why: string }>((d) => ({
    says: `The text of ${d.where} could not be made: ${d.why}.`,
    next: 'This is a mistake in the crew file; "crews check" names the place.',
  })),
  'usage.word': row<{ word: string; nearest: string[]; allowed: string[] }>((d) => ({
    says: `"${d.word}" is not a command or a crew here.`,
    next: [near(d.nearest), d.allowed.length ? `Possible: ${d.allowed.join(', ')}.` : '']
      .filter(Boolean)
      .join(' '),
  })),
  'usage.flag': row<{ flag: string; command: string; nearest: string[]; known: string[] }>((d) => ({
    says: `"${d.command}" knows no ${d.flag}.`,
    next: near(d.nearest) || (d.known.length > 0 ? `It knows: ${d.known.join(', ')}.` : 'It takes no flags.'),
  })),
  'usage.wrong': row<{ why: string; usage: string }>((d) => ({ says: d.why, next: `Usage: ${d.usage}` })),
  'usage.terminal': row<{ what: string }>((d) => ({
    says: `"${d.what}" is of the terminal.`,
    next: `Whoever runs Crewsmith can type it there: npm run crew -- ${d.what}`,
  })),
} as const;
