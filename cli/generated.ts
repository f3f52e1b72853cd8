/** Loads a part of the program that needs what is generated; where a fresh checkout does not have it yet, it is generated first. */
export async function withGenerated<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error && 'url' in error && String(error.url).endsWith('/scripts.generated.ts'))) throw error;
    await import('../lib/cache/embed-scripts.ts');
    return load();
  }
}
