import { Converter, ReflectionKind } from 'typedoc';

/** TypeDoc's plugin: a parameter that is taken apart at once has no name of its own; it gets the one that its type suggests. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name !== '__namedParameters') continue;
      parameter.name = String(parameter.type).endsWith('Props') ? 'props' : 'options';
    }
  });
}
