"""What the demo says once it runs."""

from gridwatch.demo.town import PASSWORD

WELCOME = """
gridwatch runs on this machine, on recorded footage, with the model {model}.

  command centre   {url}/         log in as OP-01   (supervisor SV-01, admin AD-01)
  worker's phone   {url}/phone    log in as W-03 or GH-01, or whoever is called below
  password         {password}

Ctrl-C stops everything. Pushes appear here as they leave:
"""


def welcome(url: str, model: str) -> str:
    """Where to look, and how to get in."""
    return WELCOME.format(url=url, model=model, password=PASSWORD)
