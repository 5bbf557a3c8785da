#!/usr/bin/python3
"""What a person does in an editor: changes lines of a settings file in place, or writes a secret into its file.

Is the machine's `editor FILE` while a test follows a document; $EDITED names JSON of what to write, by file: a text,
or values by `section.key`.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path


def filled_in(text: str, values: Mapping[str, object]) -> str:
    """Return settings as `connector init` writes them with these values, a string as JSON writes it."""
    for place, value in values.items():
        section, _, key = place.partition(".")
        line = re.compile(
            rf"(^\[{section}\]$(?:(?!^\[).)*?)^(?:#:)?{key} = [^\n]*$", re.DOTALL | re.MULTILINE
        )
        text, count = line.subn(lambda found: f"{found[1]}{key} = {json.dumps(value)}", text)  # noqa: B023 - used at once
        if count != 1:
            raise SystemExit(f"{place} is not in the settings")
    return text


def main(path: Path) -> None:
    """Edit one file."""
    wanted = json.loads(Path(os.environ["EDITED"]).read_text(encoding="utf-8"))[str(path)]
    if isinstance(wanted, str):
        path.write_text(f"{wanted}\n", encoding="utf-8")
    else:
        path.write_text(filled_in(path.read_text(encoding="utf-8"), wanted), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
