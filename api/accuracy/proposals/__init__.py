"""What to change about a camera so that its false alerts end, and what that would cost."""
