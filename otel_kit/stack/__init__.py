"""The stack around the applications: its files, versions, variables; started natively, checked, written for compose.

Nothing here emits telemetry or reads the environment: functions take a mapping.
"""
