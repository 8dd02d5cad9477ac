import type { PageAnswer, PageQuestion } from './page-reader.ts';
import { readHtml } from './readable.ts';

/** The process of `page-reader.ts`: one question, one answer. It ends with the channel to its parent. */
process.on('message', (question: PageQuestion) => {
  let answer: PageAnswer;
  try {
    answer = { page: readHtml(question.html, question.url, question.textChars) };
  } catch {
    answer = { page: null };
  }
  process.send?.(answer);
});
