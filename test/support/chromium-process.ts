/** Unpacks Chromium into the folder for temporary files, which is of this process alone. */
import chromium from '@sparticuz/chromium';

await chromium.executablePath();
