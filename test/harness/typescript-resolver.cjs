/**
 * Resolves `./problem.js` to `problem.ts` in clients/, as TypeScript does: an ES module that is published
 * names the files that are built.
 */
module.exports = (path, options) => {
  const isInClient = /[\\/]clients[\\/]typescript[\\/]src$/.test(options.basedir);
  const source = isInClient ? path.replace(/^(\.\/.+)\.js$/, '$1.ts') : path;
  return options.defaultResolver(source, options);
};
