"""What a scenario consists of: rule, parameters, description and rule files."""
