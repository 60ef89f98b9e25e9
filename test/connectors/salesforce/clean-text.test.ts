import { expect, test } from 'vitest';
import { cleanText, htmlToText } from '../../../connectors/salesforce/clean-text.ts';

test.each([
  ['<p>One</p><p>Two</p>', 'One\n\nTwo'],
  ['One<br>Two<br/>Three', 'One\nTwo\nThree'],
  [
    '<p>Steps:</p><ul><li>First</li><li>Second <b>bold</b></li></ul><p>End</p>',
    'Steps:\n- First\n- Second bold\n\nEnd',
  ],
  ['<table><tr><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr></table>', 'A | 1\nB | 2'],
  ['a &lt;b&gt; &amp;amp; &quot;c&quot; &#39;d&#39; &#x20AC;&nbsp;5', 'a <b> &amp; "c" \'d\' € 5'],
  ['See <a href="https://example.com/x">the page</a>.', 'See the page.'],
  ['<img alt="A chart" src="x"> below', 'A chart below'],
  ['<style>p{color:red}</style><script>alert(1)</script>Text<!-- note -->', 'Text'],
  ['  spaced \r\n   out\ttext ', 'spaced out text'],
  ['2 < 3 and 5 > 4', '2 < 3 and 5 > 4'],
  ['&unknown; &#xD800; &#0;', '&unknown;'],
  ['<p></p>', ''],
  ['', ''],
])('rich text %j reads %j', (html, text) => {
  expect(htmlToText(html)).toBe(text);
});

test('a hundred thousand characters of broken mark-up are read at once', () => {
  const started = performance.now();
  for (const broken of ['<', '<p', '<img ', '<!--', '<style>', '&', '&#', ' \n', '<td></td']) {
    htmlToText(broken.repeat(100_000 / broken.length));
  }
  expect(performance.now() - started).toBeLessThan(2000);
});

test('text keeps its lines and tabs and loses other control characters', () => {
  expect(cleanText('a\r\nb\rc\td\u0000\u0007')).toBe('a\nb\nc\td');
  expect(cleanText('plain')).toBe('plain');
});
