"""A labelled set to measure redaction with, made by somebody who did not see its rules."""
