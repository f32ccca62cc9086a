"""How a scenario is defined: type, parameters, taxonomy and rule files."""
