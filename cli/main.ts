import { Command, CommanderError } from 'commander';
import { tolerateClosedPipe } from '../connectors/index.ts';
import { AbortError } from '../core/index.ts';
import { benchCommand } from './commands/bench.ts';
import { convertCommand } from './commands/convert.ts';
import { detectCommand } from './commands/detect.ts';
import { encodeCommand } from './commands/encode.ts';
import { lintCommand } from './commands/lint.ts';
import { runCommand } from './commands/run.ts';
import { stateCommand } from './commands/state.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { interruptExitCode } from './interrupt.ts';
import { reportError } from './report-error.ts';
import { packageVersion } from './version.ts';

/** Commands that were made by themselves end and help as the program does. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
}

const program = new Command('longwave')
  .description('Watches live audio and sensor streams with incremental long-sequence encoders.')
  .version(packageVersion())
  .option('--verbose', 'show stack traces')
  .showHelpAfterError('(try `longwave --help`)')
  .exitOverride();
for (const make of [
  detectCommand,
  encodeCommand,
  convertCommand,
  runCommand,
  lintCommand,
  stateCommand,
  benchCommand,
]) {
  program.addCommand(make());
}
inheritSettings(program);
program.addHelpText(
  'after',
  `
Exit codes: 0 done · 1 findings with --fail-on-anomaly · 2 usage or configuration · 3 input or weights · 4 broker, file
system or worker · 130/143 stopped by Ctrl-C or SIGTERM, after what was under way had been written (run: 0).`,
);

tolerateClosedPipe();

const fail = (error: unknown): void => {
  reportError(error, program.opts<{ verbose?: boolean }>().verbose === true);
  process.exitCode = exitCodeOf(error);
};
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else if (error instanceof AbortError) {
    process.exitCode = interruptExitCode();
  } else {
    fail(error);
    // Asked to stop, the process does not wait for what cannot be stopped, such as a request that no broker answers.
    if (interruptExitCode() !== EXIT.done) process.exit();
  }
}
