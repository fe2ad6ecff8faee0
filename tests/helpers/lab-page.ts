/** The lab as a person meets it: every control is found by its accessible name (DESIGN.md section 7). */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { openZip } from './zip.ts';

/** Two tasks of two classes, one epoch, little to measure: seconds on any machine. */
export const TINY = { tasks: 2, classesPerTask: 2, epochs: 1, importanceImages: 32, evalCap: 20 } as const;

/** Long enough for a slow machine that compiles shaders for a software adapter, short enough to end. */
const PATIENCE_MS = 240_000;

type Params = Readonly<Record<string, string | number>>;
type ButtonName = 'Train all tasks' | 'Train task' | 'Pause' | 'Resume' | 'Step' | 'Stop' | 'Reset' | 'Import data' | 'Download all';
type SliderName = 'Lambda' | 'Epochs per task' | 'Learning rate';
type SelectName = 'Method' | 'Model' | 'Dataset' | 'Backend';
type RegionName = 'Task sequence' | 'Accuracy' | 'Accuracy matrix' | 'Forgetting' | 'Loss' | 'Importance';

export class LabPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page threw or logged as an error. Tests expect it to stay empty. */
  readonly faults: string[] = [];
  private readonly url: string;

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.context = context;
    this.page = page;
    this.url = url;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
  }

  /** A fresh visitor, with storage of their own, at a screen of 1440 × 900 unless `device` says otherwise. */
  static async open(browser: Browser, url: string, params: Params = {}, device: BrowserContextOptions = {}): Promise<LabPage> {
    return LabPage.in(await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...device }), url, params);
  }

  /** A visitor with the storage of a context, which closes with them. */
  static async in(context: BrowserContext, url: string, params: Params = {}): Promise<LabPage> {
    const lab = new LabPage(context, await context.newPage(), url);
    await lab.visit(params);
    return lab;
  }

  async visit(params: Params): Promise<void> {
    const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]));
    await this.page.goto(`${this.url}?${query.toString()}`);
    await this.button('Reset').waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.button('Reset').waitFor();
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  button(name: ButtonName): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  slider(name: SliderName): Locator {
    return this.page.getByRole('slider', { name, exact: true });
  }

  select(name: SelectName): Locator {
    return this.page.getByRole('combobox', { name, exact: true });
  }

  region(name: RegionName): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  alert(): Locator {
    return this.page.getByRole('alert');
  }

  /**
   * Waits until a status says this, looking at every frame: a locator looks twice a second, and can miss for a whole run what alternates
   * at that pace ("training", "testing").
   */
  async says(text: string | RegExp): Promise<void> {
    const pattern = typeof text === 'string' ? text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : text.source;
    await this.page
      .waitForFunction(
        (source) => {
          const wanted = new RegExp(source);
          return [...document.querySelectorAll('[role="status"]')].some((status) => status.checkVisibility() && wanted.test(status.textContent.trim()));
        },
        pattern,
        { polling: 'raf' },
      )
      .catch(async (error: unknown) => {
        const said = await this.page.getByRole('status').allTextContents();
        throw new Error(`no status says ${String(text)}, but: ${said.join(' · ')}`, { cause: error });
      });
  }

  /** Clicks "Train all tasks" once the lab can train. */
  async trainAll(): Promise<void> {
    await this.enabled('Train all tasks');
    await this.button('Train all tasks').click();
  }

  /** Waits until this button can be pressed. */
  async enabled(name: ButtonName): Promise<void> {
    await this.page.getByRole('button', { name, exact: true, disabled: false }).waitFor();
  }

  async trainToEnd(): Promise<void> {
    await this.trainAll();
    await this.says('All tasks trained');
  }

  /** Gives files to "Import data", as a person picks them. */
  async importFiles(paths: readonly string[]): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.button('Import data').click();
    await (await chooser).setFiles([...paths]);
  }

  /** What "Download all" gives: contents by path. */
  async downloadAll(): Promise<Map<string, Uint8Array>> {
    return openZip(await this.downloadArchive());
  }

  /** The same as the one file that it is. */
  async downloadArchive(): Promise<Uint8Array<ArrayBuffer>> {
    await this.enabled('Download all');
    const download = this.page.waitForEvent('download');
    await this.button('Download all').click();
    return new Uint8Array(await readFile(await (await download).path()));
  }

  /** One file of the first task's panel, by its button's name. Returns where it lies. */
  async downloadFile(name: string, format: 'PyTorch' | 'safetensors' = 'PyTorch'): Promise<string> {
    await this.region('Task sequence').getByRole('button', { name: /Task 1/ }).click();
    const panel = this.page.getByRole('dialog');
    await panel.getByRole('button', { name: format, exact: true }).click();
    const download = this.page.waitForEvent('download');
    await panel.getByRole('button', { name, exact: true }).click();
    const path = await (await download).path();
    await this.page.keyboard.press('Escape');
    return path;
  }

  /** The metrics of the finished run, as its files have them. */
  async metrics(): Promise<{ accuracyMatrix: (number | null)[][] }> {
    const file = (await this.downloadAll()).get('metrics.json');
    if (!file) throw new Error('the download has no metrics.json');
    return JSON.parse(new TextDecoder().decode(file)) as { accuracyMatrix: (number | null)[][] };
  }
}
