import { parse } from 'yaml';
import { readText } from '../tree.ts';

/** What an app may do that was made from the manifest of the repository. */
export function manifestScopes(): readonly string[] {
  const read = parse(readText('slack-manifest.yaml')) as {
    readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } };
  };
  return read.oauth_config.scopes.bot;
}
