const { execFileSync } = require('node:child_process');
const { join } = require('node:path');

const PROTO = join(__dirname, 'proto');
/** What `npm run proto:types` runs, and the module that it writes from proto/. */
const GENERATE = ['--import', 'tsx', 'tools/proto-types.ts'];
const TYPES = join(__dirname, 'libs/contracts/src/generated/inventory/v1/inventory-client.ts');
/** Not watched. That of proto/ is written while a build begins, which would cause a second one. */
const IGNORED = /node_modules|[\\/]src[\\/]generated[\\/]|descriptor-set\.binpb$/;

/**
 * In watch mode, an edit of a .proto restarts the app, once: webpack does not see proto/ by itself,
 * since the files are read at runtime. What is generated from them is made anew first.
 */
class WatchProtoPlugin {
  apply(compiler) {
    let edited = false;
    compiler.hooks.afterCompile.tap('WatchProto', ({ contextDependencies }) => {
      contextDependencies.add(PROTO);
    });
    compiler.hooks.watchRun.tap('WatchProto', ({ modifiedFiles }) => {
      edited = [...(modifiedFiles ?? [])].some((file) => file.startsWith(PROTO));
      if (!edited) return;
      try {
        execFileSync(process.execPath, GENERATE, { cwd: __dirname, stdio: 'inherit' });
      } catch {
        console.error('The types could not be made anew from proto/, for the reason above.');
      }
      compiler.inputFileSystem.purge();
    });
    typeCheckerOf(compiler)
      ?.getCompilerHooks(compiler)
      .start.tap('WatchProto', ({ changedFiles = [], ...change }) => ({
        ...change,
        changedFiles: edited ? [...changedFiles, TYPES] : changedFiles,
      }));
  }
}

/** Nest's, which checks beside the build; an app with a compiler plugin is checked by the build. */
const typeCheckerOf = ({ options }) =>
  options.plugins.find(({ constructor }) => constructor.name === 'ForkTsCheckerWebpackPlugin')
    ?.constructor;

module.exports = (options) => ({
  ...options,
  devtool: 'source-map',
  watchOptions: { ignored: IGNORED },
  plugins: [...options.plugins, new WatchProtoPlugin()],
});
