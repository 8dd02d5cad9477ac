import type { Rooms } from '../chat/rooms.ts';
import type { SignIn } from '../chat/sign-in.ts';
import { type FirstSteps, firstStepsOf } from './first-steps.ts';
import { createRooms } from './rooms.ts';
import { createSignIn, type SignInParts } from './sign-in.ts';

/** What the page works with. */
export interface PageHouse {
  readonly rooms: Rooms;
  readonly signIn: SignIn;
  firstSteps(): Promise<FirstSteps>;
}

export function createPageHouse(parts: SignInParts): PageHouse {
  const { store, home } = parts;
  return {
    rooms: createRooms({ ...parts, workspace: home.workspace }),
    signIn: createSignIn(parts),
    firstSteps: () => firstStepsOf(store, home.workspace, home.member),
  };
}
