/** A Chromium page with the data layer in a worker. */
import { openTestPage, type TestPage } from '../helpers/test-page.ts';

export type DataPage = TestPage;

export function openDataPage(): Promise<DataPage> {
  return openTestPage('tests/data/page', 'data');
}
