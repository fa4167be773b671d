"""What people see: progress on stderr, problems in one form. Nothing here decides anything."""
