"""Instrumentation: web frameworks, clients, threads; one file each."""
