"""The command line. Each command imports what it needs: workers are spawned through this module too."""


def run(arguments: list[str]) -> int:
    raise NotImplementedError
