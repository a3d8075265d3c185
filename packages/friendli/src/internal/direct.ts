/**
 * The client under all middleware, for requests that middleware makes itself: one that went through limits could wait for a place that the
 * very operation holds which waits for it.
 */
import type { FriendliClient } from "../FriendliClient.js"

const known = new WeakMap<FriendliClient.Service, FriendliClient.Service>()

export const remember = (client: FriendliClient.Service, direct: FriendliClient.Service): FriendliClient.Service => {
  known.set(client, direct)
  return client
}

/** A client that somebody wrapped by hand stands for itself. */
export const of = (client: FriendliClient.Service): FriendliClient.Service => known.get(client) ?? client
