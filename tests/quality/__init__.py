"""What measures the tests and the site, and writes `docs/quality.md`."""
