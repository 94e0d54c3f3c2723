"""Programs of the developers: what draws, trains and checks the things siapp ships. Never imported by siapp."""
