"""A package, for pytest then closes the browser after the last test of this folder."""
