import { useEffect, useState } from 'preact/hooks';

/** Light or dark. */
export type Theme = 'light' | 'dark';

const DARK = matchMedia('(prefers-color-scheme: dark)');
const KEY = 'write-behind-theme';

function chosen(): Theme | undefined {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : undefined;
}

/** The theme: what the visitor chose here, else what his system says; and a way to choose the other. */
export function useTheme(): [theme: Theme, toggle: () => void] {
  const [choice, setChoice] = useState(chosen);
  const [system, setSystem] = useState<Theme>(DARK.matches ? 'dark' : 'light');
  useEffect(() => {
    const changed = () => setSystem(DARK.matches ? 'dark' : 'light');
    DARK.addEventListener('change', changed);
    return () => DARK.removeEventListener('change', changed);
  }, []);
  const theme = choice ?? system;
  document.documentElement.dataset.theme = theme;
  const toggle = (): void => {
    const other = theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem(KEY, other);
    setChoice(other);
  };
  return [theme, toggle];
}
