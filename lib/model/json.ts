/** Anything JSON can say. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object; an item's value is one. */
export type JsonObject = { [name: string]: Json };
