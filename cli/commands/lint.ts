import { Command } from 'commander';
import { formatFault, parsePipeline, pipelineJsonSchema } from '../../pipeline/index.ts';
import { EXIT } from '../exit-codes.ts';
import { readTextFile } from '../read-text-file.ts';

/** `longwave lint FILE`: every fault of a pipeline file with line and column. */
export function lintCommand(): Command {
  return new Command('lint')
    .description('check a pipeline file; prints each fault as file:line:column')
    .argument('[pipeline.yaml]', 'the file to check')
    .option('--json', 'one JSON object per fault')
    .option('--schema', 'print the JSON Schema of a pipeline file, for editors')
    .action(async (path: string | undefined, options: { json?: boolean; schema?: boolean }) => {
      if (options.schema === true) {
        process.stdout.write(`${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`);
        return;
      }
      if (path === undefined) {
        process.stderr.write('longwave: Expected a pipeline file, or --schema\n');
        process.exitCode = EXIT.usage;
        return;
      }
      const parsed = parsePipeline(await readTextFile(path));
      if ('config' in parsed) {
        if (options.json !== true) process.stdout.write(`${path}: no faults\n`);
        return;
      }
      for (const fault of parsed.faults) {
        process.stdout.write(
          `${options.json === true ? JSON.stringify({ file: path, ...fault }) : formatFault(fault, path)}\n`,
        );
      }
      process.exitCode = EXIT.usage;
    });
}
