"""Files of JSON lines: many processes write one file, which is rotated, compressed and tidied up.

Own code, since the libraries that come near do less or ask for more. concurrent-log-handler (0.9) formats each
``logging.LogRecord`` itself on the caller's thread, compresses under its lock, knows neither zstd nor an age by which
files go nor a full disk, and needs portalocker; portalocker alone would replace the twenty lines of ``lock``.
"""
