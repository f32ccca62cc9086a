"""What all routes share: dependencies, problems, pagination and static files."""
