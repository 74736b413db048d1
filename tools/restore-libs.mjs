// Restores the browser libraries that libman.json names, through whatever registry npm is configured for.
// A machine with the LibMan client can run `libman restore` instead: both read the same file and write the same paths.
// Nothing is fetched when every file of a library is there in the wanted version.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'libman.json'), 'utf8'));

for (const { library, destination, files } of manifest.libraries) {
  const folder = join(root, destination);
  const stamp = join(folder, '.version');
  const present = existsSync(stamp) && readFileSync(stamp, 'utf8') === library
    && files.every(file => existsSync(join(folder, file)));
  if (present) continue;

  const content = untar(gunzipSync(pack(library)));
  for (const file of files) {
    const bytes = content.get(file);
    if (!bytes) fail(`${library} holds no file ${file}.`);
    write(join(folder, file), bytes);
  }
  write(stamp, library);
  console.log(`restored ${library}`);
}

// npm checks the archive against the integrity that the registry states.
function pack(library) {
  const folder = mkdtempSync(join(tmpdir(), 'hermes-libs-'));
  try {
    const windows = process.platform === 'win32';
    execFileSync(windows ? 'npm.cmd' : 'npm', ['pack', library, '--ignore-scripts', '--silent', '--pack-destination', folder],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: windows });
    const archive = readdirSync(folder).find(name => name.endsWith('.tgz'));
    return archive ? readFileSync(join(folder, archive)) : fail(`npm packed nothing for ${library}.`);
  } catch (error) {
    return fail(`npm could not fetch ${library}: ${error.message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Regular files of a ustar archive, by path below the package's own folder.
function untar(bytes) {
  const text = (from, length) => bytes.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const content = new Map();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const size = parseInt(text(at + 124, 12), 8) || 0;
    const prefix = text(at + 345, 155);
    const name = (prefix ? `${prefix}/` : '') + text(at, 100);
    if ('0\0'.includes(String.fromCharCode(bytes[at + 156])))
      content.set(name.replace(/^[^/]+\//, ''), bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return content;
}

// By rename, so that a build that runs beside this one never sees half a file.
function write(path, bytes) {
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, bytes);
  renameSync(part, path);
}

function fail(sentence) {
  console.error(`restore-libs: ${sentence}`);
  process.exit(1);
}
