/** Longest name that an error quotes in full, and longest path that it shows, in characters. */
const MAX_NAME = 80;
const MAX_PATH = 1000;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * Where in a JSON value something is, as text: `value.a[3]["b c"]`. Long names and paths are cut, because the path is
 * shown to callers and both come from the input.
 *
 * @param steps names and array indexes, outermost first
 */
export function pathText(root: string, steps: readonly (string | number)[]): string {
  let path = root;
  for (const step of steps) {
    if (path.length > MAX_PATH) return `${path}…`;
    if (typeof step === 'number') path += `[${step}]`;
    else if (step.length > MAX_NAME) path += `[${JSON.stringify(`${step.slice(0, MAX_NAME)}…`)}]`;
    else if (!IDENTIFIER.test(step)) path += `[${JSON.stringify(step)}]`;
    else path += path === '' ? step : `.${step}`;
  }
  return path;
}
