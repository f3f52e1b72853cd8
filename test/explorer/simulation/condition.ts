import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Readonly<Record<string, AttributeValue>>;

const TOKEN = /\s*(\(|\)|<=|>=|<>|<|>|=|,|[#:]?\w+)/y;

/** Whether a condition expression holds for an item: comparisons of numbers, existence, AND, OR and parentheses. */
export function holds(
  expression: string,
  names: Readonly<Record<string, string>>,
  values: Readonly<Record<string, AttributeValue>>,
  item: Item,
): boolean {
  const tokens = tokensOf(expression);
  const nameOf = (token: string) => (token.startsWith('#') ? names[token]! : token);
  const take = (expected?: string): string => {
    const token = tokens.shift();
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new SyntaxError(`${expression}: ${token ?? 'its end'} instead of ${expected ?? 'more'}`);
    }
    return token;
  };
  const operand = (token: string) => (token.startsWith(':') ? values[token] : item[nameOf(token)]);
  const term = (): boolean => {
    const token = take();
    if (token === '(') {
      const inner = either();
      take(')');
      return inner;
    }
    if (token === 'attribute_not_exists' || token === 'attribute_exists') {
      take('(');
      const name = nameOf(take());
      take(')');
      return Object.hasOwn(item, name) === (token === 'attribute_exists');
    }
    const operator = take();
    const right = take();
    return compare(operand(token), operator, operand(right));
  };
  const both = (): boolean => {
    const left = term();
    if (tokens[0] !== 'AND') return left;
    take('AND');
    const right = both();
    return left && right;
  };
  const either = (): boolean => {
    const left = both();
    if (tokens[0] !== 'OR') return left;
    take('OR');
    const right = either();
    return left || right;
  };
  const whole = either();
  if (tokens.length > 0) throw new SyntaxError(`${expression}: ${tokens[0]} is too much`);
  return whole;
}

function tokensOf(expression: string): string[] {
  TOKEN.lastIndex = 0;
  const tokens: string[] = [];
  for (let match = TOKEN.exec(expression); match; match = TOKEN.exec(expression)) tokens.push(match[1]!);
  return tokens;
}

/** A comparison with something that is missing or no number is false, but for that it is not the same. */
function compare(left: AttributeValue | undefined, operator: string, right: AttributeValue | undefined): boolean {
  if (operator === '<>') return left?.N === undefined || right?.N === undefined || Number(left.N) !== Number(right.N);
  if (left?.N === undefined || right?.N === undefined) return false;
  const [a, b] = [Number(left.N), Number(right.N)];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '=':
      return a === b;
    default:
      throw new SyntaxError(`unknown operator ${operator}`);
  }
}
