"""Cases on a stage and on footage that show a scenario to be right."""
