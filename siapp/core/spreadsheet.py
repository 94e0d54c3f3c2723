"""What spreadsheet programs make of text: a cell that looks like a formula is run."""

# A spreadsheet program would take what begins so for a formula; the wide ones too (OWASP, CSV injection).
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def harmless(cell: str) -> str:
    """The cell as text that no program calculates: with an apostrophe before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def restored(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
