"""Golden files: what ultralytics makes of a network, for the tests of siapp's own importer."""
