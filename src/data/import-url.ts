/** Data by address: Parquet files, shards by their manifest, a zip, MNIST's files, on any server that lets the page read them. */
import { LabError } from '../core/errors.ts';
import { requireAllClasses, takeClasses } from './class-choice.ts';
import { importFiles } from './import-files.ts';
import { importImages, type ImportOptions, type ImportReport } from './import-images.ts';
import type { ImageStore } from './image-store.ts';
import { fileNameOf, httpSource, httpText, type HttpOptions } from './sources/http-source.ts';
import { MANIFEST_NAME, MAX_MANIFEST_BYTES, parseManifest } from './sources/shards-manifest.ts';

/** What the page proposes: Tiny-ImageNet on the Hugging Face hub. */
export const DEFAULT_ADDRESS = 'https://huggingface.co/datasets/zh-plus/tiny-imagenet';
const DEFAULT_FILES: readonly string[] = ['train-00000-of-00001-1359597a978bc4fa.parquet', 'valid-00000-of-00001-70d52db3c749a935.parquet'];

/**
 * @param text  one address or several, apart by spaces or commas (training and validation files of one dataset); {@link DEFAULT_ADDRESS}
 *   stands for its two Parquet files, an address ending in a slash for the manifest there; `#classes=` after it says which classes are
 *   read (`addClasses`)
 * @throws LabError 'config-range' (no address), 'config-conflict' (classes chosen of what is no Parquet), 'network', and those of `importFiles` and `importImages`
 */
export async function importUrl(text: string, store: ImageStore, options: ImportOptions & HttpOptions = {}): Promise<ImportReport> {
  const { address, classes } = takeClasses(text);
  const urls = addressesIn(address);
  const [first] = urls;
  const kept = { ...options, classes, address: text.trim() };
  if (urls.length === 1 && first!.pathname.endsWith('.json')) {
    requireAllClasses(classes);
    return importShards(first!, store, kept);
  }
  const sources = await Promise.all(urls.map((url) => httpSource(url.href, options)));
  return importFiles(sources.map((source) => ({ path: source.name, source })), store, kept);
}

async function importShards(url: URL, store: ImageStore, options: ImportOptions & HttpOptions): Promise<ImportReport> {
  const manifest = parseManifest(await httpText(url.href, MAX_MANIFEST_BYTES, options), fileNameOf(url.href));
  // The Parquet reader is only fetched where it is needed.
  const { shardsSource } = await import('./sources/shards.ts');
  return importImages(store, await shardsSource(manifest, url.href, (file) => httpSource(new URL(encodeURIComponent(file), url).href, options)), options);
}

function addressesIn(text: string): URL[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0) throw new LabError('config-range', 'No address was given.', `Give one, such as ${DEFAULT_ADDRESS}.`);
  return words.flatMap((word) => {
    if (word.replace(/\/+$/, '') === DEFAULT_ADDRESS) return DEFAULT_FILES.map((file) => new URL(`${DEFAULT_ADDRESS}/resolve/main/data/${file}`));
    let url: URL;
    try {
      url = new URL(word);
    } catch (error) {
      throw notAnAddress(word, error);
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notAnAddress(word);
    return [url.pathname.endsWith('/') ? new URL(MANIFEST_NAME, url) : url];
  });
}

function notAnAddress(word: string, cause?: unknown): LabError {
  return new LabError('config-range', `“${word}” is not an address that data can be read from.`, 'Give an address that begins with https:// or http://.', cause);
}
