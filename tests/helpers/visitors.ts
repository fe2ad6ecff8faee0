import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { LabPage } from './lab-page.ts';
import { launchChromium, serveSite, type Site } from './site.ts';

export interface Visitors {
  /** A fresh visitor at the lab with these URL parameters; gone after the test, which fails if the page logged an error. */
  open(params?: Readonly<Record<string, string | number>>, device?: BrowserContextOptions): Promise<LabPage>;
  browser(): Browser;
}

/** Serves the site and starts a Chromium for the tests of one file. */
export function useVisitors(options: { softwareWebgpu?: boolean } = {}): Visitors {
  let site: Site | undefined;
  let browser: Browser | undefined;
  const open: LabPage[] = [];

  beforeAll(async () => {
    site = await serveSite();
    browser = await launchChromium(options);
  });
  afterEach(async () => {
    const pages = open.splice(0);
    const faults = pages.flatMap((lab) => lab.faults);
    await Promise.all(pages.map((lab) => lab.close()));
    expect(faults, 'errors that the page threw or logged').toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const started = (): Browser => {
    if (!browser) throw new Error('the browser starts with the first test');
    return browser;
  };
  return {
    browser: started,
    open: async (params = {}, device = {}) => {
      if (!site) throw new Error('the site is served from the first test on');
      const lab = await LabPage.open(started(), site.url, params, device);
      open.push(lab);
      return lab;
    },
  };
}
