const { execFileSync } = require('node:child_process');
const { join } = require('node:path');

const PROTO = join(__dirname, 'proto');
/** What `npm run proto:types` runs. */
const GENERATE = ['--import', 'tsx', 'tools/proto-types.ts'];

/**
 * In watch mode, an edit of a .proto restarts the app: webpack does not see proto/ by itself, since
 * the files are read at runtime. What is generated from them is made anew first.
 */
class WatchProtoPlugin {
  apply(compiler) {
    compiler.hooks.afterCompile.tap('WatchProto', ({ contextDependencies }) => {
      contextDependencies.add(PROTO);
    });
    compiler.hooks.watchRun.tap('WatchProto', ({ modifiedFiles }) => {
      const edited = [...(modifiedFiles ?? [])].some((file) => file.startsWith(PROTO));
      if (!edited) return;
      try {
        execFileSync(process.execPath, GENERATE, { cwd: __dirname, stdio: 'inherit' });
      } catch {
        console.error('The types could not be made anew from proto/, for the reason above.');
      }
    });
  }
}

module.exports = (options) => ({
  ...options,
  devtool: 'source-map',
  plugins: [...options.plugins, new WatchProtoPlugin()],
});
