import { CrewsmithError } from '../errors.ts';
import type { Surface } from './port.ts';

/** Of surfaces whose people are all known here, and whose files come along with what is sent. */
export const nothingElsewhere: Pick<Surface, 'nameOf' | 'fetchFile'> = {
  nameOf: () => Promise.resolve(null),
  fetchFile: ({ name }) => {
    const why = 'no files are kept here';
    return Promise.reject(new CrewsmithError('file.unread', { file: name, why, next: 'Give it again.' }));
  },
};
