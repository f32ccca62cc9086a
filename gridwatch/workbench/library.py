"""All scenarios of this machine, held against what its models may report."""

from models.catalogue.catalogue import Catalogue as Models
from scenarios import catalogue


def load_library() -> catalogue.Catalogue:
    """Read them all.

    Raises:
        LibraryError: A file of the library is broken, or watches what no model reports.
        RuleFileError: The same of a rule by expression.
        CatalogueError: The own catalogue of models, which may name more labels, is broken.
    """
    return catalogue.load(labels=Models.load().vocabulary)
