/**
 * One cold start in a fresh process: `cold-start.mjs BUNDLE EVENT`. Plain JavaScript, so that stripping types is not part of it.
 * Prints what it took as JSON.
 */
const [bundle, event] = process.argv.slice(2);
const startedAt = performance.now();
const context = { awsRequestId: 'bench', functionName: 'bench', getRemainingTimeInMillis: () => 29_000 };
const { handler } = await import(bundle);
const importedAt = performance.now();
const answer = await handler(JSON.parse(event), context);
const answeredAt = performance.now();
const { user, system } = process.cpuUsage();
const report = {
  bootMs: startedAt,
  importMs: importedAt - startedAt,
  firstMs: answeredAt - importedAt,
  cpuMs: (user + system) / 1000,
  rssBytes: process.memoryUsage.rss(),
  answer,
};
// The connections of the function would keep it alive, as they do on Lambda.
process.stdout.write(JSON.stringify(report), () => process.exit(0));
