"""What pixels say by themselves, where no detector helps; pure, and paid for only when asked."""
