"""What scenario authors work with: composed footage, replays, reports."""
