"""The tooling that builds the site. Nothing in `dlconcepts` imports it."""
