module otel-kit/healthprobe

go 1.25.0
