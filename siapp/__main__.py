"""Where every process of siapp begins. Nothing heavy is imported above `main`: workers are spawned through
this module too, and each pays for what stands here."""

import multiprocessing
import sys


def main() -> None:
    multiprocessing.freeze_support()
    multiprocessing.set_start_method("spawn", force=True)
    from siapp.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
