"""What looks at set-ups while they run: recorders."""
