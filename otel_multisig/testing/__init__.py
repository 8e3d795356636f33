"""Aids for test-suites: wallet servers, a client, pytest fixtures."""
