// Take a picture of the dashboard of a running demonstration.
//
//   scripts/demo                                   # prints address and login
//   npm install --no-save playwright-core
//   node demo/screenshot.mjs ADDRESS USER PASSWORD docs/images/dashboard.png
//
// Needs a Chromium: Debian's, or the one that CHROMIUM names. WIDTH and HEIGHT are
// those of the window; 1400 and 1960 show all of the dashboard.
import { chromium } from "playwright-core";

const [address, user, password, picture] = process.argv.slice(2);
if (!picture) {
  console.error("usage: screenshot.mjs ADDRESS USER PASSWORD PICTURE");
  process.exit(2);
}

const DRAWING_TIME = 4000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage({
    viewport: {
      width: Number(process.env.WIDTH ?? 1440),
      height: Number(process.env.HEIGHT ?? 1000),
    },
    colorScheme: process.env.DARK ? "dark" : "light",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  await page.goto(address);
  await page.locator('input[name="username"]').fill(user);
  await page.locator('input[name="password"]').fill(password);
  await page.keyboard.press("Enter");
  await page.locator("hui-tile-card").first().waitFor();
  // Graphs fetch their history after the cards are there.
  await page.waitForTimeout(DRAWING_TIME);
  await page.screenshot({ path: picture });
} finally {
  await browser.close();
}
