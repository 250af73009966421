"""OTLP over HTTP and gRPC: limits, decompression and answers. Nothing is decoded here."""
